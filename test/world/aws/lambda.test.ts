// Functions run as Lambda runs them: environments, freezing, timeouts, errors, and nothing left behind.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FunctionError, type FunctionOptions, type LocalFunction, startFunction } from "./lambda.ts";
import { isAlive } from "./processes.ts";

let folder: string;
let modules = 0;
const functions: LocalFunction[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "lambda-"));
});
afterEach(async () => {
  await Promise.all(functions.splice(0).map((fn) => fn.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

function moduleOf(source: string): string {
  const file = path.join(folder, `function-${++modules}.ts`);
  writeFileSync(file, source);
  return file;
}

function start(source: string, options: Partial<FunctionOptions> = {}): LocalFunction {
  const fn = startFunction({
    name: "example",
    entry: moduleOf(source),
    env: {},
    timeoutMs: 5_000,
    ...options,
  });
  functions.push(fn);
  return fn;
}

async function failureOf(invocation: Promise<unknown>): Promise<FunctionError> {
  const error = await invocation.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FunctionError);
  return error as FunctionError;
}

describe("an invocation", () => {
  test("gives the handler's result, and the context says which function it is", async () => {
    const { invoke } = start(`
      interface Event { name: string }
      export const handler = async (event: Event, context: any) => ({
        hello: event.name, fn: context.functionName, left: context.getRemainingTimeInMillis(), nothing: undefined,
      });`);
    expect(await invoke({ name: "you" })).toEqual({ hello: "you", fn: "example", left: expect.any(Number) });
  });

  test("the environment holds what Lambda and the configuration put there, and nothing of this process", async () => {
    process.env.SECRET_OF_THE_PARENT = "do not pass on";
    const { invoke } = start("export const handler = async () => ({ ...process.env });", {
      env: { TABLE_NAME: "cody", AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" },
    });
    const env = (await invoke({})) as Record<string, string>;
    delete process.env.SECRET_OF_THE_PARENT;
    expect(env).toMatchObject({
      TABLE_NAME: "cody",
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
      AWS_LAMBDA_FUNCTION_NAME: "example",
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    const foreign = Object.keys(env).filter(
      (name) => !/^(AWS_|LAMBDA_|_HANDLER|PATH|LANG|TZ|TABLE_NAME)/.test(name),
    );
    expect(foreign).toEqual([]);
  });

  test("lines that the function prints are passed on with its name", async () => {
    const lines: string[] = [];
    const { invoke, close } = start(
      `export const handler = async () => { process.stdout.write("one\\ntwo\\n"); process.stderr.write("three\\n"); };`,
      { log: (name, line) => lines.push(`${name}: ${line}`) },
    );
    expect(await invoke({})).toBeNull();
    await close();
    expect(lines.toSorted()).toEqual(["example: one", "example: three", "example: two"]);
  });
});

describe("environments", () => {
  const counter = "let count = 0; export const handler = async () => ({ count: ++count, pid: process.pid });";

  test("one environment answers one event after the other and keeps its memory", async () => {
    const { invoke } = start(counter);
    const first = (await invoke({})) as { pid: number };
    expect(await invoke({})).toEqual({ count: 2, pid: first.pid });
  });

  test("a memoryless function begins afresh every time, and the old process is gone", async () => {
    const { invoke } = start(counter, { memoryless: true });
    const first = (await invoke({})) as { pid: number };
    expect(await invoke({})).toMatchObject({ count: 1 });
    expect(isAlive(first.pid)).toBe(false);
  });

  test("events at the same time get environments of their own; beyond the concurrency they are throttled", async () => {
    const slow = `export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return process.pid; };`;
    const { invoke } = start(slow, { concurrency: 2 });
    const answers = [invoke({}), invoke({})];
    expect((await failureOf(invoke({}))).errorType).toBe("TooManyRequestsException");
    expect(new Set(await Promise.all(answers)).size).toBe(2);
  });

  test("what is not awaited stands still after the answer and goes on with the next event", async () => {
    const { invoke } = start(`
      let ticks = 0;
      export const handler = async (event: string) => {
        if (event === "start") setInterval(() => { ticks++; }, 2);
        return ticks;
      };`);
    await invoke("start");
    await sleep(150);
    expect(await invoke("look")).toBeLessThan(20);
  });

  test("closing kills frozen environments", async () => {
    const { invoke, close } = start(counter);
    const { pid } = (await invoke({})) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    await close();
    expect(isAlive(pid)).toBe(false);
    expect((await failureOf(invoke({}))).errorType).toBe("ResourceNotFoundException");
  });

  test("nothing outlives a parent that is killed: not the frozen, not the busy, not what they started", async () => {
    const entry = moduleOf(`
      import { spawn } from "node:child_process";
      export const handler = async (event: string) => {
        const child = spawn("sleep", ["60"], { detached: true });
        console.log([process.pid, child.pid].join(" "));
        if (event === "busy") await new Promise((r) => setTimeout(r, 60_000));
      };`);
    const program = `
      import { startFunction } from ${JSON.stringify(new URL("./lambda.ts", import.meta.url).href)};
      const fn = startFunction({
        name: "example", entry: ${JSON.stringify(entry)}, env: {}, timeoutMs: 60_000,
        log: (name, line) => console.log(line),
      });
      await fn.invoke("frozen");
      const busy = [fn.invoke("busy"), fn.invoke("busy")];
      await Promise.all(busy);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids: number[] = [];
    for await (const line of createInterface({ input: parent.stdout })) {
      pids.push(...line.split(" ").map(Number));
      if (pids.length === 6) break;
    }
    expect(pids.every(isAlive)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

describe("failures", () => {
  test("what the handler throws becomes errorType and errorMessage, and the environment lives on", async () => {
    const { invoke } = start(`
      let count = 0;
      export const handler = async () => { if (++count === 1) throw new RangeError("too far"); return count; };`);
    expect(await failureOf(invoke({}))).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
    expect(await invoke({})).toBe(2);
  });

  test("too slow: the environment is killed, and the next event gets a new one", async () => {
    const { invoke } = start(
      `let count = 0;
       export const handler = async (event: number) => { await new Promise((r) => setTimeout(r, event)); return ++count; };`,
      { timeoutMs: 700 },
    );
    expect(await invoke(0)).toBe(1);
    const error = await failureOf(invoke(60_000));
    expect(error.errorType).toBe("Sandbox.Timedout");
    expect(error.errorMessage).toMatch(/^RequestId: \S+ Error: Task timed out after 0\.70 seconds$/);
    expect(await invoke(0)).toBe(1);
  });

  test.each([
    ["process.exit(3)", "Runtime.ExitError", /Runtime exited with error: exit status 3$/],
    ["process.kill(process.pid, 'SIGKILL')", "Runtime.ExitError", /signal: SIGKILL$/],
    ["Promise.reject(new Error('lost'))", "Runtime.UnhandledPromiseRejection", /^Error: lost$/],
    ["setTimeout(() => { throw new TypeError('later') })", "TypeError", /^later$/],
  ])("%s ends the environment", async (statement, errorType, errorMessage) => {
    const { invoke } = start(
      `export const handler = async (event: string) => { if (event === "go") { ${statement}; await new Promise(() => {}); } return "fine"; };`,
    );
    const error = await failureOf(invoke("go"));
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toMatch(errorMessage);
    expect(await invoke("again")).toBe("fine");
  });

  test.each([
    [
      "export const handler = (event: unknown, context: unknown, callback: () => void) => callback();",
      "Runtime.CallbackHandlerDeprecated",
    ],
    ["export const other = 1;", "Runtime.HandlerNotFound"],
    ["import 'no-such-package'; export const handler = async () => 1;", "Runtime.ImportModuleError"],
    ["throw new RangeError('at import'); export const handler = async () => 1;", "RangeError"],
    ["export const handler = async () => ({ big: 1n });", "Runtime.JSONStringifyError"],
    ["export const handler = async () => 'x'.repeat(6_291_557);", "Function.ResponseSizeTooLarge"],
  ])("%s fails", async (source, errorType) => {
    const { invoke } = start(source);
    expect((await failureOf(invoke({}))).errorType).toBe(errorType);
  });

  test("a module that never finishes loading is given up", async () => {
    const { invoke } = start("await new Promise(() => setInterval(() => {}, 1000));", { initTimeoutMs: 300 });
    expect((await failureOf(invoke({}))).errorType).toBe("Sandbox.Timedout");
  });

  test("an event over six megabytes never reaches the function", async () => {
    const { invoke } = start("export const handler = async () => 1;");
    expect((await failureOf(invoke("x".repeat(6_291_456)))).errorType).toBe("RequestEntityTooLargeException");
  });
});

describe("configurations AWS refuses", () => {
  const source = "export const handler = async () => 1;";

  test.each([
    ["a reserved variable", { env: { AWS_REGION: "eu-west-1" } }, /reserved keys.*AWS_REGION/],
    ["too much environment", { env: { BIG: "x".repeat(4096) } }, /exceeded the 4KB limit/],
    ["a variable's name", { env: { "1ST": "x" } }, /no environment variables named 1ST/],
    ["a function's name", { name: "no spaces" }, /no function name/],
    ["a relative path", { entry: "relative.ts" }, /absolute path/],
    ["a missing module", { entry: "/nowhere/function.ts" }, /is not there/],
  ])("%s", (_, options, sentence) => {
    expect(() => start(source, options)).toThrow(sentence);
  });
});
