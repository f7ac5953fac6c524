// Names things: ids that follow from what Slack sent, branches, Batch jobs and keys of messages.
import { createHash } from "node:crypto";

/**
 * An id that is the same for the same parts: ten characters of a–z and 2–7 (50 bits).
 * Slack delivers some things twice; equal parts give the equal id, and the table refuses the second item.
 */
export function idFrom(...parts: string[]): string {
  const digest = createHash("sha256").update(parts.join("\u0000")).digest();
  let id = "";
  for (const byte of digest.subarray(0, 10)) id += "abcdefghijklmnopqrstuvwxyz234567"[byte & 31];
  return id;
}

/** The branch of every run of a job; one repository has one such branch. */
export function branchOf(jobId: string): string {
  return `cody/${jobId}`;
}

/** The Batch job of one attempt at a round, unique, so that a lost answer of Batch can be looked up by name. */
export function queueJobName(jobId: string, run: number, round: number, attempt: number): string {
  return `cody-${jobId}-${run}-${round}-${attempt}`;
}

/** Two digits, so that keys sort by number. */
export function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
