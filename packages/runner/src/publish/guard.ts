// Says whether a change may be delivered at all; pure, so that every rule can be read and tested by itself.
import { Failed } from "@cody/core/failure.ts";
import { maxPatchBytes } from "@cody/core/limits.ts";
import type { Change } from "@cody/core/ports.ts";

const gitlink = "160000";

/** Why the change cannot be delivered; undefined where it can. */
export function refusalOf(change: Pick<Change, "diff" | "files">): Failed | undefined {
  if (change.diff.patchBytes > maxPatchBytes)
    return new Failed(
      "limit-reached",
      `the change has ${megabytes(change.diff.patchBytes)} MB of ${megabytes(maxPatchBytes)}`,
    );
  const link = change.files.find((file) => file.newMode === gitlink || file.oldMode === gitlink);
  if (link)
    return new Failed("push-refused", `${link.path} is a repository of its own, which Cody does not change`);
  return undefined;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
