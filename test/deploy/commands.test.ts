// A deployment with commands that are really run and a Slack that really answers: order, arguments and what is left.
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { deploySteps } from "../../deploy/deploy-steps.ts";
import type { Command } from "../../deploy/outside.ts";
import { project, realOutside } from "../../deploy/real-outside.ts";
import { runSteps } from "../../deploy/run-steps.ts";
import { manifestAt } from "../../deploy/slack-app.ts";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { startClaude } from "../world/claude/claude.ts";
import { startGitHub } from "../world/github/github.ts";
import { free } from "../world/slack/client-fixture.ts";
import { startWorkspace } from "../world/slack/workspace.ts";
import { account, address, images, kept, outputs, pushedDigest } from "./fake-outside.ts";

const configurationToken = "xoxe.xoxp-of-an-admin";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cody-deploy-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, "bin"));
  await mkdir(path.join(folder, ".sst"));
});

/** A program that writes its arguments down, and what it reads, and then does this. */
async function program(name: string, script: string): Promise<void> {
  const file = path.join(folder, "bin", name);
  const log = path.join(folder, "log");
  const read = 'case "$*" in *password-stdin*|"secret set"*) input="$(cat)" ;; esac';
  const note = `printf '%s|%s\\n' "${name} $*" "$input" >> ${log}`;
  await writeFile(file, `#!/bin/sh\n${read}\n${note}\n${script}\n`);
  await chmod(file, 0o755);
}

async function farEnds() {
  const { SlackBotToken: token, SlackSigningSecret: signingSecret } = kept;
  const { scopes } = manifest.oauth_config;
  const workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token, scopes: scopes.bot },
    manifest: manifestAt("https://not-deployed-yet.invalid") as Record<string, unknown>,
    configurationToken,
    signingSecret,
    limits: free,
    requestUrl: () => "http://127.0.0.1:9",
    people: [],
    channels: [],
  });
  onTestFinished(workspace.close);
  const rights = { "acme/*": "write" } as const;
  const github = await startGitHub({
    root: path.join(folder, "github"),
    accounts: [{ login: "cody-bot", id: 7, token: kept.GithubToken, rights, scopes: ["repo"] }],
    repositories: [{ fullName: "acme/shop", id: 1, empty: true }],
  });
  onTestFinished(github.close);
  const claude = await startClaude({ keys: [kept.AnthropicApiKey], script: () => ({ text: "" }) });
  onTestFinished(claude.close);
  return { workspace, github, claude };
}

test("from the account to the file for the doctor, twice", async () => {
  const { workspace, github, claude } = await farEnds();
  const { GithubAppPrivateKey: _none, ...secrets } = kept;
  const lines = Object.entries(secrets).map(([name, value]) => `echo '${name}=${value}'`);
  await writeFile(path.join(folder, "secrets.sh"), ["#!/bin/sh", "echo '# cody/trial'", ...lines].join("\n"));
  await writeFile(path.join(folder, "outputs.json"), JSON.stringify(outputs));
  await program(
    "sst",
    `case "$1" in
      secret) sh ${folder}/secrets.sh ;;
      deploy) printf '%s\\n' "$RUNNER_IMAGE" >> images; cp ${folder}/outputs.json .sst/outputs.json ;;
    esac`,
  );
  const noRepository =
    "aws: [ERROR]: An error occurred (RepositoryNotFoundException) when calling DescribeRepositories";
  await program(
    "aws",
    `case "$1 $2" in
      sts*) echo '{"Account":"${account}","Arn":"arn:aws:iam::1:user/ann"}' ;;
      *describe-repositories)
        [ -e .sst/outputs.json ] || { echo '${noRepository}' >&2; exit 254; }
        echo '{"repositories":[{"repositoryUri":"${images}"}]}' ;;
      *describe-images) echo '{"imageDetails":[{"imageDigest":"${pushedDigest}"}]}' ;;
      *batch-get-image) echo '{"images":[{"imageManifest":"{}"}]}' ;;
      *put-image) echo '{}' ;;
      *get-login-password) echo secret-of-the-registry ;;
    esac`,
  );
  await program("docker", `case "$2" in imagetools) echo sha256:${"a".repeat(64)} ;; esac`);
  const said: string[] = [];
  const env = {
    PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env.PATH}`,
    AWS_REGION: "eu-west-1",
    ALLOWED_REPOS: "acme/*",
    SLACK_API_URL: workspace.apiUrl,
    SLACK_CONFIG_TOKEN: configurationToken,
    GITHUB_API_URL: github.apiUrl,
    ANTHROPIC_BASE_URL: claude.url,
  };
  const real = realOutside(env, folder);
  const outside = {
    ...real,
    // What is shown to a person would only be noise here.
    run: (command: Command) => real.run({ ...command, isShown: false }),
    say: (line: string) => void said.push(line),
    health: async () => ({ status: 200, parts: { table: "ok" } }),
  };
  for (const round of ["first", "second"]) {
    await rm(path.join(folder, "log"), { force: true });
    said.length = 0;
    const isDone = await runSteps(deploySteps(outside, { stage: "trial", isSure: true }), outside, "again");
    expect(said.join("\n")).not.toContain("Stopped");
    expect(isDone).toBe(true);
    const log = (await readFile(path.join(folder, "log"), "utf8")).trim().split("\n");
    expect(log.map((line) => line.split(" ").slice(0, 2).join(" ").split("|")[0])).toEqual([
      "sst version",
      "aws --version",
      "docker buildx",
      "aws sts",
      "sst secret",
      "aws ecr",
      ...(round === "first" ? ["sst deploy"] : []),
      "docker buildx",
      "docker build",
      "aws ecr",
      "docker login",
      "docker push",
      "aws ecr",
      "aws ecr",
      "sst deploy",
      "aws ecr",
    ]);
    const args = log.map((line) => line.split("|")[0]).join("\n");
    for (const secret of [...Object.values(secrets), configurationToken, "secret-of-the-registry"])
      expect(args).not.toContain(secret);
    expect(log.find((line) => line.startsWith("docker login"))).toMatch(/\|secret-of-the-registry$/);
    const app =
      round === "first" ? `The app ABOT has the address ${address} now.` : "The app ABOT is as it should be.";
    expect(said).toContain(app);
  }
  const deployed = `${images}@${pushedDigest}\n`;
  expect(await readFile(path.join(folder, "images"), "utf8")).toBe(`\n${deployed}${deployed}`);
  const file = path.join(folder, ".sst/trial.env");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toContain("SLACK_BOT_TOKEN='ssm:/cody/production/SLACK_BOT_TOKEN:1'");
});

test("a Slack that refuses says why, and so does a program that is not there", async () => {
  const { workspace } = await farEnds();
  const outside = realOutside(
    { SLACK_API_URL: workspace.apiUrl, SLACK_CONFIG_TOKEN: configurationToken },
    folder,
  );
  await expect(outside.slackApps?.update("ABOT", manifestAt("http://plain.example.com"))).rejects.toThrow(
    /^Slack refused: invalid_manifest: .*Request URL.* at \/settings\//,
  );
  await expect(outside.slackApps?.manifest("ANOBODY")).rejects.toThrow("Slack refused: invalid_app_id.");
  const old = realOutside({ SLACK_API_URL: workspace.apiUrl, SLACK_CONFIG_TOKEN: "xoxe.xoxp-old" }, folder);
  await expect(old.slackApps?.create(manifestAt(address))).rejects.toThrow("Slack refused: invalid_auth.");
  const made = await outside.slackApps?.create(manifestAt(address));
  expect(await outside.slackApps?.manifest(made?.id ?? "")).toEqual(manifestAt(address));
  await expect(outside.run({ program: "no-such-program", args: ["--version"] })).rejects.toThrow(
    /^no-such-program --version did not start/,
  );
});

test.each([
  ["deploy.ts", ["--help"], 0, "npm run deploy -- [--stage NAME] [--yes]"],
  ["deploy.ts", ["--stage", "No Stage"], 2, "A stage has up to 20 small letters"],
  ["deploy.ts", ["--stage", "trial-"], 2, "no dash last"],
  ["deploy.ts", ["--stage", "my--trial"], 2, "single dashes"],
  ["deploy.ts", ["--force"], 2, "--force"],
  ["remove.ts", [], 2, "Name the stage"],
])("%s %j ends with %i", (file, args, code, says) => {
  const ended = spawnSync(process.execPath, [path.join(project, "deploy", file), ...args], {
    encoding: "utf8",
  });
  expect(ended.status).toBe(code);
  expect(ended.stdout + ended.stderr).toContain(says);
});

test("SST tells its makers nothing of what is deployed, unless somebody wants that", async () => {
  await program("sst", 'printf "<%s>" "$SST_TELEMETRY_DISABLED"');
  const told = (more: NodeJS.ProcessEnv) => {
    const env = { PATH: `${path.join(folder, "bin")}:${process.env.PATH}`, ...more };
    return realOutside(env, folder).run({ program: path.join(folder, "bin/sst"), args: ["deploy"] });
  };
  expect(await told({})).toBe("<1>");
  expect(await told({ SST_TELEMETRY_DISABLED: "" })).toBe("<>");
});
