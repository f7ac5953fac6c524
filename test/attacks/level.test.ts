// The level of isolation: what is less than configured does not start, and what is none says so and runs no commands.
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { cannotLoad, loadFilter } from "../runner/load-filter.ts";
import { command, finish, nothing } from "../runner/replies.ts";
import { openStage, type Stage, turnsOf } from "../runner/stage.ts";
import { steps } from "../world/claude/script.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

const timeout = 120_000;
const user = { TOOL_ISOLATION: "user", TOOL_USER: "20001:20001" };

async function refused(stage: Stage, env: Record<string, string>): Promise<string> {
  const { code, output } = await stage.play(env);
  expect(code, output).toBe(0);
  const run = await stage.run();
  expect(run).toMatchObject({ outcome: "failed", reason: { kind: "isolation-missing" } });
  expect(run.isolation).toBeUndefined();
  // Nothing was asked of Claude beyond the model's name.
  expect(await turnsOf(stage)).toEqual([]);
  expect(stage.claude.record.requests.filter(({ body }) => body)).toEqual([]);
  return run.reason?.detail ?? "";
}

describe.skipIf(cannotIsolate)(`a runner does not start (skipped elsewhere: ${whyNot})`, { timeout }, () => {
  test("without the program that takes rights away", async () => {
    const stage = await openStage({ script: steps() });
    const bin = path.join(stage.folder, "bin");
    await mkdir(bin);
    for (const name of ["git", "sh", "bash"]) await symlink(`/usr/bin/${name}`, path.join(bin, name));
    expect(await refused(stage, { ...user, PATH: bin })).toBe(
      "setpriv or prlimit does not run; both are part of util-linux",
    );
  });

  test("where the tools cannot get to their folder", async () => {
    const stage = await openStage({ script: steps() });
    await chmod(stage.folder, 0o700);
    expect(await refused(stage, user)).toContain(`other users may not enter ${stage.folder}`);
  });

  test.each([
    ["starts nothing", "exit 0", "the tool process did not start"],
    [
      "starts the tools with all rights",
      'while [ "$1" != setpriv ]; do shift; done; shift; while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
      "the tools ran as user 0",
    ],
  ])("where a launcher %s, whatever it was asked to do", async (_, script, words) => {
    const stage = await openStage({ script: steps() });
    const bin = path.join(stage.folder, "bin");
    await mkdir(bin);
    await writeFile(path.join(bin, "prlimit"), `#!/bin/sh\n[ "$1" = --version ] && exit\n${script}\n`, {
      mode: 0o755,
    });
    expect(await refused(stage, { ...user, PATH: `${bin}:/usr/bin:/bin` })).toContain(words);
  });
});

describe.skipIf(cannotIsolate || cannotLoad)("the network can be off", { timeout }, () => {
  const attempt = `node -e 'require("net").connect(9, "127.0.0.1").on("error", (e) => console.log("tcp", e.code))'
    curl -sm3 https://repo.maven.apache.org/; echo "curl $?"; git status --short`;

  test("so that no connection can be opened, where setpriv can load a filter", async () => {
    const stage = await openStage({ script: steps(command(attempt), nothing) });
    const bin = path.join(stage.folder, "bin");
    await mkdir(bin);
    await writeFile(path.join(bin, "load.pl"), loadFilter);
    await writeFile(path.join(bin, "setpriv"), newerSetpriv, { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH}`;
    const { code, output } = await stage.play({ ...user, TOOL_NETWORK: "off", PATH });
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "unchanged",
      isolation: "user, no-new-privs, network off (enforced)",
    });
    expect(JSON.stringify(await turnsOf(stage))).toMatch(/tcp EACCES.*curl 7\b/);
  });

  test("by the proxy alone elsewhere, which the run says", async () => {
    const stage = await openStage({ script: steps(command(attempt), nothing) });
    const { code, output } = await stage.play({ TOOL_NETWORK: "off" });
    expect(code, output).toBe(0);
    const run = await stage.run();
    // Whether this machine's own setpriv can do it is for the machine to say.
    expect(run.isolation).toMatch(/^user, no-new-privs, network off \((advisory|enforced)\)$/);
    if (run.isolation?.includes("advisory"))
      expect(run.denied).toEqual([{ host: "repo.maven.apache.org", count: 1 }]);
  });
});

/** The machine's setpriv with the option that newer ones have. */
const newerSetpriv = `#!/bin/bash
if [ "$1" = --help ]; then /usr/bin/setpriv --help; echo " --seccomp-filter <file>"; exit; fi
filter= rest=()
for argument in "$@"; do
  case $argument in
    --seccomp-filter=*) filter=\${argument#*=} ;;
    *) rest+=("$argument") ;;
  esac
done
[ "$filter" ] || exec /usr/bin/setpriv "\${rest[@]}"
exec perl "\${0%/*}/load.pl" "$filter" /usr/bin/setpriv "\${rest[@]}"
`;

describe("without isolation", { timeout }, () => {
  const none = { TOOL_ISOLATION: "none", TOOL_COMMANDS: "isolated" };

  test("commands are off, the agent is told, and the run says so", async () => {
    const trap = "touch ran";
    const stage = await openStage({ script: steps(command(trap), nothing), env: none });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "unchanged",
      isolation: "none, commands off, network registries (advisory)",
    });
    expect(JSON.stringify(await turnsOf(stage))).toContain("Commands are off on this machine");
  });

  test("commands run where somebody asked for that by name", async () => {
    const stage = await openStage({
      script: steps(command("echo new > new.txt"), finish, finish),
      env: { ...none, TOOL_COMMANDS: "always", TOOL_NETWORK: "off" },
    });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "changed",
      isolation: "none, commands on, network off (advisory)",
    });
  });
});
