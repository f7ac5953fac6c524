// Whether a person may do this to a pull request, from how it stands at this moment. Pure.

import type { Account, Standing } from "@cody/core/pull-request-schema.ts";
import type { AskKind } from "@cody/core/schema.ts";
import { isGreen } from "@cody/core/standing.ts";

/** What is done on GitHub as the person who pressed. */
export const personalKinds = ["approve", "request-changes", "merge", "auto-merge", "close"] as const;
export type PersonalKind = (typeof personalKinds)[number];

/** The act behind an ask; undefined where it is none of these. */
export function personalKind(kind: AskKind): PersonalKind | undefined {
  if (kind === "approve-all") return "approve";
  if (kind === "close-all") return "close";
  return personalKinds.find((known) => known === kind);
}

export interface Press {
  kind: PersonalKind;
  /** The head that the person saw. */
  sha: string;
  /** Whose token acts. */
  account: Account;
  /** Accounts of who asked for the change, whatever they are called in Slack. */
  requesters: ReadonlySet<number>;
  twoPerson: boolean;
  /** Several at once: only what is green. */
  onlyGreen: boolean;
  /** An earlier attempt may have done it already. */
  isAgain: boolean;
}

/** `done`: it stands as it was wanted, by this very press. Otherwise why not, in a sentence that ends the name of it. */
export type Judgement = { act: true } | { act: false; isDone: boolean; words: string };

export function judge(standing: Standing, press: Press): Judgement {
  const { kind, sha, account, isAgain } = press;
  const { state, headSha, endedBy, approvals } = standing;
  if (state !== "open") {
    const ended = { merged: "merge", closed: "close" } as const;
    const isMine = isAgain && kind === ended[state] && endedBy === account.login;
    return { act: false, isDone: isMine, words: `is ${state} already${endedBy ? `, by ${endedBy}` : ""}.` };
  }
  if (headSha !== sha) {
    const words = `has a newer commit, ${short(headSha)}, than the one that you saw, ${short(sha)}. Look at it first; the thread has buttons for it in a moment.`;
    return { act: false, isDone: false, words };
  }
  const isApproved = approvals.some((one) => one.account.id === account.id && one.sha === headSha);
  if (kind === "approve" && isApproved) return already("has your approval of this commit already.", press);
  if (kind === "auto-merge" && standing.autoMerge)
    return already("is merged by GitHub as soon as its rules allow; that was set already.", press);
  const refusal = refusalOf(standing, press);
  return refusal === undefined ? { act: true } : { act: false, isDone: false, words: refusal };
}

function already(words: string, { isAgain }: Press): Judgement {
  return { act: false, isDone: isAgain, words };
}

function refusalOf(standing: Standing, press: Press): string | undefined {
  const { kind } = press;
  if (press.onlyGreen && kind === "approve" && !isGreen(standing))
    return "is not green at this moment, so it was left as it is.";
  if (kind === "merge" || kind === "auto-merge") {
    if (standing.draft) return "is a draft. Mark it as ready on GitHub first.";
    if (standing.mergeable === "conflicts") return "has conflicts with its base branch. Resolve them first.";
  }
  const isWeighty = kind === "approve" || kind === "merge" || kind === "auto-merge";
  if (!isWeighty || !press.twoPerson || !press.requesters.has(press.account.id)) return undefined;
  if (hasOtherApproval(standing, press.requesters)) return undefined;
  return "was asked for by you, so somebody else has to approve this commit first.";
}

/** Whether somebody else than who asked approved exactly this head. Machines are nobody. */
export function hasOtherApproval({ approvals, headSha }: Standing, requesters: ReadonlySet<number>): boolean {
  return approvals.some(
    ({ account, sha }) => sha === headSha && !requesters.has(account.id) && !account.login.endsWith("[bot]"),
  );
}

export function short(sha: string): string {
  return sha.slice(0, 7);
}
