// The sample job with Cody as a GitHub App: every token for one repository, and none that may push before it has to.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countLeaks } from "./leaks.ts";
import { githubApp } from "./people.ts";
import type { Report } from "./report.ts";
import { reportOfSample } from "./sample-report.ts";
import { scriptOf } from "./scenario.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { startWorld, type World } from "./world.ts";

const changed = ["acme/legacy-batch", "acme/shop-service"];
const unchanged = "acme/checkout";

describe("the sample job of an App", () => {
  let world: World;
  let report: Report;

  beforeAll(async () => {
    world = await startWorld({ script: scriptOf(upgrade), identity: "app" });
    report = await reportOfSample(world, upgrade);
  }, 90_000);

  afterAll(() => world.close());

  test("ends as with an account: two pull requests, one without need of a change, no secret anywhere", () => {
    expect(report).toMatchObject({
      status: "done",
      runs: [
        { repository: "acme/shop-service", outcome: "changed", pullRequest: { number: 1 } },
        { repository: "acme/legacy-batch", outcome: "changed", pullRequest: { number: 1 } },
        { repository: unchanged, outcome: "unchanged", patchBytes: 0 },
      ],
      slack: { duplicates: 0 },
      github: { pullRequests: 2 },
      leaks: 0,
    });
  });

  test("every token was for one repository; the one for the list reads names alone", () => {
    const { tokens } = world.github.record;
    expect(tokens.length).toBeGreaterThan(changed.length);
    for (const { repositories, permissions } of tokens) {
      if (repositories === undefined) expect(permissions).toEqual({ metadata: "read" });
      else expect(repositories).toHaveLength(1);
    }
  });

  test("only what was changed was opened for writing: to push, to sign, to move the branch, to open the pull request", () => {
    const written = world.github.record.tokens
      .filter(({ permissions }) => Object.values(permissions).includes("write"))
      .map(
        ({ repositories, permissions }) =>
          `${repositories?.[0]} ${Object.entries(permissions).sort().join(" ")}`,
      );
    expect(written.sort()).toEqual(
      changed.flatMap((name) => [
        `${name} contents,read metadata,read pull_requests,write`,
        ...Array(3).fill(`${name} contents,write metadata,read`),
      ]),
    );
  });

  test("what was pushed and opened is the App's, commits included", async () => {
    const login = `${githubApp.slug}[bot]`;
    const { github } = world;
    const pulls = await github.record.pullRequests();
    expect(pulls.map(({ author }) => author)).toEqual([login, login]);
    expect(new Set(github.record.pushes.map((push) => push.login))).toEqual(new Set([login]));
    for (const { repository, headSha } of pulls) {
      const answer = await fetch(`${github.apiUrl}/repos/${repository}/commits/${headSha}`, {
        headers: { "user-agent": "test" },
      });
      const { author, commit } = (await answer.json()) as {
        author: { login: string };
        commit: { author: { email: string } };
      };
      expect(author.login).toBe(login);
      expect(commit.author.email).toBe(`${githubApp.botId}+${login}@users.noreply.github.com`);
    }
  });

  test("the account that Cody could be as well was never used", () => {
    expect(world.github.record.calls.filter(({ login }) => login === "cody-bot")).toEqual([]);
    expect(world.github.record.calls.filter(({ status }) => status === 401)).toEqual([]);
  });

  test("a line of the key, or a part of any token, would have been found", async () => {
    const [, line = ""] = world.secrets.githubKey?.split("\n") ?? [];
    const tokens = world.github.record.tokens.map(({ token }) => Buffer.from(token).toString("base64"));
    const lines = [line.slice(10, 40), ...tokens].map((text) => ({ program: "runner", line: `x ${text} x` }));
    world.logged.push(...lines);
    expect(await countLeaks(world)).toBe(lines.length);
  });
});
