// The words for what is delivered without the agent: a stored patch, or a base branch that was merged in without a conflict.
import type { Workspace } from "@cody/core/ports/workspace.ts";
import type { Run } from "@cody/core/schema.ts";
import type { Beginning } from "../round-beginning.ts";
import type { FinishInput } from "../tools/finish.ts";

/** Undefined where the agent has to work. */
export function wordsWithoutAgent(
  run: Run,
  { baseSha, merge }: Beginning,
  { conflicts }: Pick<Workspace, "conflicts">,
): FinishInput | undefined {
  const at = baseSha.slice(0, 12);
  if (run.task?.kind === "apply-patch") {
    const summary = run.earlier?.findLast((round) => round.summary)?.summary;
    return {
      summary: summary ?? "The patch of an earlier round.",
      verification: `Not checked again: the stored patch was applied as it is to ${at}.`,
    };
  }
  if (!merge || conflicts.length > 0) return undefined;
  return {
    summary: `Merged the newest commit of \`${run.baseBranch}\`; there were no conflicts.`,
    verification: "Not checked again: git merged it by itself.",
  };
}

/** Where there is nothing to deliver, for this reason no model has to be asked. */
export function nothingToDo({ task, baseBranch }: Run): string {
  return task?.kind === "apply-patch"
    ? `\`${baseBranch}\` holds the whole patch already.`
    : `With the newest commit of \`${baseBranch}\` merged in, nothing of the change is left.`;
}
