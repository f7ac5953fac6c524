// One round by the real program, with a real table, real git over HTTP and the scripted model.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { steps } from "../world/claude/script.ts";
import { change, command, edit, finish, nothing } from "./replies.ts";
import { applied, openStage, turnsOf } from "./stage.ts";

/** Each test starts a table, a GitHub, a Claude and a runner. */
const timeout = 60_000;

describe("a round", { timeout }, () => {
  test("a change becomes a branch, a pull request and a patch that git applies", async () => {
    const stage = await openStage({
      script: change,
      files: { "src/price.ts": "export const vat = 19;\n", "AGENTS.md": "Prices are in cents.\n" },
    });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({ state: "done", outcome: "changed", turns: 3, modelName: expect.any(String) });
    expect(run.diff).toMatchObject({ files: 1, additions: 1, deletions: 1 });
    expect(run.costUsd).toBeGreaterThan(0);
    expect(applied(stage, await stage.patch())).toBe("export const vat = 20;\n");

    const [pull, ...others] = await stage.github.record.pullRequests();
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ title: "Raise the VAT", head: run.branch, base: "main", draft: false });
    expect(run.pullRequest).toMatchObject({ number: pull?.number, headSha: run.headSha });
    expect(pull?.body).toContain("The VAT is 20 now.");
    expect(pull?.body).toContain("[this thread](https://acme.slack.com/archives/C1/p1)");
    expect(pull?.body).not.toMatch(/Fixes #7|@acme/);
    expect(stage.github.record.pushes.flatMap(({ moves }) => moves)).toEqual([
      { reference: `refs/heads/${run.branch}`, before: undefined, after: run.headSha },
    ]);

    const asked = JSON.stringify(stage.claude.record.requests.map(({ body }) => body));
    expect(asked).toMatch(/Repository: acme\/shop\\nBase branch: main/);
    expect(asked).toContain("Prices are in cents.");
    const turns = await stage.store.work(stage.job.id, 1).turns(1);
    expect(turns.map(({ turn }) => turn)).toEqual([0, 1, 2, 3]);
    expect(await readdir(path.join(stage.folder, "work"))).toEqual([]);
    expect(await stage.store.work(stage.job.id, 1).leaseUntil()).toBeLessThan(Date.now());
  });

  test("no change needs no branch, and tells the evidence", async () => {
    const stage = await openStage({ script: steps(nothing) });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "unchanged", summary: "No VAT anywhere." });
    expect(await stage.patch()).toBeUndefined();
    expect(stage.github.record.pushes).toEqual([]);
  });

  test("a draft is a draft", async () => {
    const stage = await openStage({ script: change, job: { deliver: "draft" } });
    expect((await stage.play()).code).toBe(0);
    expect((await stage.github.record.pullRequests())[0]).toMatchObject({ draft: true });
  });

  test("only a patch where only that is wanted, or Cody may not push", async () => {
    const wanted = await openStage({ script: change, job: { deliver: "patch" } });
    expect((await wanted.play()).code).toBe(0);
    const run = await wanted.run();
    expect(run).toMatchObject({ outcome: "changed", summary: expect.stringContaining("VAT is 20") });
    expect(run.pullRequest).toBeUndefined();
    expect(applied(wanted, await wanted.patch())).toContain("vat = 20");
    expect(wanted.github.record.pushes).toEqual([]);
  });

  test("a right that is gone leaves a patch and says why", async () => {
    const stage = await openStage({ script: change });
    stage.github.grant("cody-bot", "acme/*", "read");
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "changed",
      patchOnly: "Cody may not push to acme/shop.",
    });
    expect(await stage.patch()).toBeDefined();
  });
});

describe("what goes wrong", { timeout }, () => {
  test("a wrong configuration is one line that names everything, and exit code 10", async () => {
    const stage = await openStage({ script: steps() });
    const { code, output } = await stage.play({ GITHUB_TOKEN: "", CODY_RUN: "x" });
    expect(code).toBe(10);
    const lines = output.trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      text: expect.stringMatching(/GITHUB_TOKEN.*CODY_RUN|CODY_RUN.*GITHUB_TOKEN/),
    });
  });

  test("a run that is not there is exit code 1", async () => {
    const stage = await openStage({ script: steps() });
    expect((await stage.play({ CODY_RUN: "7" })).code).toBe(1);
  });

  test("a repository that is no longer allowed is not cloned", async () => {
    const stage = await openStage({ script: steps(), env: { ALLOWED_REPOS: "acme/other" } });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "failed",
      reason: { kind: "repository-not-allowed", detail: "acme/shop" },
    });
    expect(stage.claude.record.requests).toEqual([]);
  });

  test("an agent that gets stuck after a change still delivers its patch", async () => {
    const stage = await openStage({ script: ({ turn }) => (turn === 0 ? edit : { text: "Hm." }) });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "failed",
      reason: { kind: "stuck" },
      diff: { files: 1 },
    });
    expect(applied(stage, await stage.patch())).toContain("vat = 20");
    expect(stage.github.record.pushes).toEqual([]);
  });

  test("no secret is in any environment of a tool, in a transcript, a patch, a pull request or a log", async () => {
    const look = `env | sort; cat /proc/self/environ | tr '\\0' '\\n'; cat /proc/$PPID/environ | tr '\\0' '\\n'
      git config -l; git remote -v; cat ~/.netrc ~/.git-credentials; ls -la ~ /proc/$PPID/fd
      env | base64 -w0; cat .git/config .git/FETCH_HEAD`;
    const stage = await openStage({
      script: steps(command(look), command(`(${look}) > found.txt 2>&1`), finish, finish),
    });
    const { output } = await stage.play();
    const places = JSON.stringify([
      stage.claude.record.requests.map(({ body }) => body),
      await turnsOf(stage),
      await stage.github.record.pullRequests(),
      String(await stage.patch()),
      await stage.run(),
      output,
    ]);
    const decoded = places.replace(/[A-Za-z0-9+/]{40,}={0,2}/g, (text) =>
      Buffer.from(text, "base64").toString(),
    );
    for (const secret of stage.secrets) {
      expect(places).not.toContain(secret.slice(8, 24));
      expect(decoded).not.toContain(secret.slice(8, 24));
    }
    expect(places).toContain("CODY_TOOLS");
    expect(places).not.toMatch(/ANTHROPIC|AWS_|GITHUB_/);
  });
});
