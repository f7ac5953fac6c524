// Judges a change before it is pushed: let it go, hold it until a person has looked, or refuse it. Pure.
import type { Failure } from "@cody/core/failure.ts";
import { maxHoldReasons, maxPatchBytes, maxUnheldFileBytes, maxUnheldFiles } from "@cody/core/limits.ts";
import type { Change, ChangedFile } from "@cody/core/ports/workspace.ts";
import { looksSecret } from "@cody/core/redact.ts";
import { hiddenIn, shownName } from "./hidden-text.ts";
import { leadsOutside } from "./links.ts";
import { type PatchPart, partsOf } from "./patch-parts.ts";
import { isInsideGit, protectedAs } from "./protected-paths.ts";

export type Verdict =
  | { verdict: "push" }
  /** Each reason is a sentence that names its file; at most `maxHoldReasons`. */
  | { verdict: "hold"; reasons: string[] }
  /** `withPatch`: whether the patch may be shown all the same. */
  | { verdict: "refuse"; failure: Failure; withPatch: boolean };

const none = "000000";
const executable = "100755";
const link = "120000";
const gitlink = "160000";

/** `isOwnSecret` says whether a text holds one of Cody's own keys: those must not get out, whoever allows it. */
export function guard(
  change: Pick<Change, "patch" | "diff" | "files">,
  isOwnSecret: (text: string) => boolean,
): Verdict {
  const { patchBytes } = change.diff;
  if (patchBytes > maxPatchBytes) {
    const detail = `the change has ${megabytes(patchBytes)} MB of ${megabytes(maxPatchBytes)}`;
    return { verdict: "refuse", failure: { kind: "limit-reached", detail }, withPatch: false };
  }
  const parts = partsOf(change);
  for (const part of parts) {
    const refusal = refusalOf(part, isOwnSecret);
    if (refusal) return refusal;
  }
  const reasons = reasonsOf(parts);
  return reasons.length > 0 ? { verdict: "hold", reasons } : { verdict: "push" };
}

function refusalOf(
  { file, added }: PatchPart,
  isOwnSecret: (text: string) => boolean,
): Extract<Verdict, { verdict: "refuse" }> | undefined {
  const name = shownName(file.path);
  const refuse = (detail: string, withPatch: boolean) => ({
    verdict: "refuse" as const,
    failure: { kind: "change-refused" as const, detail },
    withPatch,
  });
  const text = added.map((line) => line.text).join("\n");
  if (isOwnSecret(text) || isOwnSecret(file.path))
    return refuse(`${name} holds one of Cody's own secrets, which has to be replaced now`, false);
  if (isInsideGit(file.path)) return refuse(`${name} would be one of git's own files`, false);
  if (file.oldMode === gitlink || file.newMode === gitlink)
    return refuse(`${name} is a repository of its own, which Cody does not change`, true);
  if (file.newMode === link && leadsOutside(file.path, text))
    return refuse(`${name} is a link that leads out of the repository, to ${shownName(text)}`, true);
  return undefined;
}

type Rule = (part: PatchPart) => string | undefined;

/** In the order in which a person should read what they find. */
const rules: Rule[] = [
  ({ file }) => {
    const what = protectedAs(file.path);
    return what && `It ${verbOf(file)} ${shownName(file.path)}, ${what}.`;
  },
  ({ file, added }) => {
    const line = added.find(({ text }) => looksSecret(text));
    return line && `Something that looks like a secret is in ${shownName(file.path)}, line ${line.number}.`;
  },
  hiddenCharacters,
  ({ file, added }) => {
    if (file.newMode !== link) return undefined;
    const target = added.map(({ text }) => text).join("\n");
    return `It ${verbOf(file)} ${shownName(file.path)}, a link to ${shownName(target)}.`;
  },
  ({ file }) => changeOfMode(file),
  ({ file, isBinary }) =>
    isBinary && file.newMode !== none
      ? `It ${verbOf(file)} ${shownName(file.path)}, whose content cannot be read as text.`
      : undefined,
  ({ file }) =>
    file.bytes > maxUnheldFileBytes
      ? `${shownName(file.path)} is large, ${megabytes(file.bytes)} MB.`
      : undefined,
];

function reasonsOf(parts: readonly PatchPart[]): string[] {
  const found = rules.flatMap((rule) => parts.flatMap((part) => rule(part) ?? []));
  const many = `It changes ${parts.length} files, more than GitHub shows of one change.`;
  const reasons = parts.length > maxUnheldFiles ? [many, ...found] : found;
  if (reasons.length <= maxHoldReasons) return reasons;
  const shown = reasons.slice(0, maxHoldReasons - 1);
  return [...shown, `There are ${reasons.length - shown.length} more reasons like these.`];
}

function hiddenCharacters({ file, added }: PatchPart): string | undefined {
  const name = shownName(file.path);
  const inName = hiddenIn(file.path);
  if (inName) return `The name of ${name} has characters that cannot be seen, such as ${inName}.`;
  for (const { number, text } of added) {
    // The mark of an encoding, where such marks stand.
    const found = hiddenIn(number === 1 ? text.replace(/^\uFEFF/, "") : text);
    if (found) return `Characters that cannot be seen, such as ${found}, are in ${name}, line ${number}.`;
  }
  return undefined;
}

function changeOfMode({ path, oldMode, newMode }: ChangedFile): string | undefined {
  if (oldMode === newMode || newMode === none || newMode === link) return undefined;
  const name = shownName(path);
  if (newMode === executable)
    return oldMode === none ? `It adds ${name}, which can be executed.` : `It makes ${name} executable.`;
  if (oldMode === executable) return `It makes ${name} no longer executable.`;
  return oldMode === link ? `It puts a file in the place of the link ${name}.` : undefined;
}

function verbOf({ oldMode, newMode }: ChangedFile): string {
  if (oldMode === none) return "adds";
  return newMode === none ? "removes" : "changes";
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
