// Jobs of the local AWS Batch, through the real client: states, processes, retries, stops, lost capacity.
import { CancelJobCommand, type EvaluateOnExit, TerminateJobCommand } from "@aws-sdk/client-batch";
import { describe, expect, test } from "vitest";
import { openBatch, printed } from "./open-batch.ts";
import { isAlive } from "./processes.ts";

describe("a job that goes well", () => {
  test("passes through the states, and its detail is complete", async () => {
    const { submit, reach, statesOf } = await openBatch(
      { command: ["echo", "Ref::greeting"] },
      { startDelayMs: 20 },
    );
    const jobId = await submit(undefined, { parameters: { greeting: "hello" }, tags: { team: "T1" } });
    const job = await reach(jobId, "SUCCEEDED");
    await expect.poll(() => statesOf(jobId)).toEqual(["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]);
    expect(job).toMatchObject({
      jobId,
      jobName: "job-1",
      jobArn: `arn:aws:batch:us-east-1:000000000000:job/${jobId}`,
      jobQueue: "arn:aws:batch:us-east-1:000000000000:job-queue/queue",
      jobDefinition: "arn:aws:batch:us-east-1:000000000000:job-definition/runner:1",
      statusReason: "Essential container in task exited",
      attempts: [{ statusReason: "Essential container in task exited", container: { exitCode: 0 } }],
      container: { command: ["echo", "hello"], exitCode: 0 },
      tags: { team: "T1" },
    });
    const { createdAt = 0, startedAt = 0, stoppedAt = 0 } = job;
    expect(createdAt).toBeGreaterThan(1.7e12);
    expect(startedAt).toBeGreaterThanOrEqual(createdAt + 20);
    expect(stoppedAt).toBeGreaterThanOrEqual(startedAt);
  });

  test("its environment is the definition's, the overrides', Batch's own and PATH: nothing else", async () => {
    process.env.SECRET_OF_THE_PARENT = "do not pass on";
    const seen: string[] = [];
    const { submit, reach, batch } = await openBatch(
      { command: ["env"], environment: { STAGE: "local", LEVEL: "info" }, secrets: { TOKEN: "s3cret" } },
      { onLog: (_, line) => seen.push(line) },
    );
    const jobId = await submit(undefined, {
      containerOverrides: { environment: [{ name: "LEVEL", value: "debug" }] },
    });
    const job = await reach(jobId, "SUCCEEDED");
    delete process.env.SECRET_OF_THE_PARENT;
    const logs = await printed(batch, jobId, 7);
    expect(logs.filter((line) => !line.startsWith("PATH=")).toSorted()).toEqual([
      "AWS_BATCH_CE_NAME=local",
      "AWS_BATCH_JOB_ATTEMPT=1",
      `AWS_BATCH_JOB_ID=${jobId}`,
      "AWS_BATCH_JQ_NAME=queue",
      "LEVEL=debug",
      "STAGE=local",
      "TOKEN=s3cret",
    ]);
    expect(seen).toEqual(logs);
    expect(JSON.stringify(job)).not.toContain("s3cret");
    expect(job.container?.secrets).toEqual([
      { name: "TOKEN", valueFrom: expect.stringMatching(/parameter\/TOKEN$/) },
    ]);
  });
});

describe("retries", () => {
  test("attempts are numbered, and the job is RUNNABLE in between", async () => {
    const { submit, reach, statesOf } = await openBatch({ retryStrategy: { attempts: 3 } });
    const jobId = await submit("test $AWS_BATCH_JOB_ATTEMPT = 3");
    const job = await reach(jobId, "SUCCEEDED", "FAILED");
    expect(job.attempts?.map((attempt) => attempt.container?.exitCode)).toEqual([1, 1, 0]);
    const attempt = ["RUNNABLE", "STARTING", "RUNNING"];
    await expect.poll(() => statesOf(jobId)).toEqual([...attempt, ...attempt, ...attempt, "SUCCEEDED"]);
  });

  const evaluateOnExit = [
    { onExitCode: "75", onStatusReason: "Nothing*", action: "RETRY" },
    { onExitCode: "7*", action: "exit" },
    { onReason: "CannotStart*", action: "EXIT" },
  ] as EvaluateOnExit[];

  test.each([
    ["all conditions of a rule must match, then the next is asked", "exit 75", 1],
    ["no rule matches: tried again", "exit 1", 2],
  ])("%s", async (_, script, attempts) => {
    const { submit, reach } = await openBatch();
    const jobId = await submit(script, {
      retryStrategy: { attempts: 2, evaluateOnExit },
    });
    expect((await reach(jobId, "FAILED")).attempts?.length).toBe(attempts);
  });

  test("a command that is not there fails to start, with a reason and without an exit code", async () => {
    const { submit, reach, statesOf } = await openBatch({ command: ["no-such-program"] });
    const jobId = await submit(undefined, {
      retryStrategy: { attempts: 2, evaluateOnExit },
    });
    const job = await reach(jobId, "FAILED");
    expect(job.statusReason).toBe("Task failed to start");
    expect(job.attempts?.length).toBe(1);
    expect(job.container?.reason).toMatch(/^CannotStartContainerError: /);
    expect(job.container?.exitCode).toBeUndefined();
    expect(statesOf(jobId)).not.toContain("RUNNING");
  });
});

describe("stopping", () => {
  const polite = `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done`;
  const stubborn = `trap '' TERM; echo up; while :; do sleep 0.01; done`;

  test("TerminateJob sends SIGTERM; even exit code 0 is a failure then, and there is no retry", async () => {
    const { batch, client, submit, reach } = await openBatch();
    const jobId = await submit(polite, { retryStrategy: { attempts: 3 } });
    await printed(batch, jobId, 1);
    await client.send(new TerminateJobCommand({ jobId, reason: "asked to stop" }));
    const job = await reach(jobId, "FAILED");
    expect(job).toMatchObject({
      statusReason: "asked to stop",
      isTerminated: true,
      attempts: [{ container: { exitCode: 0 } }],
    });
    expect(await printed(batch, jobId, 2)).toEqual(["up", "bye"]);
  });

  test("who does not listen is killed after the stop timeout", async () => {
    const { batch, client, submit, reach, detail } = await openBatch({}, { stopTimeoutMs: 200 });
    const jobId = await submit(stubborn);
    await printed(batch, jobId, 1);
    const began = Date.now();
    await client.send(new TerminateJobCommand({ jobId, reason: "stop" }));
    expect((await detail(jobId)).status).toBe("RUNNING");
    const job = await reach(jobId, "FAILED");
    expect(Date.now() - began).toBeGreaterThanOrEqual(195);
    expect(job.container?.exitCode).toBe(137);
  });

  test("a job that has no place yet ends at once, without an attempt; one that starts ends instead of running", async () => {
    const { batch, client, submit, reach } = await openBatch({}, { maxParallel: 1, startDelayMs: 1_600 });
    const [first, second] = [await submit("echo never"), await submit("echo never")];
    await reach(first, "STARTING");
    for (const jobId of [first, second]) {
      await client.send(new TerminateJobCommand({ jobId, reason: "not needed" }));
    }
    for (const jobId of [first, second]) {
      const job = await reach(jobId, "FAILED");
      expect(job).toMatchObject({ statusReason: "not needed", attempts: [], isTerminated: true });
    }
    expect(batch.jobs().flatMap((job) => job.logs)).toEqual([]);
  });

  test("CancelJob ends what has not started and leaves the rest alone", async () => {
    const { client, submit, reach, detail } = await openBatch({}, { maxParallel: 1 });
    const running = await submit("sleep 60");
    await reach(running, "RUNNING");
    const waiting = await submit("true");
    await reach(waiting, "RUNNABLE");
    for (const jobId of [running, waiting]) await client.send(new CancelJobCommand({ jobId, reason: "no" }));
    expect(await detail(waiting)).toMatchObject({ status: "FAILED", statusReason: "no", isCancelled: true });
    expect((await detail(running)).status).toBe("RUNNING");
  });

  test("ending a job that has ended, or that never was, changes nothing", async () => {
    const { client, submit, reach, detail } = await openBatch();
    const jobId = await submit("true");
    await reach(jobId, "SUCCEEDED");
    await client.send(new TerminateJobCommand({ jobId, reason: "late" }));
    await client.send(new CancelJobCommand({ jobId: "no-such-job", reason: "late" }));
    expect((await detail(jobId)).status).toBe("SUCCEEDED");
  });

  test("an attempt over its time is stopped and not tried again", async () => {
    const { submit, reach } = await openBatch({ timeoutSeconds: 60 }, { timeoutFactor: 0.001 });
    const jobId = await submit("exec sleep 60", { retryStrategy: { attempts: 3 } });
    const job = await reach(jobId, "FAILED");
    expect(job.statusReason).toBe("Job attempt duration exceeded timeout");
    expect(job.attempts?.map((attempt) => attempt.container?.exitCode)).toEqual([143]);
  });

  test("only the main process gets SIGTERM, and what it started dies with it", async () => {
    const { batch, client, submit, reach } = await openBatch();
    const jobId = await submit(
      `(trap 'echo child got it' TERM; echo $$; while :; do sleep 0.01; done) & echo $!; trap 'exit 3' TERM; wait`,
    );
    const [, pid] = (await printed(batch, jobId, 2)).map(Number).toSorted();
    await client.send(new TerminateJobCommand({ jobId, reason: "stop" }));
    expect((await reach(jobId, "FAILED")).container?.exitCode).toBe(3);
    await expect.poll(() => isAlive(pid ?? 0)).toBe(false);
    expect(batch.jobs()[0]?.logs).not.toContain("child got it");
  });
});

describe("capacity that goes away", () => {
  const strategy = {
    attempts: 2,
    evaluateOnExit: [
      { onStatusReason: "Your Spot Task was interrupted*", action: "RETRY" },
      { onStatusReason: "Host EC2*", action: "RETRY" },
      { onExitCode: "*", action: "EXIT" },
    ],
  } as const;
  const script = `trap 'exit 143' TERM; echo up; test $AWS_BATCH_JOB_ATTEMPT = 2 && exit 0; while :; do sleep 0.01; done`;

  test("a Spot interruption sends SIGTERM, and the job is tried again", async () => {
    const { batch, submit, reach } = await openBatch({
      retryStrategy: { ...strategy, evaluateOnExit: [...strategy.evaluateOnExit] },
    });
    const jobId = await submit(script);
    await printed(batch, jobId, 1);
    batch.interrupt(jobId);
    const job = await reach(jobId, "SUCCEEDED");
    expect(job.attempts).toMatchObject([
      { statusReason: "Your Spot Task was interrupted.", container: { exitCode: 143 } },
      { statusReason: "Essential container in task exited", container: { exitCode: 0 } },
    ]);
  });

  test("the loss of the host kills everything at once and leaves no exit code", async () => {
    const { batch, submit, reach } = await openBatch({
      retryStrategy: { ...strategy, evaluateOnExit: [...strategy.evaluateOnExit] },
    });
    const jobId = await submit(
      `test $AWS_BATCH_JOB_ATTEMPT = 2 && exit 0; trap '' TERM; setsid sleep 60 & echo $!; wait`,
    );
    const [pid] = (await printed(batch, jobId, 1)).map(Number);
    batch.killHost(jobId);
    const job = await reach(jobId, "SUCCEEDED");
    expect(job.attempts?.[0]?.statusReason).toMatch(/^Host EC2 \(instance \S+\) terminated\.$/);
    expect(job.attempts?.[0]?.container?.exitCode).toBeUndefined();
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(() => batch.killHost(jobId)).toThrow("is SUCCEEDED");
    expect(() => batch.interrupt("no-such-job")).toThrow("no job");
  });

  test("a process killed by someone else is an exit with 137", async () => {
    const { batch, submit, reach } = await openBatch();
    const jobId = await submit("echo up; exec sleep 60");
    await printed(batch, jobId, 1);
    process.kill(batch.jobs()[0]?.pid ?? Number.NaN, "SIGKILL");
    expect(await reach(jobId, "FAILED")).toMatchObject({
      statusReason: "Essential container in task exited",
      container: { exitCode: 137 },
    });
  });
});
