// The main job: from /cody to pull requests, patches and an honest "no change needed", and how it is stopped.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { steps } from "./claude/script.ts";
import { ann, ben, engineering } from "./people.ts";
import type { Report } from "./report.ts";
import { startSampleJob } from "./sample-job.ts";
import { reportOfSample } from "./sample-report.ts";
import { scriptOf } from "./scenario.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

const run = promisify(execFile);

describe("the sample job", () => {
  let world: World;
  let report: Report;

  beforeAll(async () => {
    world = await startWorld({ script: scriptOf(upgrade) });
    report = await reportOfSample(world, upgrade);
  }, 90_000);

  afterAll(() => world.close());

  test("ends with two pull requests and one without need of a change, each message once, no secret anywhere", () => {
    expect(report).toMatchObject({
      status: "done",
      runs: [
        {
          repository: "acme/shop-service",
          outcome: "changed",
          pullRequest: { number: 1 },
          attempts: 1,
          turns: 5,
        },
        {
          repository: "acme/legacy-batch",
          outcome: "changed",
          pullRequest: { number: 1 },
          attempts: 1,
          turns: 6,
        },
        { repository: "acme/checkout", outcome: "unchanged", patchBytes: 0, attempts: 1, turns: 2 },
      ],
      slack: { duplicates: 0 },
      github: { pullRequests: 2 },
      leaks: 0,
    });
  });

  test.each(["acme/shop-service", "acme/legacy-batch"])(
    "the patch of %s applies to a fresh clone",
    async (name) => {
      const folder = await mkdtemp(path.join(tmpdir(), "cody-patch-"));
      try {
        const file = world.slack
          .as(ann)
          .state()
          .messages.flatMap(({ files }) => files)
          .find((one) => one.name === `${name.replace("/", "-")}.patch`);
        if (!file) throw new Error("there is no patch");
        await writeFile(path.join(folder, "the.patch"), world.slack.fileBytes(file.id));
        await run("git", ["clone", "--quiet", world.github.cloneUrl(name), path.join(folder, "clone")]);
        await run("git", ["apply", "--check", "../the.patch"], { cwd: path.join(folder, "clone") });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  test("what the board says last agrees with what GitHub has", async () => {
    const text = await waitFor(() => {
      const [board] = boards(world.slack, ann);
      return board?.text.includes("· done ·") ? board.text : undefined;
    });
    expect(text).toMatch(/✔ acme\/shop-service · changed · #1 · \+2 −2 in 2 files/);
    expect(text).toMatch(/✔ acme\/legacy-batch · changed · #1 · \+7 −7 in 4 files/);
    expect(text).toMatch(/✔ acme\/checkout · no change needed/);
  });

  test("the thread's last message pings who asked", () => {
    const [board] = boards(world.slack, ann);
    const thread = board ? replies(world.slack, ann, board) : [];
    expect(thread.at(-1)?.text).toMatch(/^<@U0ANN> Done: 2 changed and 1 needed no change\./);
  });

  test("the board stood within five seconds, and every answer to Slack came in time", () => {
    const { calls, deliveries } = world.slack.record;
    const submitted = deliveries.find(({ kind }) => kind === "view_submission")?.at ?? 0;
    const posted = calls.find(({ method }) => method === "chat.postMessage")?.at ?? Number.POSITIVE_INFINITY;
    expect(posted - submitted).toBeLessThan(5_000);
    expect(deliveries.filter(({ late }) => late)).toEqual([]);
  });

  test("Slack refused nothing that was sent to it", () => {
    expect(world.slack.record.failures()).toEqual([]);
  });
});

describe("Stop on the board", () => {
  test("ends a running job, pushes nothing, and tells who pressed it", async () => {
    const world = await startWorld({
      script: steps({ calls: [{ name: "run_command", input: { command: "echo x > new.txt; sleep 60" } }] }),
    });
    try {
      const request = { repositories: ["acme/checkout"], prompt: "Wait", kind: "anything" } as const;
      await startSampleJob(world.slack, ann, engineering, {
        ...request,
        repositories: [...request.repositories],
      });
      const board = await waitFor(() =>
        boards(world.slack, ann).find(({ text }) => text.includes("running echo")),
      );
      const value = /"value":"([a-z2-7]{10})"/.exec(JSON.stringify(board.blocks))?.[1];
      const action = { type: "button", action_id: "stop", block_id: "board", value };
      await world.slack.as(ben).act({ message: board, action });
      const said = await waitFor(() => lastWord(replies(world.slack, ann, board)));
      expect(said).toBe("cancelled");
      const told = world.slack
        .as(ben)
        .state()
        .messages.find(({ ephemeralTo }) => ephemeralTo === ben);
      expect(told?.text).toMatch(/Stopping acme\/checkout/);
      expect(world.github.record.pushes).toEqual([]);
      expect(world.slack.record.duplicates()).toBe(0);
    } finally {
      await world.close();
    }
  }, 60_000);
});
