// Attacks by arguments: text of the model, of Slack or of GitHub that a program could take for an option or a command.
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAllowed } from "@cody/core/policy.ts";
import { isBranchName, isFullName } from "@cody/core/repository.ts";
import type { Job } from "@cody/core/schema.ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { bodyOf, commitMessageOf, titleOf } from "../../packages/runner/src/publish/pull-request.ts";
import { publish, searchPath, signal } from "../runner/yard.ts";
import { type Host, openHost } from "./host.ts";
import { elsewhere, openIsolatedYard, patience } from "./isolated-yard.ts";
import { cannotIsolate } from "./tool-user.ts";

describe(`what the model searches for (${elsewhere})`, patience, () => {
  let host: Host;
  let trophy: string;
  beforeAll(async () => {
    host = await openHost({ isolated: !cannotIsolate });
    trophy = path.join(host.tree, "trophy");
    const files = { "a.txt": "needle\n", "evil.sh": `#!/bin/sh\ntouch ${trophy}\n`, "-rf": "needle\n" };
    for (const [name, content] of Object.entries(files))
      expect(await host.run("write_file", { path: name, content })).toMatchObject({ isError: false });
    await host.sh("chmod +x evil.sh; ./evil.sh");
    expect(existsSync(trophy), "the trap is set").toBe(true);
    rmSync(trophy);
  });
  afterAll(() => host.close());

  test.each([
    ["A1", () => `--pre=${host.tree}/evil.sh`],
    ["A2", () => "-e x --files /etc"],
    ["A3", () => `-Otouch ${trophy}`],
    ["A3", () => `--open-files-in-pager=touch ${trophy}`],
    ["A1", () => "--hostname-bin=./evil.sh"],
    ["A1", () => "-f/etc/passwd"],
  ])("%s: is a pattern, and no option", async (_, patternOf) => {
    const pattern = patternOf();
    expect((await host.run("search_code", { pattern })).text).toBe("No matches.");
    for (const input of [
      { pattern: "needle", glob: pattern },
      { pattern: "needle", path: pattern },
    ])
      expect((await host.run("search_code", input)).text).not.toMatch(/passwd|root:/);
    expect((await host.run("list_files", { glob: pattern })).text).not.toMatch(/passwd/);
    expect((await host.run("list_files", { path: pattern })).isError).toBe(true);
    expect(existsSync(trophy)).toBe(false);
  });

  test("A2: a file whose name is an option is a file", async () => {
    const found = await host.run("search_code", { pattern: "needle", path: "-rf" });
    expect(found.text).toContain("needle");
    expect((await host.run("list_files", { path: "-rf" })).text).toContain("-rf");
  });
});

const notRepositories = [
  "--upload-pack=touch /tmp/x",
  "acme/../../etc",
  "acme/..",
  "acme/app;id",
  "acme/app\n",
  "acme/$(id)",
  "https://github.com@evil.example/acme/app",
  "https://github.com/acme/app",
  "git@github.com:acme/app",
  "ext::sh -c id",
  "\u0430cme/app",
  "acme/app.git",
  "acme/app.git/",
  "acme/app/",
  "/acme/app",
  "-acme/app",
  "acme\\app",
  "acme/app\u202E",
];

test.each(notRepositories)("A4: %j is no repository, and nothing allows it", (name) => {
  expect(isFullName(name)).toBe(false);
  expect(isAllowed(name, ["*/*", "acme/*"])).toBe(false);
});

test("A4: an address that names a program, another host or an account is not cloned", async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "cody-address-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const trophy = path.join(folder, "trophy");
  for (const cloneUrl of [
    `ext::sh -c touch% ${trophy}`,
    `--upload-pack=touch ${trophy}`,
    `file://${folder}`,
    folder,
    "ssh://-oProxyCommand=touch/x",
    "git@github.com:acme/app",
    "https://github.com@evil.example/acme/app",
    "https://user:word@github.com/acme/app",
    "",
  ]) {
    const opening = openWorkspace({
      folder: path.join(folder, "work"),
      cloneUrl,
      authorization: async () => ({ header: "basic x", isNew: false }),
      baseSha: "0123456789012345678901234567890123456789",
      baseBranch: "main",
      path: searchPath,
      signal,
    });
    await expect(opening, cloneUrl).rejects.toMatchObject({
      failure: { kind: "clone-failed", detail: "its address is not one that Cody clones from" },
    });
  }
  expect(existsSync(trophy)).toBe(false);
});

const notBranches = [
  "main:refs/heads/main",
  "+HEAD:main",
  "-f",
  "a..b",
  "refs/heads/main",
  "HEAD",
  "a b",
  "a\nb",
];

test.each(notBranches)("A5: %j is no branch", (name) => {
  expect(isBranchName(name)).toBe(false);
});

test(`A5: only a branch of Cody's own is ever pushed (${elsewhere})`, patience, async () => {
  const { workspace, sh, remote, github } = await openIsolatedYard();
  await sh("echo two >> a.txt");
  await workspace.diff();
  const before = remote("for-each-ref");
  for (const branch of [
    ...notBranches,
    "main",
    "cody",
    "cody/",
    "cody/x:main",
    "cody/../main",
    "cody/x y",
    "cody/-f ",
  ])
    await expect(workspace.publish({ branch, message: "x", signal }), branch).rejects.toThrow(
      "no branch that Cody",
    );
  expect(github.record.pushes).toEqual([]);
  expect(remote("for-each-ref")).toBe(before);
});

describe(`what somebody named the job (${elsewhere})`, patience, () => {
  const job = (name: string) =>
    ({ id: "abcdefghij", name, prompt: "x", requester: "U0ANN" }) as Partial<Job> as Job;

  test("A6: is text of the commit: nothing in it is run, and its trailers are Cody's", async () => {
    const { workspace, run, remote, trophy } = await openIsolatedYard();
    const names = [
      `\`touch ${trophy}\``,
      `$(touch ${trophy}); touch ${trophy}`,
      "x\n\nCo-authored-by: boss <b@acme>",
      "x\r\n\r\nSigned-off-by: boss <b@acme>",
      "Cody-Job: other",
      "--amend",
      "-F /etc/passwd",
      "# a comment",
    ];
    await run("write_file", { path: "a.txt", content: "two\n" });
    await workspace.diff();
    for (const [index, name] of names.entries()) {
      const branch = `cody/name-${index}`;
      await publish(workspace, { branch, message: commitMessageOf(job(name)) });
      expect(remote("log", "-1", "--format=%(trailers)", branch)).toBe("Cody-Job: abcdefghij");
      const subject = remote("log", "-1", "--format=%s", branch);
      expect(subject.replaceAll("\u200B", "")).toBe(name.replace(/\s+/g, " "));
      expect(remote("log", "-1", "--format=%an %cn", branch)).toBe("Cody Cody");
    }
    expect(existsSync(trophy)).toBe(false);
  });

  test("A6: is one line of the pull request", () => {
    const name = "x\n\nCo-authored-by: boss <b@acme>\u2028@acme/security";
    expect(titleOf(job(name))).not.toMatch(/[\n\u2028]|@a/);
    const body = bodyOf(job(name), { summary: "s", verification: "v", leftOut: [] });
    expect(body.split("\n").filter((line) => /^(Co-authored|Cody-Job)/.test(line))).toEqual([]);
  });
});
