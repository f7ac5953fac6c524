// How a pull request stands on GitHub: read from several answers, each asked for anew only where it changed.
import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CodeHost } from "../ports/code-host.ts";
import type { Standing } from "../pull-request-schema.ts";
import type { Client } from "./github-access.ts";
import { checksOf, requiredByProtection, requiredByRules } from "./github-check-verdicts.ts";
import { told } from "./github-errors.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";
import { approvalsOf, mergeableOf, reviewOf } from "./github-pull-verdicts.ts";
import {
  type Answered,
  answerOf,
  answerUnlessSame,
  type Question,
  readMarks,
  writeMarks,
} from "./github-questions.ts";
import { readConversation } from "./github-reviews.ts";
import { everyStatus } from "./github-statuses.ts";

const rights = { pull_requests: "read", contents: "read", checks: "read", statuses: "read" } as const;

/** GitHub works out whether it can be merged when it is first asked, which takes about this long. */
const mergeabilityMs = 1_500;

type Pull = Awaited<ReturnType<Client["pulls"]["get"]>>["data"];

export function standingPart(part: GitHubPart): Pick<CodeHost, "standing"> {
  return {
    standing: (repository, pull, known) =>
      told(async () => {
        const place = await enter(part, repository, rights);
        // A mark is good for the token that got it, and an App has another one each time.
        const isMarked = part.access.keepsToken && known?.state === "open";
        return read(place, { pull, known: isMarked ? known : undefined, part });
      }),
  };
}

interface Asked {
  pull: number;
  known: Standing | undefined;
  part: GitHubPart;
}

async function read(place: Place, { pull, known, part }: Asked): Promise<Standing> {
  const marks = readMarks(known?.etag);
  const aboutPull = pullQuestion(place, pull);
  const [conversation, first] = await Promise.all([
    readConversation(place, pull),
    answerUnlessSame(aboutPull, known && marks.pull),
  ]);
  const talk = hash("sha256", JSON.stringify(conversation));
  const headSha = first?.data.head.sha ?? known?.headSha ?? "";
  const base = first?.data.base.ref ?? marks.base ?? "";
  const isSamePlace = headSha === known?.headSha && base === marks.base;
  const asked = questionsAbout(place, { headSha, base });
  const again = <T>(question: Question<T>, mark: string | undefined) =>
    answerUnlessSame(question, isSamePlace ? mark : undefined);
  const [runs, statuses, rules, protection] = await Promise.all([
    again(asked.runs, marks.runs),
    again(asked.statuses, marks.statuses),
    again(asked.rules, marks.rules),
    again(asked.protection, marks.protection),
  ]);
  const isNew = [first, runs, statuses, rules, protection].some((answer) => answer !== undefined);
  if (known && !isNew && talk === marks.talk) return known;

  // Something changed, and all of it is needed: what is still the same is asked for without its mark.
  const shown = await settled(aboutPull, first ?? (await answerOf(aboutPull)));
  const all = {
    runs: runs ?? (await answerOf(asked.runs)),
    statuses: statuses ?? (await answerOf(asked.statuses)),
    rules: rules ?? (await answerOf(asked.rules)),
    protection: protection ?? (await answerOf(asked.protection)),
  };
  const { data } = shown;
  const state = data.merged ? "merged" : data.state === "open" ? "open" : "closed";
  const endedBy = state === "open" ? undefined : await endedByOf(place, data);
  const marked = part.access.keepsToken && state === "open" && data.head.sha === headSha;
  const newMarks = Object.fromEntries(Object.entries(all).map(([key, { mark }]) => [key, mark]));
  return {
    state,
    headSha,
    draft: data.draft === true,
    review: reviewOf(conversation.decision, conversation.verdicts),
    approvals: approvalsOf(conversation.verdicts),
    ...checksOf({
      runs: all.runs.data,
      statuses: all.statuses.data,
      required: [...requiredByRules(all.rules.data), ...requiredByProtection(all.protection.data)],
    }),
    openThreads: conversation.openThreads,
    mergeable: mergeableOf(data),
    autoMerge: data.auto_merge !== null,
    ...(endedBy === undefined ? {} : { endedBy }),
    readAt: part.now(),
    ...(marked ? { etag: writeMarks({ ...newMarks, pull: shown.mark, base, talk }) } : {}),
  };
}

function pullQuestion({ client, owner, repo }: Place, pull: number): Question<Pull> {
  return { first: (headers) => client.pulls.get({ owner, repo, pull_number: pull, headers }) };
}

/** The first question after a change is answered before GitHub knows whether it can be merged; so it is asked again. */
async function settled(question: Question<Pull>, shown: Answered<Pull>): Promise<Answered<Pull>> {
  if (shown.data.state !== "open" || shown.data.mergeable !== null) return shown;
  await sleep(mergeabilityMs);
  const again = await answerOf(question);
  // Another head in the meantime is for the next look: its checks were not read.
  return again.data.head.sha === shown.data.head.sha ? again : shown;
}

interface About {
  headSha: string;
  base: string;
}

/** What one head and one base are known by. Lists are read to their end. */
function questionsAbout({ client, owner, repo }: Place, { headSha, base }: About) {
  const at = { owner, repo, per_page: 100 };
  const ofHead = { ...at, ref: headSha };
  const ofBase = { ...at, branch: base };
  const { checks, repos } = client;
  return {
    runs: {
      first: async (headers) => {
        const { data, headers: told } = await checks.listForRef({ ...ofHead, filter: "latest", headers });
        return { data: data.check_runs, headers: told };
      },
      all: () => client.paginate(checks.listForRef, { ...ofHead, filter: "latest" }),
    } satisfies Question<unknown>,
    statuses: {
      first: async (headers) => {
        const { data, headers: told } = await repos.getCombinedStatusForRef({ ...ofHead, headers });
        return { data: data.statuses, headers: told };
      },
      all: () => everyStatus({ client, owner, repo }, headSha),
    } satisfies Question<unknown>,
    // Who may not see the rules cannot tell which checks they require; then none is told as required.
    rules: {
      first: (headers) => repos.getBranchRules({ ...ofBase, headers }),
      all: () => client.paginate(repos.getBranchRules, ofBase),
      hidden: [],
    } satisfies Question<unknown>,
    protection: {
      first: async (headers) => {
        const { data, headers: told } = await repos.getBranch({ owner, repo, branch: base, headers });
        return { data: data.protected ? data.protection : {}, headers: told };
      },
      hidden: {},
    } satisfies Question<unknown>,
  };
}

async function endedByOf({ client, owner, repo }: Place, pull: Pull): Promise<string | undefined> {
  if (pull.merged_by) return pull.merged_by.login;
  const { data } = await client.issues.get({ owner, repo, issue_number: pull.number });
  return data.closed_by?.login;
}
