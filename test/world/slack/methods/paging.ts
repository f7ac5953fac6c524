// Pages of a list, with the cursors Slack hands out.
import { type Json, text } from "../json.ts";
import { Refusal } from "../refusal.ts";

/** The page size asked for, at most Slack's 1,000. */
export function pageSize(args: Json, normal: number): number {
  if (args.limit === undefined || args.limit === "" || Number(args.limit) === 0) return normal;
  const size = Number(args.limit);
  if (!Number.isInteger(size) || size < 0 || size > 1000) throw new Refusal("invalid_limit");
  return size;
}

/** One page and the cursor of the next, which is empty on the last one. */
export function page<T>(all: readonly T[], args: Json, size: number): { items: T[]; next: string } {
  const start = startOf(text(args.cursor));
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? cursor(end) : "" };
}

function cursor(start: number): string {
  return Buffer.from(`offset:${start}`).toString("base64");
}

function startOf(asked: string | undefined): number {
  if (asked === undefined) return 0;
  const start = /^offset:(\d+)$/.exec(Buffer.from(asked, "base64").toString("utf8"))?.[1];
  if (start === undefined) throw new Refusal("invalid_cursor");
  return Number(start);
}
