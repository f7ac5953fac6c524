// Whether the tools can have a user of their own here, and which: another one for each place that tests attack from.
import type { ToolUser } from "../../packages/runner/src/isolation/launch.ts";
import { canIsolate } from "../world/deployment.ts";

/** Said by every test that is skipped elsewhere, or does without that user there. */
export const whyNot = "the tools can have a user of their own only for root on Linux, with setpriv";
export const cannotIsolate = !canIsolate();

/** Beyond the users that the local world gives to its runs. */
const firstUser = 950_000_000;
/** More than the tests of one file need; with the largest number of a process it is still a user's number. */
const usersOfProcess = 100;
let given = 0;

export function newToolUser(): ToolUser {
  if (given === usersOfProcess)
    throw new Error(`one file of tests has at most ${usersOfProcess} tools' users`);
  const uid = firstUser + process.pid * usersOfProcess + given;
  given += 1;
  return { uid, gid: uid };
}
