// The board: a job's root message, one card a repository, redrawn in place; data in, blocks out.

import { type Caps, capsOf, jobCapUsd } from "@cody/core/budget.ts";
import { sentenceOf } from "@cody/core/failure.ts";
import { isOver, jobStatus } from "@cody/core/job.ts";
import { addCost, modelOf } from "@cody/core/models.ts";
import type { Job, JobRecord, Run } from "@cody/core/schema.ts";
import type {
  Button,
  KnownBlock,
  PlanBlock,
  RichTextBlock,
  RichTextElement,
  TaskCardBlock,
} from "@slack/types";
import { actions, clipped, context, escaped, plain, section } from "./blocks.ts";
import { checkedShort } from "./checks.ts";
import { weakIsolation } from "./isolation.ts";
import { allButtons, standingWords } from "./pull-request.ts";
import { capInDollars, count, dollars, duration } from "./words.ts";

export interface Drawing {
  text: string;
  blocks: KnownBlock[];
  /** The same without the blocks that not every workspace knows. */
  plainBlocks: KnownBlock[];
}

/** Slack refuses an edit whose text is longer. */
const maxTextChars = 4_000;

/** What the board of this job shows. It depends on the table alone, so that an unchanged table draws nothing. */
export function drawBoard({ job, runs }: Pick<JobRecord, "job" | "runs">): Drawing {
  const lines = runs.map(
    (run) => `${sign(run)} ${run.repository.fullName} · ${oneLine(run, capsOf(job, run))}`,
  );
  const head = section(`*${escaped(job.name)}*\nby <@${job.requester}> · ${headline(job, runs)}`);
  const foot = [context(footline(job, runs)), ...actions("board", buttons(job, runs))];
  return {
    text: clipped(
      [`Cody · ${job.name} · ${headline(job, runs)}`, ...lines].map(escaped).join("\n"),
      maxTextChars,
    ),
    blocks: [head, ...(runs.length > 0 ? [plan(job, runs)] : []), ...foot],
    plainBlocks: [head, ...(lines.length > 0 ? [section(lines.map(escaped).join("\n"))] : []), ...foot],
  };
}

function headline(job: Job, runs: Run[]): string {
  if (job.refused) return "not started";
  if (runs.length === 0)
    return `reading ${count(job.repositories.length, "repository").replace("ys", "ies")}`;
  const done = runs.filter((run) => run.state === "done").length;
  const cost = runs.reduce<number | null>((sum, run) => addCost(sum, run.costUsd), 0);
  const status = isOver(job, runs) ? jobStatus(job, runs) : `${done} of ${runs.length} done`;
  return `${status} · ${spent(cost, jobCapUsd(job, runs))}`;
}

function footline(job: Job, runs: Run[]): string {
  const named = runs.find((run) => run.modelName)?.modelName;
  const model = named ?? modelOf(job.model)?.name ?? job.model;
  const words = [model, `effort ${job.effort}`, deliveryWords[job.deliver], ...weakIsolation(runs)];
  return words.map(escaped).join(" · ");
}

const deliveryWords = {
  "pull-request": "pull requests",
  draft: "draft pull requests",
  patch: "patches only",
};

function plan(job: Job, runs: Run[]): PlanBlock {
  return {
    type: "plan",
    block_id: "runs",
    title: runs.length === 1 ? "1 repository" : `${runs.length} repositories`,
    tasks: runs.map((run) => card(run, capsOf(job, run))),
  };
}

function card(run: Run, caps: Caps): TaskCardBlock {
  return {
    type: "task_card",
    task_id: `run-${run.number}`,
    title: clipped(`${run.repository.fullName} · ${outcomeWords(run)}`, 150),
    status: cardStatus(run),
    details: details(run, caps),
    ...(run.pullRequest
      ? { sources: [{ type: "url", url: run.pullRequest.url, text: `#${run.pullRequest.number}` }] }
      : {}),
  };
}

function cardStatus(run: Run): TaskCardBlock["status"] {
  if (run.state !== "done") return isAtWork(run) ? "in_progress" : "pending";
  return run.outcome === "failed" || run.outcome === "cancelled" ? "error" : "complete";
}

function isAtWork({ state }: Run): boolean {
  return state === "running" || state === "publishing";
}

const waitingWords = {
  question: "waiting for an answer",
  budget: "at its limit, waiting for a decision",
  paused: "paused",
  "spend-limit": "waiting: a spend limit is reached",
  hold: "held until somebody has looked",
  branch: "waiting for a decision about its branch",
  limited: "waiting for GitHub's limits",
};

/** What became of it, in two or three words. */
export function outcomeWords(run: Run): string {
  if (run.state === "queued") return "waiting for a place";
  if (run.state === "submitted") return "waiting for a machine";
  if (run.waiting) return waitingWords[run.waiting.for];
  if (run.state !== "done")
    return run.stop ? "stopping" : run.pause ? "pausing" : (currentStep(run) ?? run.progress ?? "working");
  if (run.outcome === "unchanged") return "no change needed";
  if (run.outcome === "cancelled") return "stopped";
  return run.outcome ?? "done";
}

/** The step of its plan that it is at, with its place among the others; while it is published nothing of it is left. */
function currentStep({ state, plan = [] }: Run): string | undefined {
  const at = plan.findIndex(({ status }) => status === "doing");
  const step = state === "running" ? plan[at]?.step : undefined;
  return step && `${step} (${at + 1} of ${plan.length})`;
}

/** Times are given to Slack as dates, so that nothing has to be redrawn for a clock. */
function details(run: Run, caps: Caps): RichTextBlock {
  const elements: RichTextElement[] = [text(facts(run, caps).join(" · "))];
  if (isAtWork(run)) {
    const timestamp = Math.floor((run.machine?.since ?? run.startedAt ?? run.queuedAt) / 1000);
    const fallback = new Date(timestamp * 1000).toISOString().slice(11, 16);
    elements.push(text(" · since "), { type: "date", timestamp, format: "{time}", fallback });
    elements.push(...timeCap(run).map((words) => text(`, ${words}`)));
  }
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements }] };
}

function text(words: string): RichTextElement {
  return { type: "text", text: words };
}

/** How long the machine that works now may go on; what is being published is ended by no clock. */
function timeCap({ state, machine }: Run): string[] {
  return state === "running" && machine ? [`at most ${Math.ceil(machine.leftMs / 60_000)} min`] : [];
}

/** What is used, and of how much. */
function brakes(run: Run, caps: Caps): string[] {
  if (run.state === "done") return run.turns > 0 ? [dollars(run.costUsd)] : [];
  if (run.turns === 0 && run.state !== "running") return [];
  return [`turn ${run.turns} of ${caps.turns}`, spent(run.costUsd, caps.costUsd)];
}

/** `$0.16 of $3`; without a price no dollars bound it. */
function spent(costUsd: number | null, capUsd: number): string {
  return costUsd === null ? dollars(costUsd) : `${dollars(costUsd)} of ${capInDollars(capUsd)}`;
}

/** Never empty: Slack refuses an empty text. */
function facts(run: Run, caps: Caps): string[] {
  const words: string[] = [];
  if (run.reason) words.push(clipped(sentenceOf(run.reason), 200));
  if (run.outcome === "unchanged" && run.summary) words.push(clipped(firstSentence(run.summary), 120));
  if (run.diff) words.push(diffCounts(run));
  if (run.outcome === "changed" || run.waiting?.for === "hold")
    words.push(...checkedShort(run, clipped(firstSentence(run.verification ?? ""), 80)));
  words.push(...standingWords(run));
  if (run.patchOnly) words.push("patch only");
  if (run.progress && currentStep(run)) words.push(run.progress);
  if (run.state === "done" && run.startedAt && run.endedAt) words.push(duration(run.endedAt - run.startedAt));
  words.push(...brakes(run, caps));
  return words.length > 0 ? words : [run.state === "done" ? "nothing was spent" : `base ${run.baseBranch}`];
}

/** `+3 −3 in 2 files`. */
export function diffCounts(run: Run): string {
  if (!run.diff) return "no changes";
  return `+${run.diff.additions} −${run.diff.deletions} in ${count(run.diff.files, "file")}`;
}

/** Without the marks of code: a card shows plain text, and would show the marks. */
function firstSentence(words: string): string {
  const [sentence = ""] = words.trim().split(/(?<=[.!?])\s|\n/);
  return sentence.replaceAll("`", "").replace(/\.$/, "");
}

function sign(run: Run): string {
  if (run.waiting) return "◔";
  if (run.state !== "done") return isAtWork(run) ? "◐" : "○";
  return run.outcome === "failed" ? "✘" : run.outcome === "cancelled" ? "■" : "✔";
}

function oneLine(run: Run, caps: Caps): string {
  const link = run.pullRequest ? [`#${run.pullRequest.number}`] : [];
  return [outcomeWords(run), ...link, ...facts(run, caps), ...timeCap(run)].join(" · ");
}

function buttons(job: Job, runs: Run[]): Button[] {
  const shown: Button[] = [];
  if (!isOver(job, runs)) {
    shown.push({
      type: "button",
      action_id: "stop",
      style: "danger",
      text: plain("Stop"),
      value: job.id,
      confirm: {
        title: plain("Stop this job?"),
        text: plain(
          "Runs that are already being published finish. The others end, and what they have done is not delivered. Pause keeps it.",
        ),
        confirm: plain("Stop it"),
        deny: plain("Go on"),
      },
    });
  }
  if (runs.some((run) => run.waiting?.for === "paused" || run.waiting?.for === "spend-limit")) {
    shown.push({ type: "button", action_id: "resume", text: plain("Resume"), value: job.id });
  } else if (
    runs.some((run) => !run.stop && !run.pause && (run.state === "queued" || run.state === "running"))
  ) {
    shown.push({ type: "button", action_id: "pause", text: plain("Pause"), value: job.id });
  }
  if (runs.some((run) => run.turns > 0)) {
    shown.push({ type: "button", action_id: "conversation", text: plain("Conversation"), value: job.id });
  }
  return [...shown, ...allButtons(job, runs)];
}
