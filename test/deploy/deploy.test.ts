// `npm run deploy` and `npm run remove` on an outside of fakes: the order, what is shown and asked, and every way to stop.
import { describe, expect, test } from "vitest";
import { deploySteps } from "../../deploy/deploy-steps.ts";
import { removeSteps } from "../../deploy/remove-steps.ts";
import { runSteps } from "../../deploy/run-steps.ts";
import { manifestAt } from "../../deploy/slack-app.ts";
import { address, type Fake, fakeOutside, images, kept } from "./fake-outside.ts";

const again = "npm run deploy -- --stage production";

const deploy = (outside: Fake, isSure = true) =>
  runSteps(deploySteps(outside, { stage: "production", isSure }), outside, again);

/** Commands by their first words, without what only says which version there is. */
const commandsOf = ({ done }: Fake) =>
  done
    .map(({ line }) => line.replace(/\S*\/doctor\.ts/, "doctor.ts"))
    .filter((line) => !/version/.test(line))
    .map((line) => line.split(" ").slice(0, 3).join(" "));

const whole = [
  "aws sts get-caller-identity",
  "sst secret list",
  "node doctor.ts --undeployed",
  "sst deploy --stage",
  "docker buildx imagetools",
  "npm config get",
  "docker build --file",
  "aws ecr get-login-password",
  "docker login --username",
  `docker push ${images}:runner`,
];

describe("a deployment", () => {
  test("goes in order: account, checks, AWS, image, Slack, health", async () => {
    const outside = fakeOutside();
    expect(await deploy(outside)).toBe(true);
    expect(commandsOf(outside)).toEqual(whole);
    const said = outside.said.join("\n");
    expect(said).toContain("AWS account 123456789012, as arn:aws:iam::1:user/ann");
    expect(said).toContain("AWS_PROFILE acme; region eu-west-1");
    expect(said).toContain("table: ok, queue: ok");
    expect(outside.apps.get("A1")).toEqual(manifestAt(address));
    const file = outside.files.get(".sst/production.env");
    expect(file).toContain("CODY_TABLE='cody-production-table'");
    expect(file).toContain("AWS_REGION='eu-west-1'");
  });

  test("builds the image on a Debian of a digest, for the machines that Fargate has", async () => {
    const outside = fakeOutside({ env: { IMAGE_SYSTEM: "slim" } });
    await deploy(outside);
    const build = outside.done.find(({ line }) => line.startsWith("docker build --file"))?.line;
    expect(build).toBe(
      `docker build --file packages/runner/Dockerfile --platform linux/amd64 --build-arg BASE_IMAGE=debian:trixie-slim@sha256:${"a".repeat(64)} --build-arg NPM_REGISTRY=https://npm.example.com --build-arg SYSTEM=slim --tag ${images}:runner .`,
    );
  });

  test("can be repeated, and leaves alone what is as it should be", async () => {
    const outside = fakeOutside();
    await deploy(outside);
    outside.done.length = 0;
    outside.said.length = 0;
    expect(await deploy(outside)).toBe(true);
    expect(commandsOf(outside)).toEqual(whole);
    expect(outside.said).toContain("The app A1 is as it should be.");
  });

  test("puts no secret into an argument, a line, or a file", async () => {
    const outside = fakeOutside();
    await deploy(outside);
    const shown = [...outside.done.map(({ line }) => line), ...outside.said, ...outside.files.values()].join(
      "\n",
    );
    const secrets = [
      ...Object.values(kept).flatMap((value) => value.split("\n")),
      "the-password-of-the-registry",
    ];
    for (const secret of secrets) expect(shown).not.toContain(secret);
    const check = outside.done.find(({ line }) => line.includes("doctor.ts"));
    expect(check?.env).toMatchObject({
      SLACK_BOT_TOKEN: kept.SlackBotToken,
      GITHUB_APP_PRIVATE_KEY: kept.GithubAppPrivateKey,
    });
    const login = outside.done.find(({ line }) => line.startsWith("docker login"));
    expect(login?.input).toBe("the-password-of-the-registry");
  });

  test("uses an image that was built elsewhere, without Docker", async () => {
    const outside = fakeOutside({ env: { RUNNER_IMAGE: `ghcr.io/acme/cody@sha256:${"b".repeat(64)}` } });
    expect(await deploy(outside)).toBe(true);
    expect(commandsOf(outside).filter((line) => line.startsWith("docker"))).toEqual([]);
  });

  test("without a configuration token shows the manifest to put in by hand", async () => {
    const outside = fakeOutside({ hasConfigurationToken: false });
    expect(await deploy(outside)).toBe(true);
    expect(outside.said.join("\n")).toContain(`"url": "${address}/slack/events"`);
  });

  test("waits for a health that comes late", async () => {
    const answers = [undefined, 503, 503, 200];
    const health = async () => {
      const status = answers.shift();
      if (status === undefined) throw new Error("fetch failed");
      return { status, parts: { table: "ok", queue: status === 200 ? "ok" : "failing" } };
    };
    const outside = fakeOutside({ health });
    expect(await deploy(outside)).toBe(true);
    expect(answers).toEqual([]);
  });
});

describe("before anything is made", () => {
  test("a person sees the account and says yes", async () => {
    const outside = fakeOutside({ answers: ["yes"] });
    expect(await deploy(outside, false)).toBe(true);
  });

  test.each([[["no"]], [["y"]], [[]]])("the answer %j stops it", async (answers) => {
    const outside = fakeOutside({ answers });
    expect(await deploy(outside, false)).toBe(false);
    expect(commandsOf(outside)).toEqual(["aws sts get-caller-identity"]);
  });

  test("a region is known", async () => {
    const outside = fakeOutside({ env: { AWS_REGION: "" }, failing: { line: "aws configure get region" } });
    expect(await deploy(outside)).toBe(false);
    expect(outside.said.join("\n")).toContain("Set AWS_REGION to the region that Cody should live in.");
  });
});

describe("a step that fails stops the rest, and says how to go on", () => {
  test.each([
    ["sst version", "There is no sst that works.", "npm ci --prefix infra/sst", []],
    ["docker buildx version", "There is no docker that works.", "set RUNNER_IMAGE", []],
    [
      "aws sts",
      "aws sts get-caller-identity ended with exit code 1:\nit went wrong",
      "To go on",
      whole.slice(0, 1),
    ],
    [
      "doctor.ts",
      "Cody cannot work like this; nothing was made.",
      "secret set GithubToken",
      whole.slice(0, 3),
    ],
    ["sst deploy", "sst deploy --stage ended with exit code 1", "To go on", whole.slice(0, 4)],
    ["docker push", "docker push", "To go on", whole],
  ])("%s", async (line, sentence, remedy, before) => {
    const outside = fakeOutside({ failing: { line } });
    expect(await deploy(outside)).toBe(false);
    const said = outside.said.join("\n");
    expect(said).toContain(`Stopped here: ${sentence}`);
    expect(said).toContain(remedy);
    expect(said).toContain(`To go on: ${again}`);
    expect(commandsOf(outside)).toEqual(before);
  });

  test("a health that never comes", async () => {
    const outside = fakeOutside({ health: async () => ({ status: 503, parts: { table: "failing" } }) });
    expect(await deploy(outside)).toBe(false);
    expect(outside.said.join("\n")).toContain("does not say that it is well (table: failing)");
  });

  test("an SST that says nothing of what it made", async () => {
    const outside = fakeOutside();
    outside.files.set(".sst/outputs.json", "{}");
    expect(await deploy(outside)).toBe(false);
    expect(outside.said.join("\n")).toContain("SST did not say what it made");
  });

  test("secrets that cannot be listed, and nothing of what was printed meanwhile", async () => {
    const said = `SlackBotToken=${kept.SlackBotToken}`;
    const outside = fakeOutside({ failing: { line: "sst secret list", said } });
    expect(await deploy(outside)).toBe(false);
    expect(outside.said.join("\n")).not.toContain(kept.SlackBotToken);
  });
});

describe("the first time, when there is no Slack app", () => {
  const { SlackBotToken: _token, SlackSigningSecret: _secret, ...others } = kept;

  test("it is made, its signing secret is kept, and a person is told to install it", async () => {
    const outside = fakeOutside({ secrets: others });
    expect(await deploy(outside)).toBe(false);
    const set = outside.done.find(({ line }) => line.startsWith("sst secret set"));
    expect(set).toMatchObject({
      line: "sst secret set SlackSigningSecret --stage production",
      input: "signing-secret-of-a-new-app",
    });
    const said = outside.said.join("\n");
    expect(said).toContain("At https://slack.example.com/install install it in the workspace");
    expect(said).toContain("npm run sst -- secret set SlackBotToken --stage production");
    expect(said).not.toContain("signing-secret-of-a-new-app");
    expect(commandsOf(outside)).not.toContain("sst deploy --stage");
  });

  test("it is not made twice while nobody has installed it", async () => {
    const outside = fakeOutside({ secrets: { ...others, SlackSigningSecret: "signing-secret" } });
    expect(await deploy(outside)).toBe(false);
    expect([...outside.apps.keys()]).toEqual(["A1"]);
    expect(outside.said.join("\n")).toContain("The Slack app is not installed yet.");
  });

  test("without a configuration token a link opens Slack's page with everything filled in", async () => {
    const outside = fakeOutside({ secrets: {}, hasConfigurationToken: false });
    expect(await deploy(outside)).toBe(false);
    const [, link = ""] = /Make it here: (\S+)/.exec(outside.said.join("\n")) ?? [];
    const filled = JSON.parse(new URL(link).searchParams.get("manifest_json") ?? "");
    expect(filled).toEqual(manifestAt("https://not-deployed-yet.invalid"));
  });
});

describe("removing", () => {
  const remove = (outside: Fake, stage: string, isSure = false) =>
    runSteps(removeSteps(outside, { stage, isSure }), outside, `npm run remove -- --stage ${stage}`);

  test("goes by the name of the stage, and says what stays", async () => {
    const outside = fakeOutside({ answers: ["trial"] });
    expect(await remove(outside, "trial")).toBe(true);
    expect(commandsOf(outside)).toEqual(["aws sts get-caller-identity", "sst remove --stage"]);
    expect(outside.said.join("\n")).toMatch(/What stays, on purpose\n- SST's state bucket/);
  });

  test("does nothing for another answer, nor for what is protected", async () => {
    const other = fakeOutside({ answers: ["yes"] });
    expect(await remove(other, "trial")).toBe(false);
    expect(commandsOf(other)).toEqual(["aws sts get-caller-identity"]);
    const production = fakeOutside({ answers: ["production"] });
    expect(await remove(production, "production", true)).toBe(false);
    expect(production.done).toEqual([]);
    expect(production.said.join("\n")).toContain("production is protected");
  });
});
