// `npm run doctor` as a person runs it, on the whole local world: with an account and with an App, and on a file that is wrong.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEcr } from "./aws/ecr.ts";
import { canIsolate, runnerImage } from "./deployment.ts";
import { writeEnvironment } from "./environment-file.ts";
import { githubApp } from "./people.ts";
import { startWorld, type World } from "./world.ts";

const doctor = path.join(import.meta.dirname, "../../packages/bot/src/doctor.ts");

interface Told {
  code: number;
  stdout: string;
  stderr: string;
}

/** With an environment that holds nothing, so that only the file counts. */
function run(args: string[], env: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve) => {
    execFile(process.execPath, [doctor, ...args], { env, cwd: tmpdir() }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe.each(["token", "app"] as const)("the doctor in a world where Cody has an %s", (identity) => {
  let world: World;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    world = await startWorld({ script: () => ({ text: "Nobody asks." }), identity, linked: {} });
    folder = await mkdtemp(path.join(tmpdir(), "cody-doctor-"));
    file = path.join(folder, "world.env");
    await writeEnvironment(file, world.environment);
  }, 60_000);

  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  test("finds everything in order, and shows no secret", async () => {
    // What the shell says of another Cody does not count beside a file that is named.
    const { code, stdout, stderr } = await run(["--env", file], { GITHUB_APP_ID: "1", ALLOWED_REPOS: "x" });
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line.startsWith("✘"))).toEqual([]);
    if (canIsolate()) {
      expect(lines.at(-1)).toBe("Everything that was looked at is in order.");
      expect(lines.filter((line) => line.startsWith("!"))).toEqual([]);
    }
    expect(code).toBe(0);
    expect(stdout).toContain("8 of the 9 that GitHub shows to Cody are allowed");
    expect(stdout).toContain("Claude Sonnet 5.5 (scripted)");
    for (const secret of Object.values(world.secrets)) expect(stdout).not.toContain(secret);
  });

  test("changes nothing: no message, no job, no pull request", async () => {
    expect(world.slack.record.posts()).toBe(0);
    expect(world.batch.jobs()).toEqual([]);
    expect(await world.github.record.pullRequests()).toEqual([]);
    expect(world.claude.record.requests.filter(({ usage }) => usage)).toEqual([]);
  });

  test("says what is wrong, for a person and for a script, and ends with 1", async () => {
    const wrong = path.join(folder, "wrong.env");
    const { SLACK_SIGNING_SECRET: _left, ...rest } = world.environment;
    await writeEnvironment(wrong, { ...rest, CODY_TABLE: "another-table" });
    const told = await run(["--env", wrong]);
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(
      /^✘ Variables +SLACK_SIGNING_SECRET is missing .* program slack cannot start$/m,
    );
    expect(told.stdout).toMatch(/^✘ Table +there is no table another-table in this account and region$/m);
    expect(told.stdout).toMatch(/2 things are wrong.*What to do:\n1\. Variables: Set SLACK_SIGNING_SECRET/s);
    const forScript = await run(["--env", wrong, "--json"]);
    expect(forScript.code).toBe(1);
    const { ok, findings } = JSON.parse(forScript.stdout);
    expect(ok).toBe(false);
    expect(findings.filter(({ state }: { state: string }) => state === "wrong")).toHaveLength(2);
    for (const secret of Object.values(world.secrets)) expect(forScript.stdout).not.toContain(secret);
  });
});

describe("what only the deployed programs can show", () => {
  let world: World;
  let folder: string;

  beforeAll(async () => {
    world = await startWorld({ script: () => ({ text: "Nobody asks." }), identity: "app", linked: {} });
    folder = await mkdtemp(path.join(tmpdir(), "cody-doctor-"));
  }, 60_000);

  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  async function lines(change: Record<string, string> = {}): Promise<string> {
    const file = path.join(folder, "world.env");
    await writeEnvironment(file, { ...world.environment, ...change });
    return (await run(["--env", file])).stdout;
  }

  test("signing secrets that are another's here and there", async () => {
    expect(await lines()).toMatch(/^✔ Slack signing secret +the deployed Cody has the one that is set here/m);
    const other = await lines({ SLACK_SIGNING_SECRET: "another-one-altogether" });
    expect(other).toMatch(/^✘ Slack signing secret +the deployed Cody does not take what is signed/m);
    expect(other).not.toContain("another-one-altogether");
    const noCody = await lines({ PUBLIC_URL: world.github.url });
    expect(noCody).toMatch(/^– Slack signing secret +not looked at: Cody does not answer at/m);
    expect(noCody).toMatch(/^✘ Address +it is not Cody that answers at/m);
  });

  test("a webhook secret that GitHub has otherwise, until it has the same", async () => {
    const { slug } = githubApp;
    const webhook = { url: `${world.addresses.cody}/github/webhook`, app: slug };
    const happen = async (secret: string, isInstalled: boolean) => {
      world.github.sendWebhooksTo({ ...webhook, secret });
      world.github.install(slug, "other/not-ours", isInstalled);
      await world.github.settled();
    };
    expect(await lines()).toMatch(/^– Webhook secret +not known yet/m);
    await happen("another-one-altogether", false);
    expect(await lines()).toMatch(/^✘ Webhook secret +GitHub has another than the deployed Cody/m);
    await happen(world.secrets.webhookSecret, true);
    expect(await lines()).toMatch(/^✔ Webhook secret +GitHub and the deployed Cody have the same/m);
  });

  test("an image that nobody pushed, and a client secret that is none", async () => {
    const ecr = await startEcr({ repositories: { [runnerImage.repository]: [] } });
    onTestFinished(ecr.close);
    const wrong = await lines({ AWS_ENDPOINT_URL_ECR: ecr.endpoint, GITHUB_CLIENT_SECRET: "another-one" });
    expect(wrong).toMatch(/^✘ Image +\S+cody-runner:runner is not there, so no runner can start/m);
    expect(wrong).toMatch(/^✘ Linking client +GitHub does not take GITHUB_CLIENT_SECRET/m);
    expect(wrong).not.toContain("another-one");
  });

  test("secrets that cannot be fetched are a sentence with what to do", async () => {
    const file = path.join(folder, "deployed.env");
    const { AWS_ACCESS_KEY_ID: _key, ...rest } = world.environment;
    await writeEnvironment(file, { ...rest, SLACK_BOT_TOKEN: "ssm:/cody/trial/SLACK_BOT_TOKEN:1" });
    const told = await run(["--env", file]);
    expect(told).toMatchObject({ code: 2, stdout: "" });
    expect(told.stderr).toMatch(
      /^The secrets that the environment names could not be read: .*\nSign in to AWS, or set AWS_PROFILE/,
    );
  });
});

describe("without a world", () => {
  test("everything that is missing is named, and nothing else is waited for", async () => {
    const { code, stdout } = await run(["--undeployed"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /SLACK_BOT_TOKEN is missing .* programs slack, board, effects and watchdog cannot start/,
    );
    expect(stdout).not.toContain("CODY_TABLE is missing");
    expect(stdout).toMatch(/^– Table +not looked at: nothing is deployed yet$/m);
  });

  test("a file that is not there, or an option that is none, is a sentence and exit code 2", async () => {
    const none = await run(["--env", "/nowhere/at/all"]);
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toMatch(/^\/nowhere\/at\/all cannot be read: /);
    expect(await run(["--local"])).toMatchObject({ code: 2, stdout: "" });
  });
});
