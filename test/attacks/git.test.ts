// Attacks by way of git: what a command plants in the tree or in its .git, and what of it the side with the token runs.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { guard } from "../../packages/runner/src/publish/guard/guard.ts";
import { kill } from "../../packages/runner/src/tools/left-behind.ts";
import { runCommand } from "../../packages/runner/src/tools/run-command.ts";
import { openYard, publish, searchPath, token, type Yard } from "../runner/yard.ts";

const treeOf = (yard: Yard, name: string) => yard.remote("rev-parse", `${name}^{tree}`);
const pathsOf = (yard: Yard) => yard.remote("ls-tree", "-r", "--name-only", "cody/abc").split("\n");

async function compared({ workspace }: Yard) {
  const change = await workspace.diff();
  if (!change) throw new Error("nothing changed");
  return { ...change, paths: change.files.map((file) => file.path), verdict: guard(change, () => false) };
}

/** Runs a command as the tool does, which ends what the command leaves behind. */
function runTool({ workspace, folder }: Yard, command: string) {
  const environment = { PATH: searchPath, HOME: folder, CODY_TOOLS: randomUUID() };
  const context = { root: workspace.tree, outputFolder: folder, environment, timeLeftMs: 10_000 };
  return runCommand.run({ command }, context);
}

describe("settings and hooks", () => {
  test("G1: nothing that .git can name is run, and the push goes to the right place", async () => {
    const yard = await openYard();
    const run = `touch ${yard.trophy}`;
    const hooks = "pre-commit post-commit pre-push post-index-change reference-transaction post-checkout";
    const settings = {
      "core.fsmonitor": `${run}; false`,
      "core.hooksPath": ".git/hooks",
      "core.pager": run,
      "core.editor": run,
      "core.sshCommand": run,
      "core.gitProxy": run,
      "core.alternateRefsCommand": run,
      "diff.external": run,
      "diff.x.command": run,
      "diff.x.textconv": `${run}; cat`,
      "filter.x.clean": `${run}; cat`,
      "filter.x.process": run,
      "merge.x.driver": run,
      "gpg.program": run,
      "commit.gpgSign": "true",
      "credential.helper": `!${run}`,
      "http.proxy": "http://127.0.0.1:1",
      "url.http://127.0.0.1:1/.insteadOf": "http://",
      "remote.origin.url": "http://127.0.0.1:1/",
      "remote.origin.pushurl": "http://127.0.0.1:1/",
      "include.path": "/dev/null",
    };
    for (const [name, value] of Object.entries(settings)) yard.sh(`git config '${name}' '${value}'`);
    yard.sh(`for hook in ${hooks}; do printf '#!/bin/sh\\n${run}\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
      printf '* filter=x diff=x merge=x\\n' | tee .git/info/attributes > .gitattributes; echo changed > a.txt`);
    yard.sh("git status --porcelain; git config core.worktree /");
    expect(existsSync(yard.trophy), "the trap is set").toBe(true);
    await rm(yard.trophy);
    expect((await compared(yard)).paths).toEqual([".gitattributes", "a.txt"]);
    const head = await publish(yard.workspace);
    expect(existsSync(yard.trophy)).toBe(false);
    expect(yard.remote("rev-parse", "cody/abc")).toBe(head);
    expect(yard.remote("cat-file", "blob", "cody/abc:a.txt")).toBe("changed");
  });

  test("G2: a repository made in a folder is left out and named, and its settings are not looked at", async () => {
    const yard = await openYard();
    yard.sh(`git init -q sub && cd sub && echo 1 > 1 && git add -A && git commit -q -m 1
      git config core.fsmonitor 'touch ${yard.trophy}; false'; git status; cd .. && echo two >> a.txt`);
    expect(existsSync(yard.trophy), "the trap is set").toBe(true);
    await rm(yard.trophy);
    const { leftOut, paths, verdict } = await compared(yard);
    expect({ leftOut, paths, verdict }).toEqual({
      leftOut: ["sub"],
      paths: ["a.txt"],
      verdict: { verdict: "push" },
    });
    await publish(yard.workspace);
    expect(pathsOf(yard)).toEqual(["a.txt"]);
    expect(existsSync(yard.trophy)).toBe(false);
  });

  test("G3: a .git file that names the trusted directory leads nowhere", async () => {
    const yard = await openYard();
    const trusted = path.join(yard.folder, "git");
    const before = await readFile(path.join(trusted, "config"), "utf8");
    yard.sh(`mkdir s && echo 'gitdir: ${trusted}' > s/.git && echo 1 > s/1
      rm -rf .git && echo 'gitdir: ${trusted}' > .git && echo two >> a.txt`);
    const { leftOut, paths } = await compared(yard);
    expect({ leftOut, paths }).toEqual({ leftOut: ["s"], paths: ["a.txt"] });
    await publish(yard.workspace);
    expect(pathsOf(yard)).toEqual(["a.txt"]);
    expect(await readFile(path.join(trusted, "config"), "utf8")).toBe(before);
  });

  test("G4: other spellings of .git are left out and named; the rest is published", async () => {
    const yard = await openYard();
    const names = [".GIT", ".g\u200Cit", "git~1", "sub/.Git"];
    for (const name of names) yard.sh(`mkdir -p '${name}/hooks' && echo evil > '${name}/config'`);
    yard.sh("echo fine > fine.txt");
    const { leftOut, paths } = await compared(yard);
    expect(leftOut).toEqual(names.map((name) => `${name}/config`).sort());
    expect(paths).toEqual(["fine.txt"]);
    await publish(yard.workspace);
    expect(pathsOf(yard)).toEqual(["a.txt", "fine.txt"]);
  });

  test("G5: an encoding for everything neither stops git nor changes a byte", async () => {
    const yard = await openYard();
    yard.sh("echo '* working-tree-encoding=UTF-16' > .gitattributes && printf 'a\\351\\nb' > a.txt");
    expect((await compared(yard)).verdict).toMatchObject({
      verdict: "hold",
      reasons: [expect.stringContaining("adds .gitattributes")],
    });
    await publish(yard.workspace);
    expect(yard.remote("hash-object", path.join(yard.workspace.tree, "a.txt"))).toBe(
      yard.remote("rev-parse", "cody/abc:a.txt"),
    );
  });

  test.each([
    ["the address of a program", '[submodule "x"]\\n\\tpath = x\\n\\turl = ext::sh -c touch% TROPHY\\n'],
    ["a name with a carriage return", '[submodule "x\\r"]\\n\\tpath = "x\\r"\\n\\turl = ./x\\n'],
    ["an option as an address", '[submodule "x"]\\n\\tpath = x\\n\\turl = --upload-pack=touch TROPHY\\n'],
  ])("G6: a .gitmodules with %s is held, and never followed", async (_, text) => {
    const yard = await openYard();
    yard.sh(`printf %b '${text.replace("TROPHY", yard.trophy)}' > .gitmodules; mkdir x && echo 1 > x/1`);
    expect((await compared(yard)).verdict).toMatchObject({
      verdict: "hold",
      reasons: [expect.stringContaining("It adds .gitmodules")],
    });
    // GitHub's own check may refuse some of them; ours has to follow none.
    await publish(yard.workspace).catch((error: unknown) => expect(error).toHaveProperty("failure"));
    expect(existsSync(yard.trophy)).toBe(false);
  });

  test("G7: an address for large files is held, and no filter of theirs is run", async () => {
    const yard = await openYard();
    yard.sh(`printf '[lfs]\\n\\turl = https://evil.example\\n' > .lfsconfig
      echo '* filter=lfs diff=lfs merge=lfs -text' > .gitattributes && rm .git/info/attributes && echo large > large.bin
      git config filter.lfs.clean 'touch ${yard.trophy}; cat' && git config filter.lfs.required true; git add .`);
    expect(existsSync(yard.trophy), "the trap is set").toBe(true);
    await rm(yard.trophy);
    const { verdict } = await compared(yard);
    expect(verdict).toMatchObject({
      verdict: "hold",
      reasons: [expect.stringContaining(".gitattributes"), expect.stringContaining(".lfsconfig")],
    });
    await publish(yard.workspace);
    expect(yard.remote("cat-file", "blob", "cody/abc:large.bin")).toBe("large");
    expect(existsSync(yard.trophy)).toBe(false);
  });

  test("G8: a link to a foreign file is refused, and what it leads to is never read", async () => {
    const yard = await openYard();
    yard.sh("ln -s /etc/shadow creds");
    const { verdict, patch } = await compared(yard);
    expect(verdict).toMatchObject({
      verdict: "refuse",
      failure: { detail: "creds is a link that leads out of the repository, to /etc/shadow" },
    });
    expect(patch.toString()).toContain("+/etc/shadow");
    expect(patch.toString()).not.toContain("root:");
  });
});

describe("history and objects", () => {
  test("G9: a tree without .git is published like any other", async () => {
    const yard = await openYard();
    yard.sh("rm -rf .git && echo two >> a.txt");
    await compared(yard);
    await publish(yard.workspace);
    expect(yard.remote("rev-parse", "cody/abc^")).toBe(yard.baseSha);
  });

  test("G9: other history, replaced, packed and foreign objects reach nothing", async () => {
    const yard = await openYard();
    yard.sh(`echo evil > evil.txt && git add -A && git commit -q -m evil && git rm -q --cached evil.txt
      git replace -f ${yard.baseSha} HEAD && rm evil.txt
      git checkout -q --orphan other && git commit -q -m rewritten && git branch -q -D main
      git reflog expire --expire=now --all && git gc -q --prune=now
      mkdir ../junk && for i in $(seq 300); do echo $i > ../junk/$i; done && git hash-object -w ../junk/* > /dev/null
      echo /nonexistent > .git/objects/info/alternates
      chmod -R u+w .git/objects && find .git/objects -type f | head -50 | xargs truncate --size 1
      echo two >> a.txt`);
    const { id } = await compared(yard);
    await publish(yard.workspace);
    expect(id).toBe(`${yard.baseSha}..${treeOf(yard, "cody/abc")}`);
    expect(yard.remote("rev-list", "--count", "cody/abc")).toBe("2");
    expect(pathsOf(yard)).toEqual(["a.txt"]);
    expect(yard.remote("for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/cody/abc",
      "refs/heads/main",
    ]);
  });
});

describe("processes that stay", () => {
  test("G10: one in a session of its own is dead before it can change anything", async () => {
    const yard = await openYard();
    const later = "until [ -e ../go ]; do sleep 0.01; done; echo evil >> a.txt";
    const { text } = await runTool(yard, `setsid bash -c '${later}' & echo two >> a.txt`);
    expect(text).toContain("exit code 0");
    yard.sh("touch ../go");
    await sleep(200);
    expect((await compared(yard)).patch.toString()).not.toContain("evil");
  });

  test("G10: one that writes all the time changes nothing of what was shown", async () => {
    const yard = await openYard();
    // Without its mark it is not found, as long as it is the same user.
    yard.sh(`env -i PATH="$PATH" setsid bash -c 'echo $$ > ../daemon; while sleep 0.01; do date +%N > ../next; mv ../next a.txt; done' > /dev/null 2>&1 &
      until [ -s ../daemon ]; do sleep 0.01; done`);
    const pid = Number(await readFile(path.join(yard.folder, "daemon"), "utf8"));
    onTestFinished(() => kill(-pid));
    await sleep(100);
    const { id, patch } = await compared(yard);
    await sleep(100);
    await publish(yard.workspace);
    expect(id).toBe(`${yard.baseSha}..${treeOf(yard, "cody/abc")}`);
    expect(patch.toString()).toContain(`+${yard.remote("cat-file", "blob", "cody/abc:a.txt")}\n`);
  });

  test("G11: a push by a command has nobody's credential, and is refused", async () => {
    const yard = await openYard();
    const url = yard.github.cloneUrl("acme/yard");
    const { text } = await runTool(
      yard,
      `echo two >> a.txt && git commit -qam two; git push origin HEAD:main; git push ${url} HEAD:main
       printf 'protocol=http\\nhost=127.0.0.1\\n\\n' | git credential fill; git config -l; git remote -v; env`,
    );
    expect(text).toMatch(/could not read Username|Authentication failed|terminal prompts disabled/);
    expect(text).not.toMatch(/password=|ghp_|x-access-token/);
    expect(yard.github.record.pushes).toEqual([]);
    expect(yard.remote("rev-parse", "main")).toBe(yard.baseSha);
  });
});

test("the token is in no command line, no address and no file while it is used", async () => {
  const yard = await openYard();
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const line of await commandLines()) seen.add(line);
      await sleep(1);
    }
  })();
  const workspace = await yard.open();
  yard.sh("echo two >> a.txt");
  await workspace.diff();
  await publish(workspace);
  isOver = true;
  await watching;
  const all = [...seen].join("\n");
  expect(all).toContain("git");
  expect(all).not.toContain(token);
  expect(all).not.toContain(Buffer.from(`x-access-token:${token}`).toString("base64"));
  expect(all).not.toMatch(/extraheader|authorization:/i);
  expect(yard.sh(`grep -rlE '${token}|extraheader' '${yard.folder}' || true`)).toBe("");
});

/** The command lines of all processes of this moment. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.map((line) => line.replaceAll("\0", " ")).filter(Boolean);
}
