// Whether a pull request can be merged as it stands, in the one word that GitHub has for it.
import { checksAreGreen } from "./checks.ts";
import { mergedTree } from "./merge.ts";
import { isBlocked, unmetRules } from "./protection.ts";
import type { PullView } from "./pulls.ts";
import type { Repository } from "./repository.ts";

export type MergeState = "dirty" | "draft" | "blocked" | "behind" | "unstable" | "clean";

/** Of an open one. Administrators are told the same as everybody. */
export async function mergeState(repository: Repository, view: PullView): Promise<MergeState> {
  if ((await mergedTree(repository, view.baseSha, view.headSha)) === undefined) return "dirty";
  if (view.pull.draft) return "draft";
  const unmet = await unmetRules(repository, view);
  if (unmet && isBlocked(unmet)) return "blocked";
  if (unmet?.behind) return "behind";
  return checksAreGreen(repository, view.headSha) ? "clean" : "unstable";
}
