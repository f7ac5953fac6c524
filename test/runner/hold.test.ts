// A change that a person has to look at: held with its patch, pushed once it is let through, and never another one.
import path from "node:path";
import { describe, expect, test } from "vitest";
import { refuseWorkflows } from "../attacks/refuse-workflows.ts";
import type { Reply, Script } from "../world/claude/script.ts";
import { edit, finish } from "./replies.ts";
import { applied, openStage, type Stage, turnsOf } from "./stage.ts";

/** Each test starts a table, a GitHub, a Claude and one or two runners. */
const timeout = 60_000;

const file = ".github/workflows/ci.yml";
const reason = `It adds ${file}, which says what the CI runs.`;
const workflow: Reply = { calls: [{ name: "write_file", input: { path: file, content: "on: push\n" } }] };
const change: Script = ({ turn }) => [edit, workflow, finish, finish][turn] ?? finish;

const answers = (stage: Stage) =>
  stage.claude.record.requests.filter(({ route }) => route === "POST /v1/messages").length;

async function hold(stage: Stage): Promise<string> {
  const { code, output } = await stage.play();
  expect(code, output).toBe(0);
  const { state, waiting } = await stage.run();
  expect({ state, waiting }).toMatchObject({ state: "waiting", waiting: { for: "hold", reasons: [reason] } });
  return waiting?.for === "hold" ? waiting.change : "";
}

/** A person lets it through, and Batch gives the round its next machine. */
async function letThrough(stage: Stage): Promise<void> {
  await stage.write({ type: "resume", by: "U0BEN", given: { kind: "release" } });
  await stage.write({ type: "submit" });
  await stage.write({ type: "submitted", queueJob: "batch-1" });
}

describe("a change of a workflow", { timeout }, () => {
  test("waits with patch, counts and words; let through, it is pushed as it was, without the model", async () => {
    const stage = await openStage({ script: change });
    await hold(stage);
    const waiting = await stage.run();
    expect(waiting).toMatchObject({
      diff: { files: 2 },
      summary: expect.stringContaining("VAT is 20"),
      turns: 4,
    });
    expect(waiting.verification).toBe("Read it again.");
    // The agent was told while it could still undo it.
    expect(JSON.stringify(await turnsOf(stage))).toContain(`a person has looked at this:\\n- ${reason}`);
    expect(waiting.outcome).toBeUndefined();
    const patch = await stage.patch();
    expect(applied(stage, patch, file)).toBe("on: push\n");
    expect(stage.github.record.pushes).toEqual([]);
    expect((await stage.store.work(stage.job.id, 1).leaseUntil()) ?? 0).toBeLessThanOrEqual(Date.now());
    const asked = answers(stage);

    // A container that comes before anybody decided does nothing.
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toEqual(waiting);

    await letThrough(stage);
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({ state: "done", outcome: "changed", costUsd: waiting.costUsd, turns: 4 });
    expect(answers(stage)).toBe(asked);
    expect(await stage.patch()).toEqual(patch);
    const [pull] = await stage.github.record.pullRequests();
    expect(run.pullRequest).toMatchObject({ number: pull?.number, headSha: run.headSha });
    expect(pull?.body).toContain(`### Please look at\n\n- ${reason}`);
    expect(pull?.body).toContain("Held until `<@U0BEN>` let it be pushed.");
  });

  test("another change than the one that was let through is judged anew", async () => {
    const stage = await openStage({ script: change });
    const held = await hold(stage);
    await letThrough(stage);
    await stage.store.jobs.changeRun(stage.job.id, 1, (run) => ({
      ...run,
      released: { by: "U0BEN", at: 1, change: held.replace(/\w$/, (last) => (last === "0" ? "1" : "0")) },
    }));
    expect(await hold(stage)).toBe(held);
    expect(stage.github.record.pushes).toEqual([]);
  });

  test("a round that goes on being published pushes nothing that nobody let through", async () => {
    const stage = await openStage({ script: change });
    await hold(stage);
    await stage.store.jobs.changeRun(stage.job.id, 1, (run) => ({
      ...run,
      state: "publishing",
      waiting: undefined,
    }));
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "failed",
      reason: { kind: "change-refused", detail: expect.stringContaining(reason) },
      diff: { files: 2 },
    });
    expect(stage.github.record.pushes).toEqual([]);
  });

  test("a stop while it waits ends it, and the patch stays", async () => {
    const stage = await openStage({ script: change });
    await hold(stage);
    await stage.write({ type: "stop", by: "U0ANN" });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({ state: "done", outcome: "cancelled", diff: { files: 2 } });
    expect(stage.github.record.pushes).toEqual([]);
  });

  test("where only a patch is wanted nothing waits, and the summary says what to look at", async () => {
    const stage = await openStage({ script: change, job: { deliver: "patch" } });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "changed",
      summary: expect.stringContaining(`please look at:\n- ${reason}`),
    });
  });

  test("W9: GitHub's own refusal ends it with the file's name and the patch, and is not tried again", async () => {
    const stage = await openStage({ script: change });
    const headers = { authorization: `token ${stage.secrets[0]}` };
    // The repository comes into being with the first question.
    await fetch(`${stage.github.apiUrl}/repos/acme/shop/git/ref/heads/main`, { headers });
    refuseWorkflows(path.join(stage.folder, "github", "4711.git"), file);
    await hold(stage);
    await letThrough(stage);
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      state: "done",
      outcome: "failed",
      reason: { kind: "push-refused", detail: `Cody may not change the workflow ${file}` },
      diff: { files: 2 },
    });
    expect(applied(stage, await stage.patch(), file)).toBe("on: push\n");
    const pushes = stage.github.record.calls.filter(
      ({ method, path: called }) => method === "POST" && called.endsWith("git-receive-pack"),
    );
    expect(pushes).toHaveLength(1);
  });
});

test("one of Cody's own keys in the change ends it: no patch, no push, and no word of the key", {
  timeout,
}, async () => {
  const stage = await openStage({
    // As if a command had come by it.
    script: ({ turn }) => {
      const content = `key = "${stage.secrets[1]}"\n`;
      const leak: Reply = { calls: [{ name: "write_file", input: { path: "key.txt", content } }] };
      return [leak, finish, finish][turn] ?? finish;
    },
  });
  const { code, output } = await stage.play();
  expect(code, output).toBe(0);
  const run = await stage.run();
  expect(run).toMatchObject({
    outcome: "failed",
    reason: {
      kind: "change-refused",
      detail: expect.stringContaining("key.txt holds one of Cody's own secrets"),
    },
  });
  expect(run.diff).toBeUndefined();
  expect(await stage.patch()).toBeUndefined();
  expect(stage.github.record.pushes).toEqual([]);
  expect(JSON.stringify(run) + output).not.toContain(stage.secrets[1]?.slice(8, 24));
});
