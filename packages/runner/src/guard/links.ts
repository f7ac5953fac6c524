// Says where a symbolic link of the repository leads, by its text alone.
import { isInsideGit } from "./protected-paths.ts";

/**
 * Whether a link leads out of the repository, into git's own folder, or by a way that its text cannot tell: a step up
 * after a name leads elsewhere if that name is a link itself.
 */
export function leadsOutside(path: string, target: string): boolean {
  if (target === "" || /^[/\\]|^[a-z]:[/\\]/i.test(target) || isInsideGit(target)) return true;
  const steps = target.split(/[/\\]/).filter((step) => step !== "" && step !== ".");
  const ups = steps.findIndex((step) => step !== "..");
  const upward = ups < 0 ? steps : steps.slice(0, ups);
  if (steps.slice(upward.length).includes("..")) return true;
  const depth = path.split("/").length - 1;
  return upward.length > depth;
}
