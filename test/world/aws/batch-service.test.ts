// The local AWS Batch as a service: places, refusals, lists, events, faults, and nothing left behind.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ClientException,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import { describe, expect, onTestFinished, test } from "vitest";
import type { JobStateChange } from "./batch-events.ts";
import { openBatch, printed } from "./open-batch.ts";
import { isAlive } from "./processes.ts";

describe("places", () => {
  /** A line of shell that goes on when the file is there. */
  const until = (file: string) => `echo up; while [ ! -e ${file} ]; do sleep 0.01; done`;

  function signalFile(): string {
    const folder = mkdtempSync(path.join(tmpdir(), "batch-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return path.join(folder, "go");
  }

  test("no more than maxParallel run at once, in order of arrival", async () => {
    const go = signalFile();
    const { batch, submit, reach } = await openBatch({}, { maxParallel: 2 });
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(await submit(until(go)));
    for (const id of ids.slice(0, 2)) await printed(batch, id, 1);
    for (const id of ids.slice(2)) await reach(id, "RUNNABLE");
    expect(batch.jobs().map((job) => job.status)).toEqual([
      "RUNNING",
      "RUNNING",
      "RUNNABLE",
      "RUNNABLE",
      "RUNNABLE",
    ]);
    writeFileSync(go, "");
    const starts: number[] = [];
    for (const id of ids) starts.push((await reach(id, "SUCCEEDED")).startedAt ?? 0);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  test("a fair-share queue lets the share with the fewest go first", async () => {
    const go = signalFile();
    const { batch, submit, reach } = await openBatch({ schedulingPriority: 1 }, { maxParallel: 2 });
    const ids: string[] = [];
    for (const share of ["A", "A", "A", "B"]) {
      ids.push(await submit(until(go), { jobQueue: "fair", shareIdentifier: share }));
    }
    const [first = "", second = "", third = "", other = ""] = ids;
    for (const id of [first, second]) await printed(batch, id, 1);
    for (const id of [third, other]) await reach(id, "RUNNABLE");
    batch.killHost(first);
    await reach(other, "RUNNING");
    expect((await reach(third, "RUNNABLE")).startedAt).toBeUndefined();
    writeFileSync(go, "");
    await reach(third, "SUCCEEDED");
  });
});

describe("refusals in AWS's words", () => {
  test.each<[string, Partial<SubmitJobCommandInput>, RegExp]>([
    [
      "a name with spaces",
      { jobName: "no spaces" },
      /Exception : Job name should match valid pattern, RequestId/,
    ],
    ["a name of 129 letters", { jobName: "x".repeat(129) }, /Job name should match valid pattern/],
    ["an unknown queue", { jobQueue: "other" }, /^JobQueue other not found\.$/],
    [
      "an unknown definition",
      { jobDefinition: "other" },
      /^JobDefinition name other does not exist or is not in ACTIVE status$/,
    ],
    ["an unknown revision", { jobDefinition: "runner:2" }, /does not exist or is not in ACTIVE status/],
    [
      "a variable of Batch's own",
      { containerOverrides: { environment: [{ name: "AWS_BATCH_JOB_ID", value: "1" }] } },
      /AWS_BATCH/,
    ],
    [
      "31 KiB",
      { parameters: { prompt: "x".repeat(31 * 1024) } },
      /Job size must be less than 30 KiB, got 32 KiB/,
    ],
    ["a timeout of 59 seconds", { timeout: { attemptDurationSeconds: 59 } }, /at least 60 seconds/],
    ["eleven attempts", { retryStrategy: { attempts: 11 } }, /between 1 and 10/],
    [
      "rules without attempts",
      { retryStrategy: { evaluateOnExit: [{ onExitCode: "1", action: "EXIT" }] } },
      /attempts to be specified/,
    ],
    [
      "an asterisk in the middle",
      { retryStrategy: { attempts: 1, evaluateOnExit: [{ onReason: "a*b", action: "EXIT" }] } },
      /no pattern for onReason/,
    ],
    [
      "a rule without a condition",
      { retryStrategy: { attempts: 1, evaluateOnExit: [{ action: "EXIT" }] } },
      /at least one condition/,
    ],
    ["a share where there is no policy", { shareIdentifier: "U1" }, /must not be specified/],
    ["no share where there is a policy", { jobQueue: "fair" }, /shareIdentifier must be specified\./],
    [
      "a share without a priority",
      { jobQueue: "fair", shareIdentifier: "U1" },
      /Either schedulingPriority in job definition/,
    ],
    ["an array job", { arrayProperties: { size: 2 } }, /does not cover arrayProperties/],
  ])("%s", async (_, more, message) => {
    const { batch, submit } = await openBatch();
    const error = await submit("true", more).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ClientException);
    expect((error as Error).message).toMatch(message);
    expect(batch.jobs()).toEqual([]);
  });

  test("overrides over 8,192 characters are accepted, and the job fails when it should start", async () => {
    const { submit, reach } = await openBatch({ retryStrategy: { attempts: 3 } });
    const jobId = await submit(`true ${"x".repeat(8192)}`);
    const job = await reach(jobId, "FAILED");
    expect(job).toMatchObject({
      statusReason: "Container Overrides length must be at most 8192",
      attempts: [],
    });
  });

  test("a queue that is disabled, which says so where it is described", async () => {
    const { client, submit } = await openBatch({}, { queues: [{ name: "queue", state: "DISABLED" }] });
    await expect(submit("true")).rejects.toThrow("JobQueue queue is not in ENABLED state");
    const { jobQueues } = await client.send(new DescribeJobQueuesCommand({ jobQueues: ["queue"] }));
    expect(jobQueues).toMatchObject([{ state: "DISABLED", status: "VALID" }]);
  });

  test("definitions by revision and by name at once", async () => {
    const { client } = await openBatch();
    const both = { jobDefinitions: ["runner:1"], status: "ACTIVE" };
    await expect(client.send(new DescribeJobDefinitionsCommand(both))).rejects.toThrow("other parameters");
  });

  test("ends without a reason, lists without a queue, unsigned requests", async () => {
    const { batch, client } = await openBatch();
    await expect(client.send(new TerminateJobCommand({ jobId: "1", reason: "" }))).rejects.toThrow("reason");
    await expect(client.send(new ListJobsCommand({}))).rejects.toThrow("jobQueue must be specified");
    await expect(client.send(new DescribeJobsCommand({ jobs: [] }))).rejects.toThrow("between 1 and 100");
    const unsigned = await fetch(`${batch.endpoint}/v1/describejobqueues`, { method: "POST", body: "{}" });
    expect(unsigned.status).toBe(403);
  });

  test.each([
    ["AWS_BATCH variables", { environment: { AWS_BATCH_X: "1" } }],
    ["a secret that is a variable too", { environment: { TOKEN: "1" }, secrets: { TOKEN: "2" } }],
    ["a timeout under a minute", { timeoutSeconds: 30 }],
    [
      "an action that is none",
      { retryStrategy: { attempts: 2, evaluateOnExit: [{ onExitCode: "1", action: "STOP" as never }] } },
    ],
  ])("definitions with %s", async (_, definition) => {
    await expect(openBatch(definition)).rejects.toThrow(
      /^AWS Batch would refuse the job definition runner: /,
    );
  });
});

describe("looking things up", () => {
  test("ListJobs shows one state of one queue, or a name in any state, newest first", async () => {
    const { client, submit, reach } = await openBatch({}, { maxParallel: 2 });
    const done = await submit("true", { jobName: "cody-1-01" });
    await reach(done, "SUCCEEDED");
    await sleep(2);
    const running = await submit("sleep 60", { jobName: "cody-1-02" });
    await reach(running, "RUNNING");
    const list = async (more: object) => {
      const answer = await client.send(new ListJobsCommand({ jobQueue: "queue", ...more }));
      return { ids: answer.jobSummaryList?.map((job) => job.jobId), nextToken: answer.nextToken };
    };
    const byName = (value: string) => ({ filters: [{ name: "JOB_NAME", values: [value] }] });
    expect((await list({})).ids).toEqual([running]);
    expect((await list({ jobStatus: "SUCCEEDED" })).ids).toEqual([done]);
    expect((await list(byName("CODY-1-01"))).ids).toEqual([done]);
    expect((await list(byName("cody-1-*"))).ids).toEqual([running, done]);
    expect((await list(byName("cody"))).ids).toEqual([]);
    expect((await list({ jobQueue: "fair" })).ids).toEqual([]);
    const first = await list({ ...byName("cody-*"), maxResults: 1 });
    expect(first.ids).toEqual([running]);
    const second = await list({ ...byName("cody-*"), maxResults: 1, nextToken: first.nextToken });
    expect(second).toEqual({ ids: [done], nextToken: undefined });
  });

  test("queues and definitions, without the values of secrets", async () => {
    const { client } = await openBatch({
      environment: { STAGE: "local" },
      secrets: { TOKEN: "s3cret" },
      timeoutSeconds: 3600,
    });
    const { jobQueues } = await client.send(new DescribeJobQueuesCommand({ jobQueues: ["fair", "other"] }));
    expect(jobQueues).toMatchObject([{ jobQueueName: "fair", state: "ENABLED", status: "VALID" }]);
    expect(jobQueues?.[0]?.schedulingPolicyArn).toMatch(/scheduling-policy\/policy$/);
    const { jobDefinitions } = await client.send(
      new DescribeJobDefinitionsCommand({ jobDefinitionName: "runner" }),
    );
    expect(jobDefinitions).toMatchObject([
      {
        jobDefinitionName: "runner",
        revision: 1,
        timeout: { attemptDurationSeconds: 3600 },
        containerProperties: { environment: [{ name: "STAGE", value: "local" }] },
      },
    ]);
    expect(JSON.stringify(jobDefinitions)).not.toContain("s3cret");
  });
});

describe("state changes", () => {
  test("some come twice, late ones are overtaken, and a target that fails is asked again", async () => {
    const events: JobStateChange[] = [];
    let failures = 2;
    const { submit, reach } = await openBatch(
      {},
      {
        duplicateShare: 0.4,
        maxEventDelayMs: 30,
        seed: 3,
        onStateChange: async (event) => {
          if (failures-- > 0) throw new Error("not now");
          events.push(event);
        },
      },
    );
    for (let index = 0; index < 5; index++) await reach(await submit("true"), "SUCCEEDED");
    const ids = () => new Set(events.map((event) => event.id)).size;
    await expect.poll(ids).toBe(20);
    expect(events.length).toBeGreaterThan(20);
    const states = events.map((event) => event.detail.status);
    expect(states.indexOf("RUNNING")).not.toBe(-1);
    expect(events[0]).toMatchObject({
      source: "aws.batch",
      "detail-type": "Batch Job State Change",
      region: "us-east-1",
      resources: [events[0]?.detail.jobArn],
      detail: { jobName: "job-1" },
    });
  });
});

describe("faults", () => {
  test("throttling and outages are refused before anything is done; the client tries again", async () => {
    const { batch, submit } = await openBatch();
    batch.fault({ operation: "SubmitJob", kind: "throttled" });
    batch.fault({ operation: "SubmitJob", kind: "unavailable" });
    await submit("true");
    expect(batch.jobs().length).toBe(1);
    batch.fault({ operation: "SubmitJob", kind: "unavailable", times: 3 });
    await expect(submit("true")).rejects.toMatchObject({ name: "ServerException" });
    expect(() => batch.fault({ operation: "RunJob", kind: "throttled" })).toThrow("no operation RunJob");
  });

  test("a lost answer makes the client submit twice: SubmitJob knows no idempotency token", async () => {
    const { batch, submit } = await openBatch();
    batch.fault({ operation: "SubmitJob", kind: "answerLost" });
    await submit("true");
    expect(batch.jobs().length).toBe(2);
  });
});

describe("nothing is left behind", () => {
  const script = `trap '' TERM; setsid sleep 60 & echo $$ $!; wait`;

  test("when it is closed", async () => {
    const { batch, submit } = await openBatch({}, { maxParallel: 1 });
    const jobId = await submit(script);
    await submit("echo never");
    const pids = (await printed(batch, jobId, 1))[0]?.split(" ").map(Number) ?? [];
    expect(pids.every(isAlive)).toBe(true);
    await batch.close();
    await expect.poll(() => pids.filter(isAlive), { interval: 5 }).toEqual([]);
  });

  test("when its parent is killed", async () => {
    const program = `
      import { BatchClient, SubmitJobCommand } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-batch"))};
      import { startBatch } from ${JSON.stringify(new URL("./batch.ts", import.meta.url).href)};
      import { clientSettings } from ${JSON.stringify(new URL("./client-settings.ts", import.meta.url).href)};
      const batch = await startBatch({
        queues: [{ name: "queue" }], cwd: "/", onLog: (jobId, line) => console.log(line),
        definitions: [{ name: "runner", command: ["sh", "-c", ${JSON.stringify(script)}], environment: {} }],
      });
      const client = new BatchClient({ ...clientSettings, endpoint: batch.endpoint });
      await client.send(new SubmitJobCommand({ jobName: "job", jobQueue: "queue", jobDefinition: "runner" }));`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids: number[] = [];
    for await (const line of createInterface({ input: parent.stdout })) {
      pids.push(...line.split(" ").map(Number));
      break;
    }
    expect(pids.every(isAlive)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});
