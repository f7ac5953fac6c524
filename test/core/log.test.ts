// The log: one JSON object a line, whatever its fields hold, and no secret in it.
import { type Level, makeLog } from "@cody/core/log.ts";
import { hidden, redactor } from "@cody/core/redact.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { start } from "./examples.ts";

const secret = "correct horse battery staple";

function open(level: Level = "debug") {
  const lines: string[] = [];
  const log = makeLog({
    level,
    redact: redactor([secret]),
    write: (line) => lines.push(line),
    now: () => start,
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "") };
}

describe("a line", () => {
  test("says when, how grave and what, then its fields", () => {
    const { log, lines } = open();
    log.info("run submitted", { job: "abcdefgh23", run: 1 });
    expect(lines).toEqual([
      '{"time":"2026-11-20T10:30:00.000Z","level":"info","text":"run submitted","job":"abcdefgh23","run":1}',
    ]);
  });

  test("carries the fields of its log, and its own over them", () => {
    const { log, last } = open();
    const inner = log.with({ program: "board" }).with({ job: "abcdefgh23" });
    inner.warn("stale");
    expect(last()).toMatchObject({ level: "warn", program: "board", job: "abcdefgh23" });
    inner.error("stale", { job: "other" });
    expect(last()).toMatchObject({ level: "error", job: "other" });
  });

  test.each<{ level: Level; written: Level[] }>([
    { level: "debug", written: ["debug", "info", "warn", "error"] },
    { level: "warn", written: ["warn", "error"] },
    { level: "error", written: ["error"] },
  ])("below $level is not written", ({ level, written }) => {
    const { log, lines } = open(level);
    for (const one of ["debug", "info", "warn", "error"] as const) log[one]("text");
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  test("is one line and JSON, whatever the fields hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const { log, lines } = open();
        log.info("text", { fields });
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(/[\n\r]/);
        expect(typeof JSON.parse(lines[0] ?? "")).toBe("object");
      }),
    );
  });

  test("holds numbers that JSON has no word for", () => {
    const { log, last } = open();
    log.info("text", { bytes: 12n, nothing: undefined, share: Number.NaN });
    expect(last()).toMatchObject({ bytes: "12", share: null });
  });
});

describe("an error", () => {
  test("is its name, message, status, request id and code; its body is not", () => {
    const error = Object.assign(new TypeError("refused"), {
      status: 403,
      requestID: "req_1",
      code: "EACCES",
      response: { data: "a body" },
    });
    const { log, last, lines } = open();
    log.error("failed", { error });
    expect(last().error).toMatchObject({
      name: "TypeError",
      message: "refused",
      status: 403,
      requestId: "req_1",
      code: "EACCES",
    });
    expect(lines[0]).not.toContain("a body");
  });

  test("shows where it came from, in a few frames", () => {
    const { log, last } = open();
    log.error("failed", { error: new Error("here") });
    const { stack } = last().error;
    expect(stack[0]).toMatch(/^at .*log\.test\.ts/);
    expect(stack.length).toBeLessThanOrEqual(5);
  });

  test("brings its causes", () => {
    const { log, last } = open();
    const root = new Error("socket hang up");
    log.error("failed", { error: new Error("no answer", { cause: new Error("retried", { cause: root }) }) });
    expect(last().error.cause.cause).toMatchObject({ name: "Error", message: "socket hang up" });
  });

  test("is found inside of other fields", () => {
    const { log, last } = open();
    log.error("failed", { tries: [{ error: new Error("first") }] });
    expect(last().tries[0].error.message).toBe("first");
  });
});

describe("secrets", () => {
  test("are hidden in fields, in errors and in their causes", () => {
    const { log, lines } = open();
    const error = new Error(`with ${secret}`, { cause: new Error(secret) });
    log.with({ common: secret }).error("failed", { error, list: [secret], deep: { text: `a ${secret}` } });
    expect(lines[0]).not.toContain("horse");
    expect(lines[0]).toContain(hidden);
  });

  test("of several lines are hidden as well, though JSON writes their line ends in another way", () => {
    const lines: string[] = [];
    const value = 'first "line"\nsecond line';
    const write = (line: string) => lines.push(line);
    makeLog({ level: "info", redact: redactor([value]), write, now: () => start }).info("text", { value });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ value: hidden });
  });

  test("a private key that is cut off does not take the rest of the line with it", () => {
    const { log, last } = open();
    log.info("text", { key: `-----BEGIN PRIVATE ${"KEY-----"}\nMIIEow`, job: "abcdefgh23" });
    expect(last()).toMatchObject({ key: hidden, job: "abcdefgh23" });
  });
});
