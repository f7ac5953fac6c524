// The command line that starts a program as the tools' user: fewer rights, limits, and no way back to more.
import { createHash } from "node:crypto";
import { maxToolFileBytes, maxToolThreads } from "@cody/core/limits.ts";

export interface ToolUser {
  uid: number;
  gid: number;
}

export interface Launch {
  file: string;
  args: string[];
}

/**
 * The user of a run's tools: always the same one for the same run, so that a runner finds what the one before it left
 * behind. Of a range, runs on one machine get different ones (two of 40,000 meet once in 40,000 times).
 */
export function userOfRun(
  { first, last, group }: { first: number; last: number; group: number },
  { job, run }: { job: string; run: number },
): ToolUser {
  const digest = createHash("sha256").update(`${job}\0${run}`).digest();
  return { uid: first + (digest.readUInt32BE() % (last - first + 1)), gid: group };
}

/**
 * `program` as that user, with no group, capability or privilege beside, and none to be had from any program it starts.
 * `socketFilter` is a file of `socket-filter.ts`; setpriv has to know the option. Needs root, or what Docker leaves of it.
 */
export function asUser({ uid, gid }: ToolUser, program: Launch, socketFilter?: string): Launch {
  const rights = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all",
    ...(socketFilter ? [`--seccomp-filter=${socketFilter}`] : []),
  ];
  return { file: "setpriv", args: [...rights, program.file, ...program.args] };
}

/** The same within limits that cannot be raised again: threads of the user in all, bytes of a file, no core dumps. */
export function asLimitedUser(user: ToolUser, program: Launch, socketFilter?: string): Launch {
  const { file, args } = asUser(user, program, socketFilter);
  const limits = [`--nproc=${maxToolThreads}`, `--fsize=${maxToolFileBytes}`, "--core=0"];
  return { file: "prlimit", args: [...limits, file, ...args] };
}
