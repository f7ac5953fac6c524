// Every label and every state that the views make, drawn in all the situations that they know.
import { jobStatus } from "@cody/core/job.ts";
import { defaultBudgetPerRepositoryUsd } from "@cody/core/limits.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import {
  checkOutcomes,
  type Job,
  outcomes,
  type Run,
  runStates,
  type Waiting,
  waitingSchema,
} from "@cody/core/schema.ts";
import { askForm } from "../../packages/bot/src/views/ask-form.ts";
import { drawBoard, outcomeWords } from "../../packages/bot/src/views/board.ts";
import { checkedShort } from "../../packages/bot/src/views/checks.ts";
import { connectModal, homeView } from "../../packages/bot/src/views/home.ts";
import { defaultsForm, jobForm } from "../../packages/bot/src/views/job-form.ts";
import { linkButton } from "../../packages/bot/src/views/private.ts";
import { standingWords } from "../../packages/bot/src/views/pull-request.ts";
import {
  checksReply,
  headReply,
  outdatedReply,
  reviewReply,
} from "../../packages/bot/src/views/pull-request-replies.ts";
import { endReply, failureReply, resultReply } from "../../packages/bot/src/views/result.ts";
import { waitingReply } from "../../packages/bot/src/views/waiting.ts";
import { openStanding } from "../bot/hub.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";

const answers = ["the first answer", "the second answer"];
const common = { since: start, until: start, reached: "something", by: "U1", people: ["ann"], commits: 1 };
const details = { question: "?", options: answers, reasons: ["why"], change: "c", headSha: "f00" };

/** One of each kind of waiting, and both reasons of a branch. */
const waits = waitingSchema.options.flatMap(({ shape }) =>
  ["commits", "closed"].map((why): Waiting => {
    const given = { ...common, ...details, offerUsd: defaultBudgetPerRepositoryUsd, why };
    return waitingSchema.parse({ ...given, for: shape.for.value });
  }),
);
const waiting = waits.map((each) => exampleRun({ state: "waiting", waiting: each, turns: 1 }));

function delivered(standing: Partial<Standing> = {}, differences: Partial<Run> = {}): Run {
  const pullRequest = { number: 1, url: "https://github.com/a/b/pull/1", headSha: "f00", draft: false };
  return endedRun("changed", {
    headSha: "f00",
    lookedAt: start + 200_000,
    diff: exampleDiff(),
    pullRequest: { ...pullRequest, standing: openStanding({ readAt: start, ...standing }) },
    ...differences,
  });
}

const stuck = { kind: "stuck", detail: "it went in circles" } as const;
const failed = endedRun("failed", { reason: stuck });
const working = exampleRun({ state: "running", turns: 1 });

function views(): unknown[] {
  const job = exampleJob();
  const home = { canLink: true, access: "linked", defaults: {}, isAdmin: true } as const;
  const account = { id: 1, login: "ann" };
  const person = { team: "T1", user: "U1", account, sealedTokens: "", linkedAt: start };
  const boards = [[working], [delivered(), delivered({}, { number: 2 })], ...waiting.map((run) => [run])];
  return [
    ...boards.map((runs) => drawBoard({ job, runs })),
    ...waiting.map((run) => waitingReply(run)),
    resultReply(delivered()),
    resultReply(endedRun("changed", { diff: exampleDiff() })),
    failureReply([failed]),
    endReply(job, [endedRun("cancelled")]),
    checksReply(delivered({ checks: "failed", failing: [{ name: "ci", required: true }] }), job),
    reviewReply(delivered({ openThreads: 1 })),
    headReply(delivered()),
    outdatedReply(delivered({ mergeable: "behind" })),
    outdatedReply(delivered({ mergeable: "conflicts" })),
    homeView({ ...home, jobs: [], person: undefined }),
    homeView({ ...home, jobs: [], person }),
    connectModal("https://example.com", 10),
    linkButton("Link", "https://example.com"),
    jobForm("", "C1"),
    defaultsForm({}),
    ...(["request-changes", "follow-up"] as const).map((kind) => askForm({ kind, value: "", pressedAt: "" })),
  ];
}

interface Found {
  /** Everything that a person can read as a label: buttons, fields, options, titles, headings of the Home tab. */
  labels: Set<string>;
  /** The buttons among them. */
  buttons: Set<string>;
}

export function shownLabels(): Found {
  const found: Found = { labels: new Set(), buttons: new Set() };
  collect(views(), found);
  for (const answer of answers) found.buttons.delete(answer);
  return found;
}

function collect(part: unknown, found: Found): void {
  if (Array.isArray(part)) for (const each of part) collect(each, found);
  if (typeof part !== "object" || part === null || Array.isArray(part)) return;
  const { type, text } = part as { type?: string; text?: unknown };
  if (type === "plain_text") found.labels.add(String(text));
  if (type === "button") found.buttons.add((text as { text: string }).text);
  const heading = type === "mrkdwn" ? /^\*([^*]+)\*$/.exec(String(text))?.[1] : undefined;
  if (heading) found.labels.add(heading);
  for (const each of Object.values(part)) collect(each, found);
}

/** What stands behind a repository's name on the board. */
export function shownStates(): Set<string> {
  const runs = [
    ...runStates.filter((state) => state !== "waiting" && state !== "done").map((state) => ({ state })),
    { state: "publishing" as const, progress: "publishing" },
    { state: "running" as const, stop: { by: "U1", at: start } },
    { state: "running" as const, pause: { by: "U1", at: start } },
    ...outcomes.map((outcome) => ({ state: "done" as const, outcome })),
  ].map((differences) => exampleRun(differences));
  return new Set([...runs, ...waiting].map(outcomeWords));
}

export function shownStatuses(): Set<string> {
  const two = exampleJob({ repositories: [repository("shop"), repository("docs")] });
  const pairs: [Job, Run[]][] = [
    [{ ...two, refused: stuck }, []],
    [two, []],
    [two, [exampleRun(), exampleRun()]],
    [two, [working, exampleRun()]],
    ...waiting.map((run): [Job, Run[]] => [two, [run, run]]),
    [two, [failed, delivered()]],
    ...outcomes.map((outcome): [Job, Run[]] => [two, [endedRun(outcome), endedRun(outcome)]]),
  ];
  return new Set(pairs.map(([job, runs]) => jobStatus(job, runs)));
}

/** How a pull request stands, piece by piece. */
export function shownStandings(): Set<string> {
  const each: Partial<Standing>[] = [
    ...(["open", "merged", "closed"] as const).map((state) => ({ state })),
    ...(["none", "pending", "passed", "failed"] as const).map((checks) => ({ checks })),
    ...(["approved", "changes requested"] as const).map((review) => ({ review })),
    ...(["behind", "conflicts"] as const).map((mergeable) => ({ mergeable })),
    { draft: true },
    { openThreads: 1 },
    { autoMerge: true },
  ];
  return new Set(each.flatMap((standing) => standingWords(delivered(standing))));
}

export function shownChecks(): Set<string> {
  return new Set(
    checkOutcomes.flatMap((outcome) =>
      checkedShort(exampleRun({ checks: { command: "npm test", outcome } }), ""),
    ),
  );
}
