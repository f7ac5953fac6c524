// From pretend to real: each far end of the world swapped for another one, which here is a second stand-in.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { startClaude } from "./claude/claude.ts";
import { startGitHub } from "./github/github.ts";
import { openLive } from "./live.ts";
import { accounts, ann, bot, channels, engineering, people, repositories } from "./people.ts";
import { missingFor, type RealEnd, settingsFor, whatIsReal } from "./real.ts";
import { startSampleJob } from "./sample-job.ts";
import { scriptOf } from "./scenario.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { free } from "./slack/client-fixture.ts";
import { startWorkspace } from "./slack/workspace.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";

const tokens = {
  claude: "sk-ant-of-the-second-claude",
  github: "ghp_of-the-second-github",
  slack: "xoxb-of-the-second-slack",
  socket: "xapp-of-the-second-slack",
};

async function secondClaude() {
  const claude = await startClaude({ keys: [tokens.claude], script: scriptOf(upgrade) });
  onTestFinished(claude.close);
  return { claude, env: { ANTHROPIC_API_KEY: tokens.claude, ANTHROPIC_BASE_URL: claude.url } };
}

async function secondGitHub() {
  const root = await mkdtemp(path.join(tmpdir(), "cody-live-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const github = await startGitHub({ root, accounts: accounts(tokens.github), repositories });
  onTestFinished(github.close);
  const env = {
    GITHUB_TOKEN: tokens.github,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_URL: github.url,
    ALLOWED_REPOS: "acme/checkout, acme/shop-service",
  };
  return { github, env };
}

async function secondSlack() {
  const slack = await startWorkspace({
    team: { id: "TSECOND", name: "Second" },
    bot: { ...bot, token: tokens.slack, scopes: manifest.oauth_config.scopes.bot },
    subscriptions: manifest.settings.event_subscriptions.bot_events,
    appToken: tokens.socket,
    signingSecret: "of nobody: nothing is signed in Socket Mode",
    requestUrl: () => "http://127.0.0.1:9",
    limits: free,
    people,
    channels,
  });
  onTestFinished(slack.close);
  const env = { SLACK_BOT_TOKEN: tokens.slack, SLACK_APP_TOKEN: tokens.socket, SLACK_API_URL: slack.apiUrl };
  return { slack, env };
}

async function opened(ends: RealEnd[], env: Record<string, string>) {
  const said: string[] = [];
  const world = await openLive({ ends, env, say: (line) => void said.push(line) });
  if (world) onTestFinished(world.close);
  return { world, said };
}

test("a job with all three: from a Slack through a socket, by another Claude, to another GitHub", async () => {
  const [{ claude, env: one }, { github, env: two }, { slack, env: three }] = await Promise.all([
    secondClaude(),
    secondGitHub(),
    secondSlack(),
  ]);
  const { world, said } = await opened(["claude", "github", "slack"], { ...one, ...two, ...three });
  expect(said).toEqual([]);
  if (!world) throw new Error("no world");
  const request = { ...upgrade.request, repositories: ["acme/shop-service", "acme/checkout"] };
  await startSampleJob(slack, ann, engineering, request);
  const thread = await waitFor(() => {
    const [board] = boards(slack, ann);
    const all = board ? replies(slack, ann, board) : [];
    return lastWord(all) === undefined ? undefined : all;
  }, 50_000);
  expect(lastWord(thread)).toBe("done");
  const pulls = await github.record.pullRequests();
  expect(pulls.map(({ repository, author }) => `${repository} by ${author}`)).toEqual([
    "acme/shop-service by cody-bot",
  ]);
  expect(claude.record.requests.filter(({ usage }) => usage).length).toBeGreaterThan(2);
  // The world's own were there, and nobody asked them anything.
  expect(world.claude.record.requests).toEqual([]);
  expect(await world.github.record.pullRequests()).toEqual([]);
  expect(world.slack.record.calls).toEqual([]);
  await slack.settled();
  expect(slack.record.deliveries.filter(({ status }) => status !== 200)).toEqual([]);
}, 90_000);

describe("one end alone", () => {
  test("Claude: the rest is the world's, and commands need a user of their own", async () => {
    const { claude, env } = await secondClaude();
    const { world } = await opened(["claude"], env);
    expect(world?.environment).toMatchObject({ ANTHROPIC_BASE_URL: claude.url, TOOL_COMMANDS: "isolated" });
    expect(world?.environment.SLACK_BOT_TOKEN).toBe(world?.secrets.slackToken);
    expect(world?.environment.GITHUB_TOKEN).toBe(world?.secrets.githubToken);
  });

  test("GitHub as an App: nothing of the world's account is left", () => {
    const app = { GITHUB_APP_ID: "1", GITHUB_APP_PRIVATE_KEY: "key", ALLOWED_REPOS: "acme/playground" };
    expect(settingsFor(["github"], { ...app, ANTHROPIC_API_KEY: "of the shell" })).toEqual({
      ...app,
      GITHUB_TOKEN: undefined,
      GITHUB_API_URL: undefined,
      GITHUB_URL: undefined,
      GITHUB_CLIENT_ID: undefined,
      GITHUB_CLIENT_SECRET: undefined,
      GITHUB_WEBHOOK_SECRET: undefined,
      LINK_KEY: undefined,
    });
  });

  test("what is real is said, and what is played", () => {
    expect(whatIsReal(["claude"])).toBe("Real: Claude. Played on this machine: AWS, GitHub, Slack.");
  });
});

describe("what is missing or wrong is a sentence, and no world starts", () => {
  test("variables", async () => {
    expect(missingFor(["claude", "github", "slack"], {})).toEqual([
      expect.stringMatching(/^--claude needs ANTHROPIC_API_KEY/),
      expect.stringMatching(/^--github needs GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY/),
      expect.stringMatching(/^--github needs ALLOWED_REPOS/),
      expect.stringMatching(/^--slack needs SLACK_BOT_TOKEN .* https:\/\/api\.slack\.com\/apps\?new_app=1/),
      expect.stringMatching(/^--slack needs SLACK_APP_TOKEN/),
    ]);
    const { world, said } = await opened(["claude"], {});
    expect(world).toBeUndefined();
    expect(said).toHaveLength(1);
  });

  test("the app that is offered is in Socket Mode and needs no address", async () => {
    const [sentence = ""] = missingFor(["slack"], {});
    const [link = ""] = /https:\S+$/.exec(sentence) ?? [];
    const offered = JSON.parse(new URL(link).searchParams.get("manifest_json") ?? "");
    expect(offered.settings).toMatchObject({
      socket_mode_enabled: true,
      interactivity: { is_enabled: true },
    });
    expect(JSON.stringify(offered)).not.toContain("REQUEST-URL");
    expect(offered.oauth_config).toEqual(manifest.oauth_config);
  });

  test("keys that nobody takes, and repositories that nobody sees", async () => {
    const [{ env: one }, { env: two }, { env: three }] = await Promise.all([
      secondClaude(),
      secondGitHub(),
      secondSlack(),
    ]);
    const wrong = {
      ...one,
      ...two,
      ...three,
      ANTHROPIC_API_KEY: "sk-ant-old",
      ALLOWED_REPOS: "acme/nowhere",
      SLACK_BOT_TOKEN: "xoxb-old",
    };
    const { world, said } = await opened(["claude", "github", "slack"], wrong);
    expect(world).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^Claude: Claude's API does not take ANTHROPIC_API_KEY\./),
      expect.stringMatching(/^Repositories: .*nothing that it sees matches ALLOWED_REPOS\./),
      expect.stringMatching(/^Slack: Slack does not take SLACK_BOT_TOKEN: invalid_auth\./),
    ]);
  });
});
