// Attacks by way of git: what a command plants in the tree or in its .git, and what of it the side with the token runs.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { guard } from "../../packages/runner/src/guard/guard.ts";
import { publish, token } from "../runner/yard.ts";
import { elsewhere, type IsolatedYard, openIsolatedYard, patience } from "./isolated-yard.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

const pathsOf = (yard: IsolatedYard) => yard.remote("ls-tree", "-r", "--name-only", "cody/abc").split("\n");

async function compared(yard: IsolatedYard) {
  const change = await yard.compared();
  return { ...change, paths: change.files.map((file) => file.path), verdict: guard(change, () => false) };
}

/** The tools' own git falls for what was planted; nothing else may. */
async function trapIsSet({ trophy }: IsolatedYard) {
  expect(existsSync(trophy), "the trap is set").toBe(true);
  await rm(trophy);
}

describe(`settings and hooks (${elsewhere})`, patience, () => {
  test("G1: nothing that .git can name is run, and the push goes to the right place", async () => {
    const yard = await openIsolatedYard();
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
    const planting = Object.entries(settings).flatMap(([name, value]) =>
      ["", "--global"].map((where) => `git config ${where} '${name}' '${value}'`),
    );
    await yard.sh(`${planting.join("\n")}
      for hook in ${hooks}; do printf '#!/bin/sh\\n${run}\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
      printf '* filter=x diff=x merge=x\\n' | tee .git/info/attributes > .gitattributes; echo changed > a.txt`);
    await yard.sh("git status --porcelain || true; git config core.worktree /");
    await trapIsSet(yard);
    expect((await compared(yard)).paths).toEqual([".gitattributes", "a.txt"]);
    const head = await publish(yard.workspace);
    expect(existsSync(yard.trophy)).toBe(false);
    expect(yard.remote("rev-parse", "cody/abc")).toBe(head);
    expect(yard.remote("cat-file", "blob", "cody/abc:a.txt")).toBe("changed");
  });

  test("G2: a repository made in a folder is left out and named, and its settings are not looked at", async () => {
    const yard = await openIsolatedYard();
    await yard.sh(`git init -q sub && cd sub && echo 1 > 1 && git add -A && git -c user.name=x -c user.email=x commit -q -m 1
      git config core.fsmonitor 'touch ${yard.trophy}; false'; git status; cd .. && echo two >> a.txt`);
    await trapIsSet(yard);
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
    const yard = await openIsolatedYard();
    const trusted = path.join(yard.folder, "git");
    const before = await readFile(path.join(trusted, "config"), "utf8");
    await yard.sh(`mkdir s && echo 'gitdir: ${trusted}' > s/.git && echo 1 > s/1
      rm -rf .git && echo 'gitdir: ${trusted}' > .git && echo two >> a.txt`);
    const { leftOut, paths } = await compared(yard);
    expect({ leftOut, paths }).toEqual({ leftOut: ["s"], paths: ["a.txt"] });
    await publish(yard.workspace);
    expect(pathsOf(yard)).toEqual(["a.txt"]);
    expect(await readFile(path.join(trusted, "config"), "utf8")).toBe(before);
  });

  test.skipIf(cannotIsolate)(
    `G3: nor can a command read or write there (skipped elsewhere: ${whyNot})`,
    async () => {
      const yard = await openIsolatedYard();
      const trusted = path.join(yard.folder, "git");
      const before = await readdir(trusted, { recursive: true });
      const command = `cd ..; cat git/config; ls git; cp index $TMPDIR; mv git gone; rm -rf git
        echo x > git/hooks/pre-push; echo x > git/config; ln -s /tmp git/objects/x; echo x > index; rm -f index
        git --git-dir=${trusted} config core.fsmonitor 'touch ${yard.trophy}'`;
      const { text } = await yard.run("run_command", { command });
      expect(text.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(8);
      expect(await readdir(trusted, { recursive: true })).toEqual(before);
      await yard.sh("echo two >> a.txt");
      await compared(yard);
      await publish(yard.workspace);
      expect(pathsOf(yard)).toEqual(["a.txt"]);
      expect(existsSync(yard.trophy)).toBe(false);
    },
  );

  test("G4: other spellings of .git are left out and named; the rest is published", async () => {
    const yard = await openIsolatedYard();
    const names = [".GIT", ".g\u200Cit", "git~1", "sub/.Git"];
    const planting = names.map((name) => `mkdir -p '${name}/hooks' && echo evil > '${name}/config'`);
    await yard.sh([...planting, "echo fine > fine.txt"].join("\n"));
    const { leftOut, paths } = await compared(yard);
    expect(leftOut).toEqual(names.map((name) => `${name}/config`).sort());
    expect(paths).toEqual(["fine.txt"]);
    await publish(yard.workspace);
    expect(pathsOf(yard)).toEqual(["a.txt", "fine.txt"]);
  });

  test("G5: an encoding for everything neither stops git nor changes a byte", async () => {
    const yard = await openIsolatedYard();
    await yard.sh("echo '* working-tree-encoding=UTF-16' > .gitattributes && printf 'a\\351\\nb' > a.txt");
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
    const yard = await openIsolatedYard();
    await yard.sh(
      `printf %b '${text.replace("TROPHY", yard.trophy)}' > .gitmodules; mkdir x && echo 1 > x/1`,
    );
    expect((await compared(yard)).verdict).toMatchObject({
      verdict: "hold",
      reasons: [expect.stringContaining("It adds .gitmodules")],
    });
    // GitHub's own check may refuse some of them; ours has to follow none.
    await publish(yard.workspace).catch((error: unknown) => expect(error).toHaveProperty("failure"));
    expect(existsSync(yard.trophy)).toBe(false);
  });

  test("G7: an address for large files is held, and no filter of theirs is run", async () => {
    const yard = await openIsolatedYard();
    await yard.sh(`printf '[lfs]\\n\\turl = https://evil.example\\n' > .lfsconfig
      echo '* filter=lfs diff=lfs merge=lfs -text' > .gitattributes && rm .git/info/attributes && echo large > large.bin
      git config filter.lfs.clean 'touch ${yard.trophy}; cat' && git config filter.lfs.required true; git add .`);
    await trapIsSet(yard);
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
    const yard = await openIsolatedYard();
    await yard.sh("ln -s /etc/shadow creds");
    const { verdict, patch } = await compared(yard);
    expect(verdict).toMatchObject({
      verdict: "refuse",
      failure: { detail: "creds is a link that leads out of the repository, to /etc/shadow" },
    });
    expect(patch.toString()).toContain("+/etc/shadow");
    expect(patch.toString()).not.toContain("root:");
  });
});

describe(`history and objects (${elsewhere})`, patience, () => {
  test("G9: a tree without .git is published like any other", async () => {
    const yard = await openIsolatedYard();
    await yard.sh("rm -rf .git && echo two >> a.txt");
    await compared(yard);
    await publish(yard.workspace);
    expect(yard.remote("rev-parse", "cody/abc^")).toBe(yard.baseSha);
  });

  test("G9: other history, replaced, packed and foreign objects reach nothing", async () => {
    const yard = await openIsolatedYard();
    await yard.sh(`echo evil > evil.txt && git add -A && git commit -q -m evil && git rm -q --cached evil.txt
      git replace -f ${yard.baseSha} HEAD && rm evil.txt
      git checkout -q --orphan other && git commit -q -m rewritten && git branch -q -D main
      git reflog expire --expire=now --all && git gc -q --prune=now
      mkdir $TMPDIR/junk && for i in $(seq 300); do echo $i > $TMPDIR/junk/$i; done && git hash-object -w $TMPDIR/junk/* > /dev/null
      echo /nonexistent > .git/objects/info/alternates
      chmod -R u+w .git/objects && find .git/objects -type f | head -50 | xargs truncate --size 1
      echo two >> a.txt`);
    const { id } = await compared(yard);
    await publish(yard.workspace);
    expect(id).toBe(`${yard.baseSha}..${yard.remote("rev-parse", "cody/abc^{tree}")}`);
    expect(yard.remote("rev-list", "--count", "cody/abc")).toBe("2");
    expect(pathsOf(yard)).toEqual(["a.txt"]);
    expect(yard.remote("for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/cody/abc",
      "refs/heads/main",
    ]);
  });
});

describe(`credentials (${elsewhere})`, patience, () => {
  test("G11: a push by a command has nobody's credential, and is refused", async () => {
    const yard = await openIsolatedYard();
    const url = yard.github.cloneUrl("acme/yard");
    const { text } = await yard.run("run_command", {
      command: `echo two >> a.txt && git commit -qam two; git push origin HEAD:main; git push ${url} HEAD:main
        printf 'protocol=http\\nhost=127.0.0.1\\n\\n' | git credential fill; git config -l; git remote -v; env`,
    });
    expect(text).toMatch(/could not read Username|Authentication failed|terminal prompts disabled/);
    expect(text).not.toMatch(/password=|ghp_|x-access-token/);
    expect(yard.github.record.pushes).toEqual([]);
    expect(yard.remote("rev-parse", "main")).toBe(yard.baseSha);
  });

  test("the token is in no command line, no address and no file while it is used", async () => {
    const seen = new Set<string>();
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const watching = (async () => {
      while (!isOver) {
        for (const line of await commandLines()) seen.add(line);
        await sleep(1);
      }
    })();
    const yard = await openIsolatedYard();
    await yard.sh("echo two >> a.txt");
    await yard.workspace.diff();
    await publish(yard.workspace);
    isOver = true;
    await watching;
    const all = [...seen].join("\n");
    expect(all).toContain("git");
    expect(all).not.toContain(token);
    expect(all).not.toContain(Buffer.from(`x-access-token:${token}`).toString("base64"));
    expect(all).not.toMatch(/extraheader|authorization:/i);
    const search = `grep -rlE '${token}|extraheader' '${yard.folder}' || true`;
    expect(execFileSync("bash", ["-c", search], { encoding: "utf8" })).toBe("");
  });
});

/** The command lines of all processes of this moment. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.map((line) => line.replaceAll("\0", " ")).filter(Boolean);
}
