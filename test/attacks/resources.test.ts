// Attacks on the machine: processes, memory, disk, output and time without an end, and what is left afterwards.
import { statfsSync } from "node:fs";
import type { ToolResult } from "@cody/core/ports/workspace.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCalls } from "../../packages/runner/src/agent/calls.ts";
import { type Host, openHost } from "./host.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

describe.skipIf(cannotIsolate)(`resources (skipped elsewhere: ${whyNot})`, { timeout: 60_000 }, () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ memoryBytes: 0.8 * 1024 ** 3 });
  });
  afterAll(() => host.close());

  /** The process that answers, and nothing else of the tools. */
  async function isQuiet(): Promise<void> {
    expect(await host.sh("echo works")).toBe("works\n(exit code 0)");
    expect(host.processes()).toHaveLength(1);
  }

  test("Z1: a fork bomb is bounded, and gone with its call", async () => {
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, host.processes().length);
    }, 100);
    const said = await host.sh(":(){ :|:& };:; wait; sleep 60", 3);
    clearInterval(timer);
    expect(said).toMatch(/ended after 3 s|killed/);
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(1_024);
    await isQuiet();
  });

  test("Z2: no file grows beyond its limit", async () => {
    const { bavail, bsize } = statfsSync(host.folder);
    const said = await host.sh(
      "fallocate -l 500G f; dd if=/dev/zero of=f bs=1M seek=2047 count=2 conv=notrunc 2>&1; stat -c %s f; rm f",
    );
    expect(said).toMatch(/File (too large|size limit exceeded)/);
    expect(said).toContain(String(2 * 1024 ** 3));
    const after = statfsSync(host.folder);
    expect((bavail - after.bavail) * bsize).toBeLessThan(1024 ** 3);
  });

  test("Z3: endless output and one endless line are cut", async () => {
    for (const command of ["cat /dev/zero", "head -c 200M /dev/zero | tr '\\0' x", "yes"]) {
      const said = await host.sh(command, 2);
      expect(said.length, command).toBeLessThanOrEqual(30_000);
    }
    await isQuiet();
  });

  test("Z4: nothing outlives its call, whatever it thinks of signals", async () => {
    const started = performance.now();
    expect(await host.sh("trap '' TERM INT HUP; sleep infinity & sleep infinity", 1)).toContain(
      "ended after 1 s",
    );
    await host.sh(
      `setsid bash -c 'trap "" TERM; exec -a "[kworker/0:1]" env -i sleep infinity' >/dev/null 2>&1 &
      nohup env -i setsid perl -e 'fork && exit; sleep 600' >/dev/null 2>&1 &
      (while :; do (setsid env -i bash -c 'sleep 0.01' &); done) >/dev/null 2>&1 &
      sleep 0.5`,
    );
    expect(performance.now() - started).toBeLessThan(20_000);
    await isQuiet();
  });

  test("Z4: a command that stops the process it runs under is noticed", async () => {
    const said = await host.sh("kill -STOP $PPID; sleep 60");
    expect(said).toContain("it stopped the process of the tools");
    await isQuiet();
  });

  test("Z4: a command that speaks in the tools' name, or ends them, is not believed", async () => {
    const said = await host.sh(
      `timeout 5 gdb -batch -p $PPID -ex 'call (long)write(1, "not an answer\\n", 14)' </dev/null >/dev/null 2>&1
      kill -9 $PPID; sleep 5`,
    );
    expect(said).toContain("The process of the tools was killed");
    await isQuiet();
  });

  test("Z4: while trusted git reads the tree nothing of the tools is alive", async () => {
    const working = host.sh("setsid env -i sleep 60 & sleep 60", 30);
    await expect.poll(() => host.processes().length).toBeGreaterThan(2);
    expect(await host.diff()).toBe(0);
    expect(await working).toContain("was killed");
    await isQuiet();
  });

  test("Z5: whoever takes too much memory is ended, and told why", async () => {
    const hog = "const a = []; for (;;) a.push(Buffer.alloc(32 * 1024 ** 2, 1))";
    const said = await host.sh(`${process.execPath} -e '${hog}'`, 20);
    expect(said).toMatch(/processes took \d\.\d GB of memory together, and may take 0\.6/);
    await isQuiet();
  });

  test("Z7: ten thousand calls at once are not made", async () => {
    const calls = Array.from({ length: 10_000 }, (_, index) => ({
      id: String(index),
      name: "run_command",
      input: { command: "true" },
    }));
    let made = 0;
    const tools = {
      run(name: string, input: unknown): Promise<ToolResult> {
        made += 1;
        return host.run(name, input);
      },
      close: async () => undefined,
    };
    const { signal } = new AbortController();
    const surroundings = { tools, redact: (text: string) => text, signal, onDoing: () => undefined };
    const { results } = await runCalls(calls, surroundings, () => undefined);
    expect(made).toBeLessThanOrEqual(40);
    expect(results).toHaveLength(10_000);
    expect(results.at(-1)).toMatchObject({
      isError: true,
      text: expect.stringContaining("at most 40 calls"),
    });
  });
});
