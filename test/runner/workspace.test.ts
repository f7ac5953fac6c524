// The workspace against real git over HTTP, and against everything a command could plant in the tree.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Workspace } from "@cody/core/ports/workspace.ts";
import { describe, expect, test } from "vitest";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { openYard, publish, searchPath, signal, token } from "./yard.ts";

describe("an ordinary change", () => {
  test("the tree is an ordinary repository without a remote, clean, and without the token", async () => {
    const { sh, folder } = await openYard();
    expect(sh("git status --porcelain")).toBe("");
    expect(sh("git remote")).toBe("");
    expect(sh("git branch --show-current")).toBe("main\n");
    expect(sh("git log --oneline | wc -l").trim()).toBe("1");
    const found = execFileSync("bash", ["-c", `grep -rl "${token}" ${folder} || true`], { encoding: "utf8" });
    expect(found).toBe("");
    expect(readFileSync(path.join(folder, "git", "config"), "utf8")).not.toMatch(/http|url/);
  });

  test("the patch holds texts, bytes, modes and links, and git applies it", async () => {
    const { workspace, sh, folder, baseSha } = await openYard({
      "a.txt": "one\ntwo\n",
      "gone.txt": "x\n",
      "crlf.txt": "a\r\nb\r\n",
    });
    const { tree } = workspace;
    await writeFile(path.join(tree, "a.txt"), "one\nzwei\nthree\n");
    await writeFile(path.join(tree, "bytes"), Buffer.from([0, 1, 255, 10, 0]));
    await writeFile(path.join(tree, "latin1.txt"), Buffer.from([0xe9, 10]));
    await writeFile(path.join(tree, "crlf.txt"), "a\r\nc\r\n");
    await symlink("a.txt", path.join(tree, "link"));
    await writeFile(path.join(tree, "tool.sh"), "#!/bin/sh\n");
    await chmod(path.join(tree, "tool.sh"), 0o755);
    await rm(path.join(tree, "gone.txt"));
    const change = await workspace.diff();
    expect(change?.diff).toMatchObject({ files: 7, additions: 6, deletions: 3 });
    expect(change?.leftOut).toEqual([]);
    expect(change?.files.find((file) => file.path === "link")?.newMode).toBe("120000");
    expect(change?.diff.patchBytes).toBe(change?.patch.length);

    const patch = path.join(folder, "it.patch");
    await writeFile(patch, change?.patch ?? "");
    sh(`git stash -q -u && git checkout -q ${baseSha} && git apply --index ${patch}`);
    expect(await readFile(path.join(tree, "bytes"))).toEqual(Buffer.from([0, 1, 255, 10, 0]));
    expect(await readFile(path.join(tree, "latin1.txt"))).toEqual(Buffer.from([0xe9, 10]));
    expect(await readFile(path.join(tree, "crlf.txt"), "utf8")).toBe("a\r\nc\r\n");
  });

  test("nothing changed, or only what git ignores, is no change", async () => {
    const { workspace, sh } = await openYard({ "a.txt": "one\n", ".gitignore": "out/\n" });
    expect(await workspace.diff()).toBeUndefined();
    sh("mkdir out && echo 1 > out/1 && git commit -q --allow-empty -m empty");
    expect(await workspace.diff()).toBeUndefined();
  });

  test("commits of a tool are no commits of the branch; it has one, by Cody, on the base", async () => {
    const { workspace, sh, remote, github, baseSha } = await openYard();
    sh("echo more >> a.txt && git add -A && git commit -q -m mine");
    await workspace.diff();
    const head = await publish(workspace);
    expect(remote("log", "--format=%an <%ae> %cn %P", "-1", "cody/abc")).toBe(
      `Cody <cody@cody.invalid> Cody ${baseSha}`,
    );
    expect(remote("rev-parse", "cody/abc")).toBe(head);
    expect(remote("for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/cody/abc",
      "refs/heads/main",
    ]);
    expect(github.record.pushes).toHaveLength(1);
  });

  test("snapshots put a fresh tree where the last runner left it, content as git stores it", async () => {
    const yard = await openYard({
      "a.txt": "one\n",
      "w.txt": "x\ny\n",
      ".gitattributes": "w.txt text eol=crlf\n",
    });
    const { workspace, sh } = yard;
    expect(await readFile(path.join(workspace.tree, "w.txt"), "utf8")).toBe("x\r\ny\r\n");
    sh("echo two >> a.txt && printf '\\0\\1' > bytes");
    const first = await workspace.snapshot();
    expect(await workspace.snapshot()).toBeUndefined();
    sh("printf 'x\\r\\nz\\r\\n' > w.txt && rm bytes && mkdir d && echo 3 > d/3");
    const second = await workspace.snapshot();
    const before = await workspace.diff();

    const fresh = await yard.open();
    await fresh.restore([first, second].filter((snapshot) => Buffer.isBuffer(snapshot)));
    expect(await fresh.snapshot()).toBeUndefined();
    expect((await fresh.diff())?.patch.equals(before?.patch ?? Buffer.alloc(0))).toBe(true);
    expect(await readFile(path.join(fresh.tree, "w.txt"), "utf8")).toBe("x\r\nz\r\n");
  });

  test("a change too large to be kept is said to be, and is in the next snapshot once it is small", async () => {
    const { workspace, sh } = await openYard();
    sh("echo two >> a.txt && head -c 30000000 /dev/urandom > big");
    expect(await workspace.snapshot()).toBe("too-large");
    const change = await workspace.diff();
    expect(change?.diff.patchBytes).toBeGreaterThan(20 * 1024 * 1024);
    expect(change?.patch.length).toBe(20 * 1024 * 1024);
    sh("rm big");
    expect(String(await workspace.snapshot())).toContain("+two");
  }, 30_000);

  test("guidance is read from the base and not from the tree, and never through a link", async () => {
    const { workspace, sh } = await openYard(
      { "AGENTS.md": "be kind\n" },
      "ln -s /etc/hostname CLAUDE.md && git add -A && git commit -q -m link",
    );
    sh("echo changed > AGENTS.md");
    expect(await workspace.baseFile("AGENTS.md")).toBe("be kind\n");
    expect(await workspace.baseFile("CLAUDE.md")).toBeUndefined();
    expect(await workspace.baseFile("NONE.md")).toBeUndefined();
  });
});

describe("what a command can plant", () => {
  test("hooks, monitors, filters, external diffs and helpers in the tree's .git are never run", async () => {
    const { workspace, sh, trophy, github } = await openYard();
    const run = `touch ${trophy}`;
    sh(`git config core.fsmonitor '${run}; false'
      git config core.hooksPath "$PWD/.git/hooks"
      for hook in pre-commit post-commit pre-push post-index-change reference-transaction; do
        printf '#!/bin/sh\\n${run}\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
      git config filter.x.clean '${run}; cat'; git config filter.x.smudge '${run}; cat'
      git config diff.x.textconv '${run}; cat'; git config diff.external '${run}'
      git config gpg.program '${run}'; git config commit.gpgsign true
      git config credential.helper '!${run}'; git config core.sshCommand '${run}'
      git config remote.origin.pushurl http://127.0.0.1:1/; git config url.http://127.0.0.1:1/.insteadOf http://
      printf '* filter=x diff=x\\n' > .gitattributes; echo changed > a.txt`);
    await rm(trophy, { force: true });
    expect((await workspace.diff())?.diff.files).toBe(2);
    await publish(workspace);
    expect(existsSync(trophy)).toBe(false);
    expect(github.record.pushes).toHaveLength(1);
  });

  test("nested repositories and names of git's own are left out and named; the rest is published", async () => {
    const { workspace, sh, remote } = await openYard();
    sh(`mkdir nested plain fake .GIT && git init -q nested && (cd nested && echo 1 > 1 && git add -A && git commit -q -m 1)
      git init -q plain && echo 2 > plain/2
      echo 'gitdir: ../../git' > fake/.git && echo 3 > fake/3
      echo evil > .GIT/config && echo fine > fine.txt`);
    const change = await workspace.diff();
    expect(change?.leftOut).toEqual([".GIT/config", "fake", "nested", "plain"]);
    expect(change?.files.map((file) => file.path)).toEqual(["fine.txt"]);
    await publish(workspace);
    expect(remote("ls-tree", "-r", "--name-only", "cody/abc").split("\n")).toEqual(["a.txt", "fine.txt"]);
  });

  test("a repository planted over tracked files changes nothing about them", async () => {
    const { workspace, sh } = await openYard({ "lib/a.txt": "one\n", "lib/b.txt": "two\n" });
    sh("cd lib && git init -q . && git add -A && git commit -q -m x && echo three >> a.txt");
    const change = await workspace.diff();
    expect(change?.files.map((file) => file.path)).toEqual(["lib/a.txt"]);
  });

  test("a submodule stays as it is, and its planted settings are not looked at", async () => {
    const { workspace, sh, trophy, remote } = await openYard(
      { "a.txt": "one\n" },
      "mkdir sub && cd sub && git init -q . && git commit -q --allow-empty -m s && cd .. && git add sub && git commit -q -m sub",
    );
    sh(`cd sub && git init -q . && git config core.fsmonitor 'touch ${trophy}; false'
      echo s > s && git add s && git commit -q -m other; cd .. && echo two >> a.txt`);
    await rm(trophy, { force: true });
    const change = await workspace.diff();
    expect(change?.files.map((file) => file.path)).toEqual(["a.txt"]);
    await publish(workspace);
    expect(existsSync(trophy)).toBe(false);
    expect(remote("ls-tree", "cody/abc", "sub")).toBe(remote("ls-tree", "main", "sub"));
  });

  test("attributes for encodings and an ignored .git do not stop it", async () => {
    const { workspace, sh } = await openYard();
    sh(
      "printf '* working-tree-encoding=UTF-16 text\\n' > .gitattributes && echo more >> a.txt && rm -rf .git",
    );
    const change = await workspace.diff();
    expect(change?.files.map((file) => file.path)).toEqual([".gitattributes", "a.txt"]);
  });

  test("links and pipes are stored as what they are, or not at all", async () => {
    const { workspace, sh, remote } = await openYard();
    await symlink("/etc/shadow", path.join(workspace.tree, "creds"));
    sh("mkfifo pipe");
    expect((await workspace.diff())?.files.map((file) => file.path)).toEqual(["creds"]);
    await publish(workspace);
    expect(remote("cat-file", "blob", "cody/abc:creds")).toBe("/etc/shadow");
  });

  test("what changes after the diff was shown is not what is pushed", async () => {
    const { workspace, sh, remote } = await openYard();
    sh("echo two > a.txt");
    await workspace.diff();
    sh("echo evil > a.txt");
    await publish(workspace);
    expect(remote("cat-file", "blob", "cody/abc:a.txt")).toBe("two");
  });
});

describe("pushing", () => {
  test("pushing the same change again leaves the first push as it is", async () => {
    const yard = await openYard();
    const change = async (workspace: Workspace) => {
      await writeFile(path.join(workspace.tree, "a.txt"), "changed\n");
      await workspace.diff();
      return publish(workspace, { message: `At ${Math.random()}` });
    };
    const first = await change(yard.workspace);
    expect(await change(await yard.open())).toBe(first);
    expect(yard.github.record.pushes).toHaveLength(1);
  });

  test("a branch that is elsewhere is left alone, and told; what is to be lost is lost by name alone", async () => {
    const { workspace, sh, remote, baseSha } = await openYard();
    const tree = remote("rev-parse", `${baseSha}^{tree}`);
    const foreign = remote("commit-tree", tree, "-p", baseSha, "-m", "a person's");
    remote("update-ref", "refs/heads/cody/abc", foreign);
    sh("echo 1 > a.txt");
    await workspace.diff();
    const where = { branch: "cody/abc", message: "Change\n", signal };
    expect(await workspace.publish(where)).toEqual({ movedTo: foreign });
    expect(await workspace.publish({ ...where, expected: baseSha, overwrite: true })).toEqual({
      movedTo: foreign,
    });
    expect(await workspace.publish({ ...where, branch: "cody/gone", expected: baseSha })).toEqual({
      movedTo: undefined,
    });
    expect(remote("rev-parse", "cody/abc")).toBe(foreign);
    const sha = await publish(workspace, { expected: foreign, overwrite: true });
    expect(remote("rev-parse", "cody/abc")).toBe(sha);
    expect(remote("rev-list", "--count", `${baseSha}..cody/abc`)).toBe("1");
  });

  test("what a rule of the repository says is told, without a second try", async () => {
    const { workspace, sh, folder, github } = await openYard();
    const hooks = path.join(folder, "..", "github", "1.git", "hooks");
    await mkdir(hooks, { recursive: true });
    await writeFile(
      path.join(hooks, "pre-receive"),
      "#!/bin/sh\necho 'Branches need a ticket.' >&2\nexit 1\n",
    );
    await chmod(path.join(hooks, "pre-receive"), 0o755);
    sh("echo 1 > a.txt");
    await workspace.diff();
    const pushing = publish(workspace);
    await expect(pushing).rejects.toMatchObject({ failure: { kind: "push-refused" } });
    const posts = github.record.calls.filter(
      (call) => call.method === "POST" && call.path.endsWith("git-receive-pack"),
    );
    expect(posts).toHaveLength(1);
  });

  test("a server in trouble is tried again", async () => {
    const { workspace, sh, github } = await openYard();
    sh("echo 1 > a.txt");
    await workspace.diff();
    github.fault.next({ path: "git-receive-pack" }, { answer: 503 });
    await publish(workspace);
    expect(github.record.pushes).toHaveLength(1);
  });

  test("a lost answer to the push is no second push", async () => {
    const { workspace, sh, github } = await openYard();
    sh("echo 1 > a.txt");
    await workspace.diff();
    github.fault.next({ method: "POST", path: "git-receive-pack" }, { loseAnswer: true });
    await publish(workspace);
    // The transport itself sends it again, and is refused; the branch moved once.
    expect(github.record.pushes.flatMap((push) => push.moves)).toHaveLength(1);
  });
});

test("a commit that is not there is a failed clone, told in git's words", async () => {
  const yard = await openYard();
  const opening = openWorkspace({
    folder: yard.folder,
    cloneUrl: yard.github.cloneUrl("acme/yard"),
    baseSha: "0123456789012345678901234567890123456789",
    baseBranch: "main",
    path: searchPath,
    authorization: async () => ({ header: "basic nothing", isNew: false }),
    signal,
  });
  await expect(opening).rejects.toMatchObject({ failure: { kind: "clone-failed" } });
});
