// The handbook of whoever operates Cody: complete where it lists, and what it tells to type does what it says.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { failureSchema } from "@cody/core/failure.ts";
import {
  claudePatienceMs,
  defaultMaxRuns,
  maxContentPerHour,
  maxContentPerMinute,
  maxEditsPerMinute,
  maxRoundMs,
  maxTurns,
  retentionMs,
  submittedTooLongMs,
} from "@cody/core/limits.ts";
import { describe, expect, test } from "vitest";
import { secretName, variablesFrom } from "../infra/variables.ts";
import { attemptTimeoutSeconds } from "../packages/runner/batch-rules.ts";
import { open, rawClient, serveTable, tableName } from "./core/adapters/table/table-server.ts";
import { newJob } from "./runner/submitted-run.ts";

const root = path.join(import.meta.dirname, "..");
const document = readFileSync(path.join(root, "docs/operations.md"), "utf8");
const sources = globSync("packages/*/src/**/*.ts", { cwd: root }).map((file) =>
  readFileSync(path.join(root, file), "utf8"),
);

/** Everything below a heading of the second or third level, up to the next one of its level. */
function chapter(heading: string): string {
  const [level = ""] = heading.split(" ");
  const from = document.indexOf(`\n${heading}\n`);
  if (from === -1) throw new Error(`there is no ${heading}`);
  const rest = document.slice(from + heading.length + 1);
  const end = rest.search(new RegExp(`^#{2,${level.length}} `, "m"));
  return end === -1 ? rest : rest.slice(0, end);
}

/** An item as the AWS CLI takes it, in plain values. */
function plain(item: Record<string, { S?: string; N?: string }>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, S ?? Number(N)]));
}

test("every failure is an operator's or the person's, and none is both", () => {
  const text = chapter("### What failures ask of an operator");
  const [rows = "", list = ""] = text.split("The person in Slack handles");
  const inRows = [...rows.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind);
  const inList = [...list.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind);
  expect([...inRows, ...inList].sort()).toEqual([...failureSchema.shape.kind.options].sort());
});

describe.each(variablesFrom("secret"))("%s", (variable) => {
  test("has its way of being changed, with the name that SST has for it", () => {
    const text = chapter(`### ${variable}`);
    expect(chapter("## Rotating secrets")).toContain(text);
    expect(text).toContain(`npm run sst -- secret set ${secretName(variable)} --stage production`);
    expect(text).toContain("`RUNNER_IMAGE=$image npm run deploy -- --stage production`");
  });

  test("has its line for the day on which it leaks", () => {
    expect(chapter("## A leaked key")).toContain(`\n| \`${variable}\` | `);
  });
});

test("no other secret is told of", () => {
  const told = [...chapter("## Rotating secrets").matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(variablesFrom("secret").sort());
});

test("links within the page lead somewhere", () => {
  const headings = [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replace(/\s/g, "-"),
  );
  for (const [, anchor] of document.matchAll(/\]\(#([\w-]+)\)/g)) expect(headings).toContain(anchor);
});

test.each([
  "a part is not well",
  "run submitted",
  "effects failed and will be tried again",
  "The round is broken off",
  "a job could not be looked after",
  "a run lost its runner",
  "boards could not be drawn",
  "a board has nowhere to be drawn",
  "GitHub limits the rate",
])("the line %j is one that a program writes", (line) => {
  expect(document).toContain(`\`${line}\``);
  expect(sources.some((source) => source.includes(`"${line}"`))).toBe(true);
});

test("its numbers are those of the limits", () => {
  const minutes = (ms: number) => ms / 60_000;
  expect(chapter("## Rotating secrets")).toContain(`up to ${attemptTimeoutSeconds / 60} minutes`);
  expect(chapter("### Claude is away")).toContain(`up to ${minutes(claudePatienceMs)} minutes`);
  expect(chapter("### No machine")).toContain(`longer than ${minutes(submittedTooLongMs)} minutes`);
  expect(chapter("## What is kept, and for how long")).toContain(`| ${retentionMs / 86_400_000} days;`);
  const limits = chapter("## Limits");
  expect(limits).toContain(`runs at once: ${defaultMaxRuns} |`);
  expect(limits).toContain(`edits in Slack: ${maxEditsPerMinute} a minute`);
  expect(limits).toContain(`${maxContentPerMinute} a minute, ${maxContentPerHour} an hour`);
  expect(limits).toContain(`share of the budget, ${maxTurns}, ${minutes(maxRoundMs)} |`);
});

describe("what it tells to type", () => {
  serveTable();

  test("stops a job as its button would", async () => {
    const [, written = ""] =
      /--item "(\{[^"]*(?:\\"[^"]*)*\})"/.exec(chapter("### A run has to be stopped by hand")) ?? [];
    const now = Math.floor(Date.now() / 1000);
    const { id: job } = newJob();
    const values: Record<string, string> = { job, user: "U0123456789", now: String(now) };
    const text = written
      .replaceAll('\\"', '"')
      .replaceAll(/\$\(\(now \+ (\d+)\)\)/g, (_all, seconds) => String(now + Number(seconds)))
      .replaceAll(/\$\{?(\w+)\}?/g, (_all, name) => values[name] ?? "");
    await rawClient().send(new PutCommand({ TableName: tableName, Item: plain(JSON.parse(text)) }));
    const [ask, ...others] = await open().jobs.asksOf(job);
    expect(ask).toMatchObject({ job, kind: "stop", by: "U0123456789", at: now * 1_000 });
    expect(ask?.run).toBeUndefined();
    expect(others).toEqual([]);
  });

  test("lifts a spend limit as Resume would", async () => {
    const [, expression = ""] = /--update-expression '([^']+)'/.exec(chapter("### A spend limit")) ?? [];
    const { spendLimit } = open();
    await spendLimit.reach({ since: 5, reached: "the limit" });
    await rawClient().send(
      new UpdateCommand({
        TableName: tableName,
        Key: { pk: "KEY", sk: "SPEND-LIMIT" },
        UpdateExpression: expression,
        ExpressionAttributeValues: { ":now": 9 },
      }),
    );
    expect(await spendLimit.read()).toBeUndefined();
    // Who met it before hears of it late, and does not bring it back.
    await spendLimit.reach({ since: 7, reached: "the limit" });
    expect(await spendLimit.read()).toBeUndefined();
  });
});
