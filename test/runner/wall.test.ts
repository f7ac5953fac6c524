// The minutes of a round as they end for real: the agent is told in time, and what is there is kept, whatever it does then.
import { maxRoundMs, wrapUpShare } from "@cody/core/limits.ts";
import { expect, test } from "vitest";
import { attemptTimeoutSeconds } from "../../packages/runner/batch-rules.ts";
import type { Conversation } from "../world/claude/script.ts";
import { command, edit, finish } from "./replies.ts";
import { applied, openStage, turnsOf } from "./stage.ts";
import { submitAgain } from "./submitted-run.ts";

/** Starts a table, a GitHub, a Claude and two runners, and waits for a wall. */
const timeout = 120_000;
/** Enough for a busy machine to clone and to make one change. */
const leftMs = 25_000;

const timesTold = ({ messages }: Pick<Conversation, "messages">) =>
  JSON.stringify(messages).split("Come to an end with what you have").length - 1;

test("Batch would end an attempt long after the runner has ended its round itself", () => {
  expect(attemptTimeoutSeconds * 1_000).toBeGreaterThan(maxRoundMs + 2 * 60_000);
});

test("told to come to an end while there is time for it, the agent finishes, and its change is delivered", {
  timeout,
}, async () => {
  const told: number[] = [];
  const stage = await openStage({
    script: (conversation) => {
      told.push(timesTold(conversation));
      if (conversation.turn === 0) return edit;
      return timesTold(conversation) > 0 ? finish : command(`sleep 1 # ${conversation.turn}`);
    },
    // Earlier machines have worked for all but a few seconds of the time until then.
    run: { workedMs: Math.floor(maxRoundMs * wrapUpShare) - 4_000 },
  });
  const { code, output } = await stage.play();
  expect(code, output).toBe(0);
  expect(await stage.run()).toMatchObject({ state: "done", outcome: "changed", pullRequest: { number: 1 } });
  expect(applied(stage, await stage.patch())).toContain("vat = 20");
  // Once, and it stays in the conversation.
  expect(told.slice(-2)).toEqual([1, 1]);
  expect(Math.max(...told)).toBe(1);
});

test("one that works on is broken off with nothing lost; more time, and the next machine finishes it", {
  timeout,
}, async () => {
  let mayFinish = false;
  const stage = await openStage({
    script: ({ results }) => {
      const isChanged = results.some(({ name, isError }) => name === "edit_file" && !isError);
      if (!isChanged) return edit;
      return mayFinish ? finish : command("echo 1 > begun.txt; sleep 600", 600);
    },
    run: { workedMs: maxRoundMs - leftMs },
  });
  const { code, output } = await stage.play();
  expect(code, output).toBe(0);
  const stopped = await stage.run();
  expect(stopped).toMatchObject({
    state: "waiting",
    waiting: { for: "budget", reached: "55 minutes", offerUsd: 3 },
  });
  expect(stopped.workedMs).toBeGreaterThanOrEqual(maxRoundMs);
  // A command gets most of the time that is left and no more, so there may be several.
  expect(stopped.turns).toBeGreaterThanOrEqual(2);
  expect((await turnsOf(stage)).map(({ turn }) => turn)).toEqual([...Array(stopped.turns + 1).keys()]);
  // What the command had done by then is there as well.
  expect(applied(stage, await stage.patch(), "begun.txt")).toBe("1\n");
  expect(await stage.store.work(stage.job.id, 1).leaseUntil()).toBeLessThanOrEqual(Date.now());
  expect(stage.github.record.pushes).toEqual([]);
  const asked = stage.claude.record.requests.map(({ usage }) => usage?.output_tokens ?? 0);
  const billed = asked.reduce((sum, tokens) => sum + tokens, 0);
  // The last answer may have been broken off.
  expect(stopped.usage.outputTokens).toBeGreaterThanOrEqual(billed - (asked.at(-1) ?? 0));

  mayFinish = true;
  await stage.write({ type: "resume", by: "U0ANN", given: { kind: "more" } });
  await submitAgain(stage.store.jobs, stage.job, "batch-2");
  const second = await stage.play({ AWS_BATCH_JOB_ID: "batch-2" });
  expect(second.code, second.output).toBe(0);
  const run = await stage.run();
  expect(run).toMatchObject({ state: "done", outcome: "changed", machine: { leftMs: maxRoundMs } });
  expect(applied(stage, await stage.patch())).toContain("vat = 20");
  expect(applied(stage, await stage.patch(), "begun.txt")).toBe("1\n");
  expect(await stage.github.record.pullRequests()).toHaveLength(1);
  expect(run.usage.outputTokens).toBeGreaterThan(stopped.usage.outputTokens);
});
