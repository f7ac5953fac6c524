// Questions to GitHub that cost nothing where the answer is still the same, and the marks by which it can tell.
import * as z from "zod";
import { orHidden, statusOf } from "./github-errors.ts";

const marksSchema = z.record(z.string(), z.string());
/** By question: GitHub's mark of its answer. */
export type Marks = z.infer<typeof marksSchema>;

/** Anything else than what `writeMarks` wrote is no mark at all: then everything is asked for anew. */
export function readMarks(text: string | undefined): Marks {
  if (!text?.startsWith("{")) return {};
  const read = marksSchema.safeParse(JSON.parse(text));
  return read.success ? read.data : {};
}

export function writeMarks(marks: Record<string, string | undefined>): string {
  const known = Object.entries(marks).filter(([, mark]) => mark !== undefined);
  return JSON.stringify(Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Headers of one request. */
export type Asking = { "if-none-match"?: string };

export interface Question<T> {
  /** Asks for the first page. */
  first(headers: Asking): Promise<{ data: T; headers: { etag?: string; link?: string } }>;
  /** Every page, where there may be more than one. */
  all?(): Promise<T>;
  /** What is taken for the answer where GitHub does not show it. */
  hidden?: T;
}

export interface Answered<T> {
  data: T;
  mark: string | undefined;
}

/** The mark of what GitHub does not show. */
const hiddenMark = "hidden";

export async function answerOf<T>(question: Question<T>): Promise<Answered<T>> {
  return ask(question, {});
}

/** Undefined: it is still the answer with this mark. */
export async function answerUnlessSame<T>(
  question: Question<T>,
  mark: string | undefined,
): Promise<Answered<T> | undefined> {
  if (mark === undefined) return answerOf(question);
  try {
    const answer = await ask(question, mark === hiddenMark ? {} : { "if-none-match": mark });
    return mark === hiddenMark && answer.mark === hiddenMark ? undefined : answer;
  } catch (error) {
    if (statusOf(error) === 304) return undefined;
    throw error;
  }
}

async function ask<T>({ first, all, hidden }: Question<T>, headers: Asking): Promise<Answered<T>> {
  const answer = hidden === undefined ? await first(headers) : await orHidden(first(headers));
  if (answer === undefined) return { data: hidden as T, mark: hiddenMark };
  // A page tells nothing of those behind it, so a list of several pages has no mark.
  if (all && answer.headers.link?.includes('rel="next"')) return { data: await all(), mark: undefined };
  return { data: answer.data, mark: answer.headers.etag };
}
