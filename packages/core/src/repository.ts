// Names of repositories and branches by strict grammar, so that nothing else ever reaches git or an address.
import * as z from "zod";

/** `owner/name` as GitHub allows it: an owner of letters, digits and single hyphens; a name without `..` or `.git`. */
const fullName = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

export const fullNameSchema = z
  .string()
  .refine((name) => isFullName(name), { error: "not a repository name like owner/name" });

/** Whether this is `owner/name`, and nothing that git or a shell could read as something else. */
export function isFullName(name: string): boolean {
  return fullName.test(name) && !name.endsWith(".git") && !name.includes("..");
}

/** Whether this can be asked for a review: a login, or a team as `owner/team`. */
export function isReviewer(name: string): boolean {
  const [owner = "", team = "any"] = name.split("/");
  return (
    name.split("/").length <= 2 && isFullName(`${owner}/any`) && /^[a-z0-9][a-z0-9_-]{0,99}$/i.test(team)
  );
}

/**
 * Whether git accepts this as the name of a branch, and nothing could read it as an option or a refspec:
 * the rules of `git check-ref-format --branch`, and only printable ASCII.
 */
export function isBranchName(name: string): boolean {
  if (!/^[\x21-\x7e]{1,200}$/.test(name)) return false;
  if (/[~^:?*[\\]|\.\.|@\{|\/\/|\/$|^\/|\.$|^-|^\+|^@$|^HEAD$/.test(name)) return false;
  if (/^refs\//.test(name)) return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
