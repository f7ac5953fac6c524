// The check before claiming: real commands in real trees, and whole rounds with one.
import { readdirSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import path from "node:path";
import { makeLog } from "@cody/core/log.ts";
import type { ToolProcess } from "@cody/core/ports/workspace.ts";
import type { BaseCheck, Checks } from "@cody/core/schema.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { Confinement } from "../../packages/runner/src/adapters/confinement.ts";
import { makeToolProcess } from "../../packages/runner/src/adapters/tool-process.ts";
import { Checker } from "../../packages/runner/src/checks/checker.ts";
import { edit, finish } from "./replies.ts";
import { openStage, turnsOf } from "./stage.ts";
import { openYard, searchPath } from "./yard.ts";

const manifest = (more: object) => JSON.stringify(more);

interface Bench {
  checker: Checker;
  tools: ToolProcess;
  sh(command: string): string;
  told: { progress?: string; baseCheck?: BaseCheck; checks?: Checks }[];
}

/** A repository whose check is `make test`, and the real process of the tools. */
async function openBench(
  makefile: string,
  {
    more = {},
    known = {},
    leftMs = 600_000,
    commands = true,
    signal = new AbortController().signal,
  }: {
    more?: Record<string, string>;
    known?: object;
    leftMs?: number;
    commands?: boolean;
    signal?: AbortSignal;
  } = {},
): Promise<Bench> {
  const { workspace, folder, sh } = await openYard({
    Makefile: `test:\n\t${makefile}\n`,
    "price.txt": "19\n",
    ...more,
  });
  const deadline = Date.now() + leftMs;
  const log = makeLog({ level: "warn", write: () => {}, redact: (text) => text, now: Date.now });
  const place = { folder: path.join(folder, "tools"), inherited: { PATH: searchPath } };
  const tools = makeToolProcess({
    ...place,
    tree: workspace.tree,
    confinement: new Confinement({ ...place, commands, memoryBytes: totalmem(), log }),
    deadline,
    now: Date.now,
    log,
  });
  onTestFinished(() => tools.close());
  const told: Bench["told"] = [];
  const checker = new Checker({
    tools,
    workspace,
    round: 1,
    known,
    redact: (text) => text.replaceAll("s3cret", "[hidden]"),
    signal,
    now: Date.now,
    deadline,
    report: (progress) => told.push(progress),
    log,
  });
  return { checker, tools, sh, told };
}

const raise = { path: "price.txt", oldText: "19", newText: "20" };
const signal = new AbortController().signal;
const change = ({ checker }: Bench) => checker.tools.run("edit_file", raise, signal);

describe("a real check", { timeout: 30_000 }, () => {
  test("passes: measured once before the first change, and once for a change", async () => {
    const bench = await openBench("grep -q . price.txt && echo run >> $(HOME)/runs");
    expect(await bench.checker.report()).toBeUndefined();
    await change(bench);
    expect(bench.told).toContainEqual({
      baseCheck: expect.objectContaining({
        command: "make test",
        source: "Makefile",
        went: "passed",
        round: 1,
      }),
    });
    const { checks } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({ command: "make test", outcome: "passed", beforeMs: expect.any(Number) });
    expect(checks).not.toHaveProperty("tail");
    await bench.checker.report();
    expect((await bench.tools.run("run_command", { command: "cat ~/runs" }, signal)).text).toBe(
      "run\nrun\n(exit code 0)",
    );
    expect(bench.told.map(({ progress }) => progress).filter(Boolean)).toEqual([
      "checking the base: make test",
      "checking the change: make test",
    ]);
  });

  test("fails before and after, and the agent is told that it need not mend that", async () => {
    const bench = await openBench("echo broken since long; exit 3");
    await change(bench);
    const { checks, words } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({
      outcome: "failed before and after",
      tail: expect.stringContaining("broken since long"),
    });
    expect(words).toMatch(/failed before and after the change.*does not hold the change back/);
  });

  test("newly failing: the agent is told, mends it, and the change passes", async () => {
    const bench = await openBench("grep -q 19 price.txt || { echo s3cret expected 19; exit 1; }");
    await change(bench);
    const { checks, words } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({
      outcome: "newly failing",
      tail: expect.stringContaining("[hidden] expected 19"),
    });
    expect(JSON.stringify([checks, words, bench.told])).not.toContain("s3cret");
    expect(words).toMatch(/Mend it before you finish[\s\S]*expected 19/);
    bench.sh("echo 1920 > price.txt");
    expect((await bench.checker.report())?.checks.outcome).toBe("passed");
  });

  test("a command that changed the tree first: the base is put back for as long as it is measured", async () => {
    const bench = await openBench("grep -q 19 price.txt", { more: { "old.txt": "old\n" } });
    await bench.checker.tools.run(
      "run_command",
      {
        command:
          "echo 20 > price.txt; rm old.txt; echo new > new.txt; git add new.txt; git commit -qam moved",
      },
      signal,
    );
    expect((await bench.checker.report())?.checks.outcome).toBe("newly failing");
    expect(bench.sh("cat price.txt new.txt; ls")).toBe("20\nnew\nMakefile\nnew.txt\nprice.txt\n");
  });

  test("broken off while the tree is put back to the base, it leaves the tree as the agent made it", async () => {
    const machine = new AbortController();
    const bench = await openBench("touch ../begun; sleep 30", { signal: machine.signal });
    await bench.checker.tools.run(
      "run_command",
      { command: "echo 20 > price.txt; echo 1 > new.txt" },
      signal,
    );
    const edit = bench.checker.tools.run("edit_file", { ...raise, oldText: "20", newText: "21" }, signal);
    await expect.poll(() => bench.sh("ls .."), { timeout: 20_000 }).toContain("begun");
    expect(bench.sh("cat price.txt")).toBe("19\n");
    machine.abort(new Error("the machine is going away"));
    await expect(edit).rejects.toThrow("the machine is going away");
    expect(bench.sh("cat price.txt new.txt")).toBe("20\n1\n");
  });

  test("what the check writes into the tree is gone afterwards, and what git ignores stays", async () => {
    const bench = await openBench(
      "echo x > report.txt; mkdir -p out; echo x > out/a; echo 7 > price.txt; rm -f kept.txt; echo c > cache",
      {
        more: { ".gitignore": "cache\n", "kept.txt": "kept\n" },
      },
    );
    await change(bench);
    expect(bench.sh("git status --porcelain; cat price.txt")).toBe(" M price.txt\n20\n");
    bench.sh("echo scratch > scratch.txt");
    const report = await bench.checker.report();
    expect(report?.checks).toMatchObject({ outcome: "passed" });
    expect(report?.checks).not.toHaveProperty("leftBehind");
    expect(bench.sh("cat price.txt kept.txt scratch.txt cache; ls")).toBe(
      "20\nkept\nscratch\nc\nMakefile\ncache\nkept.txt\nprice.txt\nscratch.txt\n",
    );
  });

  test("a tool that is missing is no failure; it is tried again, for the agent may have installed it", async () => {
    const bench = await openBench("no-such-tool --all");
    await change(bench);
    const { checks } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({ outcome: "not run", because: "no-such-tool is not installed" });
    expect((await openedHere(bench)).outcome).toBe("passed");
  });

  test("a check that takes too long is ended, is no failure, and is not tried again", async () => {
    // A share of what is left, but never less than the smallest time.
    const bench = await openBench("echo begun >> $(HOME)/runs; sleep 60", { leftMs: 36_000 });
    await change(bench);
    const { checks } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({
      outcome: "not run",
      because: expect.stringMatching(/^it was not done after 5 s$/),
    });
    expect((await bench.tools.run("run_command", { command: "cat ~/runs" }, signal)).text).toBe(
      "begun\n(exit code 0)",
    );
  });

  test("with no time left nothing is begun", async () => {
    const bench = await openBench("true", { leftMs: 20_000 });
    await change(bench);
    expect((await bench.checker.report())?.checks).toMatchObject({
      outcome: "not run",
      because: "too little of the round's time was left",
    });
  });

  test("the sample shop's own tests, as its instructions name them", async () => {
    const shop = "test/fixtures/repositories/checkout";
    const names = readdirSync(shop, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.\w+$/.test(name),
    );
    const more = Object.fromEntries(names.map((name) => [name, readFileSync(path.join(shop, name), "utf8")]));
    const bench = await openBench("exit 1", { more });
    await change(bench);
    expect((await bench.checker.report())?.checks).toMatchObject({ command: "npm test", outcome: "passed" });
    bench.sh("echo 'throw new Error();' >> src/price.js");
    const report = await bench.checker.report();
    expect(report?.checks.outcome).toBe("newly failing");
  });

  const silent = { Makefile: "all:\n\techo\n" };
  const project = { "package.json": manifest({ scripts: { test: "grep -q 19 ../price.txt" } }) };
  const inFolder = (folder: string, files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

  test("the one project of a repository whose root says nothing is checked where it is", async () => {
    const bench = await openBench("true", {
      more: {
        ...silent,
        ...inFolder("api", project),
        ...inFolder("vendor", project),
        ...inFolder(".ci", project),
        ...inFolder("my apps", project),
        // Deeper down than the nearest.
        ...inFolder("tools/lint", project),
      },
    });
    await change(bench);
    expect(bench.told).toContainEqual({
      baseCheck: expect.objectContaining({
        command: "cd api && npm test",
        source: "api/package.json",
        went: "passed",
      }),
    });
    const { checks } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({ command: "cd api && npm test", outcome: "newly failing" });
  });

  test("a repository that does not say how it is checked", async () => {
    const bench = await openBench("true", { more: { Makefile: "all:\n\techo\n" } });
    await change(bench);
    expect((await bench.checker.report())?.checks).toMatchObject({
      outcome: "not run",
      because: "nothing in the repository says how it is checked",
    });
  });

  test("a runner that goes on takes over what the one before measured", async () => {
    const baseCheck: BaseCheck = {
      round: 1,
      command: "make test",
      source: "Makefile",
      went: "passed",
      ms: 5,
    };
    const bench = await openBench("grep -q 19 price.txt", { known: { baseCheck } });
    bench.sh("echo 20 > price.txt");
    const { checks } = (await bench.checker.report()) ?? {};
    expect(checks).toMatchObject({ outcome: "newly failing", beforeMs: 5 });
    const again = await openBench("exit 1", { known: { checks: { ...checks, change: "another" } } });
    again.sh("echo 20 > price.txt");
    expect((await again.checker.report())?.checks.outcome).toBe("failed before and after");
  });

  test("a check that breaks the tree's own git is a reason and no end of the round", async () => {
    const bench = await openBench("rm -rf .git");
    await change(bench);
    expect((await bench.checker.report())?.checks).toMatchObject({
      outcome: "not run",
      because: "git could not look at the tree",
    });
    expect(bench.sh("cat price.txt")).toBe("20\n");
  });

  test("where commands are off, that is the reason, and edits go on", async () => {
    const bench = await openBench("true", { commands: false });
    await change(bench);
    expect((await bench.checker.report())?.checks).toMatchObject({
      outcome: "not run",
      because: "commands are off on this machine",
    });
    expect(bench.sh("cat price.txt")).toBe("20\n");
  });

  test("git that cannot read the tree is a reason and no end of the round", async () => {
    const bench = await openBench("true");
    await bench.checker.tools.run("run_command", { command: "rm -rf .git; echo 20 > price.txt" }, signal);
    expect((await bench.checker.report())?.checks).toMatchObject({
      outcome: "not run",
      because: "git could not look at the tree",
    });
  });
});

/** The tool that was missing is there now. */
async function openedHere(bench: Bench): Promise<Checks> {
  bench.sh("sed -i 's/no-such-tool --all/true/' Makefile");
  const report = await bench.checker.report();
  if (!report) throw new Error("nothing differs");
  return report.checks;
}

describe("a round with a check", { timeout: 60_000 }, () => {
  const files = (test: string) => ({
    "package.json": manifest({ name: "shop", scripts: { test } }),
    "src/price.ts": "export const vat = 19;\n",
  });

  test("a regression is told to the agent and delivered as a draft, with the reason", async () => {
    const script = ({ turn }: { turn: number }) => [edit, finish, finish][turn] ?? finish;
    const stage = await openStage({ script, files: files("grep -q 19 src/price.ts") });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({
      outcome: "changed",
      checks: { command: "npm test", outcome: "newly failing" },
      pullRequest: { draft: true },
    });
    const [pull] = await stage.github.record.pullRequests();
    expect(pull?.draft).toBe(true);
    expect(pull?.body).toMatch(
      /^\*\*A draft, because a check that passed before the change fails with it\.\*\*/,
    );
    expect(pull?.body).toMatch(
      /Measured before and after the change: `npm test` is newly failing[\s\S]*Read it again\./,
    );
    expect(JSON.stringify(await turnsOf(stage))).toContain("Mend it before you finish");
  });

  test("a check that passes is the first word of how it was checked", async () => {
    const script = ({ turn }: { turn: number }) => [edit, finish, finish][turn] ?? finish;
    const stage = await openStage({ script, files: files("grep -q vat src/price.ts") });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({ checks: { outcome: "passed" }, pullRequest: { draft: false } });
    const [pull] = await stage.github.record.pullRequests();
    expect(pull?.body).toContain(
      "### How it was checked\n\nMeasured before and after the change: `npm test` passed.",
    );
  });
});
