// GET /health: with fake probes what it tells and how seldom it looks, and by the front door with real far ends.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeLog } from "@cody/core/log.ts";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { healthRoute, type Part, type Probe } from "../../../packages/bot/src/web/health.ts";
import type { WebAnswer } from "../../../packages/bot/src/web/http.ts";
import { serveTable, tableName } from "../../core/adapters/table/table-server.ts";
import { type LocalBatch, startBatch } from "../../world/aws/batch.ts";
import { startClaude } from "../../world/claude/claude.ts";
import { startGitHub } from "../../world/github/github.ts";

const fine: Probe = async () => {};
const all = { table: fine, queue: fine, github: fine, claude: fine };

describe("with probes at hand", () => {
  let time: number;
  let looks: Part[];
  let logged: string[];

  beforeEach(() => {
    time = 1_000_000;
    looks = [];
    logged = [];
  });

  function route(probes: Partial<Record<Part, Probe>> = {}, timeoutMs = 1_000): () => Promise<WebAnswer> {
    const counted = Object.entries({ ...all, ...probes }).map(([part, probe]): [string, Probe] => [
      part,
      (signal) => {
        looks.push(part as Part);
        return probe(signal);
      },
    ]);
    const log = makeLog({
      level: "debug",
      redact: (text) => text,
      write: (line) => void logged.push(line),
      now: () => time,
    });
    const probing = Object.fromEntries(counted) as Record<Part, Probe>;
    const health = healthRoute({ probes: probing, now: () => time, log, timeoutMs });
    return async () => health({} as never, {});
  }

  test("says of every part that it is well, as JSON that nobody keeps", async () => {
    const answer = await route()();
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
    expect(JSON.parse(answer.body ?? "")).toEqual({
      status: "ok",
      parts: { table: "ok", queue: "ok", github: "ok", claude: "ok" },
    });
  });

  test("says which part is not well, and why only in the log", async () => {
    const answer = await route({
      table: async () => {
        throw new Error("arn:aws:dynamodb:eu-west-1:123456789012:table/cody is not for you");
      },
    })();
    expect(answer.statusCode).toBe(503);
    expect(JSON.parse(answer.body ?? "")).toEqual({
      status: "failing",
      parts: { table: "failing", queue: "ok", github: "ok", claude: "ok" },
    });
    expect(logged).toEqual([expect.stringContaining("is not for you")]);
  });

  test("a probe that throws before it waits is no different", async () => {
    const answer = await route({
      queue: () => {
        throw new Error("at once");
      },
    })();
    expect(JSON.parse(answer.body ?? "").parts.queue).toBe("failing");
  });

  test("waits for none longer than its time, lets it know, and asks all of them at once", async () => {
    const given: AbortSignal[] = [];
    const hangs: Probe = (signal) => {
      given.push(signal);
      return new Promise(() => {});
    };
    const from = performance.now();
    const answer = await route({ github: hangs, claude: hangs, queue: hangs }, 50)();
    expect(performance.now() - from).toBeLessThan(140);
    expect(JSON.parse(answer.body ?? "").parts).toEqual({
      table: "ok",
      queue: "no answer",
      github: "no answer",
      claude: "no answer",
    });
    expect(given.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  test("looks once a minute however often it is asked; after ten seconds where something was not well", async () => {
    let isDown = false;
    const health = route({
      claude: async () => {
        if (isDown) throw new Error("down");
      },
    });
    await Promise.all([health(), health(), health()]);
    time += 59_999;
    await health();
    expect(looks).toHaveLength(4);
    isDown = true;
    time += 1;
    expect((await health()).statusCode).toBe(503);
    expect(looks).toHaveLength(8);
    isDown = false;
    time += 9_999;
    expect((await health()).statusCode).toBe(503);
    time += 1;
    expect((await health()).statusCode).toBe(200);
    expect(looks).toHaveLength(12);
  });
});

describe("by the front door", () => {
  serveTable();

  let batch: LocalBatch;
  let handler: (event: unknown, context: unknown) => Promise<WebAnswer>;

  beforeAll(() => {
    Object.assign(process.env, {
      CODY_TABLE: tableName,
      SLACK_BOT_TOKEN: "xoxb-test",
      SLACK_SIGNING_SECRET: "the secret of the app",
      BATCH_QUEUE: "runs",
      LOG_LEVEL: "error",
    });
  });

  test("asks the table, the queue, GitHub and Claude, and leaves nothing behind there", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "cody-health-"));
    onTestFinished(() => rm(root, { recursive: true }));
    const github = await startGitHub({ root, accounts: [], repositories: [] });
    onTestFinished(github.close);
    const claude = await startClaude({ keys: ["the only key"], script: () => ({ text: "Hello." }) });
    onTestFinished(claude.close);
    batch = await startBatch({ queues: [{ name: "runs" }], definitions: [], cwd: "/" });
    onTestFinished(() => batch.close());
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_BATCH: batch.endpoint,
      GITHUB_API_URL: github.apiUrl,
      ANTHROPIC_BASE_URL: claude.url,
    });
    ({ handler } = await import("../../../packages/bot/src/slack.ts"));
    const event = { requestContext: { http: { method: "GET", path: "/health" } } };
    const answer = await handler(event, {});
    expect(JSON.parse(answer.body ?? "")).toEqual({
      status: "ok",
      parts: { table: "ok", queue: "ok", github: "ok", claude: "ok" },
    });
    expect(answer.statusCode).toBe(200);
    expect(github.record.calls).toEqual([{ method: "GET", path: "/rate_limit", status: 200 }]);
    expect(claude.record.requests).toMatchObject([{ route: "GET /v1/models", status: 401 }]);
  });
});
