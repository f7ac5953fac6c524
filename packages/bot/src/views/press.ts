// What a button carries: ids, and the commits that were shown. What they mean is the table's to say.
import type { Ask } from "@cody/core/schema.ts";

export type Press = Pick<Ask, "job" | "run" | "since" | "text" | "heads">;

/** `job`, `job.run`, `job.run.since.choice`; behind an `@` the heads that were shown, by run. */
export function pressValue({ job, run, since, text, heads = [] }: Press): string {
  const parts = [job, run, since, text];
  const last = parts.findLastIndex((part) => part !== undefined);
  const ids = parts.slice(0, last + 1).map((part) => part ?? "");
  const shown = heads.map(({ run: number, sha }) => `${number}:${sha}`).join(",");
  return ids.join(".") + (shown ? `@${shown}` : "");
}

const shape =
  /^(?<job>[a-z2-7]{10})(?:\.(?<run>\d{0,2})(?:\.(?<since>\d{0,15})(?:\.(?<text>[\w,-]{0,40}))?)?)?(?:@(?<heads>[\da-f:,]{1,300}))?$/;

/** Undefined where it is nothing that a button of Cody's carries. */
export function readPress(value: string): Press | undefined {
  const parsed = shape.exec(value)?.groups;
  if (!parsed?.job) return undefined;
  const heads = readHeads(parsed.heads);
  if (!heads) return undefined;
  return {
    job: parsed.job,
    ...(parsed.run ? { run: Number(parsed.run) } : {}),
    ...(parsed.since ? { since: Number(parsed.since) } : {}),
    ...(parsed.text ? { text: parsed.text } : {}),
    ...(heads.length > 0 ? { heads } : {}),
  };
}

function readHeads(shown: string | undefined): NonNullable<Press["heads"]> | undefined {
  if (shown === undefined) return [];
  const heads = shown.split(",").map((one) => /^(\d{1,2}):([\da-f]{1,64})$/.exec(one));
  if (heads.some((head) => head === null)) return undefined;
  return heads.map((head) => ({ run: Number(head?.[1]), sha: head?.[2] ?? "" }));
}
