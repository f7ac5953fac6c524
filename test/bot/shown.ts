// A job for three repositories with runs in several states, and blocks as lines that a person can compare.
import type { Failure } from "@cody/core/failure.ts";
import type { KnownBlock } from "@slack/types";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";

export const three = exampleJob({
  name: "Upgrade Log4j past CVE-2021-44228",
  repositories: [repository("shop-service"), repository("legacy-batch"), repository("checkout")],
  budgetUsd: 9,
});
const pullRequest = { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false };
export const changed = endedRun("changed", {
  repository: repository("shop-service"),
  diff: exampleDiff(),
  pullRequest,
  summary: "Log4j is 2.17.1 now.\nNothing else had to change.",
  verification: "ran the tests, all pass",
  modelName: "Claude Sonnet 5.5",
});
export const unchanged = endedRun("unchanged", {
  number: 2,
  repository: repository("legacy-batch"),
  summary: "Log4j is not used: searched 214 files for `log4j`, no hit.\nIt uses logback.",
  costUsd: 0.03,
  endedAt: start + 41_000,
});
export const running = exampleRun({
  number: 3,
  repository: repository("checkout"),
  state: "running",
  startedAt: start + 120_000,
  machine: { since: start + 120_000, leftMs: 55 * 60_000 },
  turns: 14,
  costUsd: 0.16,
  progress: "running the tests",
});
const stuck: Failure = { kind: "stuck", detail: "it went in circles" };
export const failed = endedRun("failed", { number: 3, repository: repository("checkout"), reason: stuck });

/** What blocks show, a line each piece; buttons in brackets, context in parentheses. */
export function lines(blocks: KnownBlock[]): string {
  return blocks.flatMap(linesOf).join("\n");
}

function linesOf(block: KnownBlock): string[] {
  switch (block.type) {
    case "section":
      return [block.text?.text ?? ""];
    case "context":
      return block.elements.map((element) => (element.type === "mrkdwn" ? `(${element.text})` : "?"));
    case "actions":
      return [
        block.elements
          .map((element) => (element.type === "button" ? `[${element.text.text}]` : "?"))
          .join(" "),
      ];
    case "rich_text":
      return [`| ${wordsOf(block)}`.replaceAll("\n", "\n| ")];
    case "plan":
      return (block.tasks ?? []).flatMap((task) => [
        `${task.status}: ${task.title}`,
        `  ${wordsOf(task.details)}`,
        ...(Array.isArray(task.sources) ? task.sources : []).map(({ text, url }) => `  ${text} → ${url}`),
      ]);
    default:
      return [`? ${block.type}`];
  }
}

/** The words of a rich text block; a date as its fallback. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  if (typeof value !== "object" || value === null) return "";
  if ("text" in value) return String(value.text);
  if ("fallback" in value) return String(value.fallback);
  return "elements" in value ? wordsOf(value.elements) : "";
}
