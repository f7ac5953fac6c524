// `npm run deploy` and `npm run remove` on an outside of fakes: the order, what is shown and asked, and every way to stop.
import { describe, expect, test } from "vitest";
import { deploySteps } from "../../deploy/deploy-steps.ts";
import { removeSteps } from "../../deploy/remove-steps.ts";
import { runSteps } from "../../deploy/run-steps.ts";
import { manifestAt } from "../../deploy/slack-app.ts";
import { readSecrets, secretNames } from "../../deploy/stage.ts";
import { address, type Fake, fakeOutside, images, kept, pushedDigest } from "./fake-outside.ts";

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
  "aws ecr describe-repositories",
  "docker buildx imagetools",
  "npm config get",
  "docker build --load",
  "aws ecr get-login-password",
  "docker login --username",
  `docker push ${images}:runner`,
  "aws ecr describe-images",
  "aws ecr batch-get-image",
  "sst deploy --stage",
  "aws ecr put-image",
];

const noRepository = {
  line: "aws ecr describe-repositories",
  said: "An error occurred (RepositoryNotFoundException) when calling the DescribeRepositories operation",
};
/** What each `sst deploy` was given as the image. */
const deployedImages = ({ done }: Fake) =>
  done.filter(({ line }) => line.startsWith("sst deploy")).map(({ env }) => env?.RUNNER_IMAGE);
const marks = ({ done }: Fake) =>
  done.flatMap(
    ({ line }) => /^aws ecr put-image .*--image-tag (\S+) --image-digest (\S+)/.exec(line)?.slice(1) ?? [],
  );

describe("a deployment", () => {
  test("goes in order: account, checks, image, AWS, Slack, health, mark", async () => {
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
    const build = outside.done.find(({ line }) => line.startsWith("docker build "))?.line;
    expect(build).toBe(
      `docker build --load --file packages/runner/Dockerfile --platform linux/amd64 --build-arg BASE_IMAGE=debian:trixie-slim@sha256:${"a".repeat(64)} --build-arg NPM_REGISTRY=https://npm.example.com --build-arg SYSTEM=slim --tag ${images}:runner .`,
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
    expect(login?.env).toEqual({ AWS_ECR_IGNORE_CREDS_STORAGE: "true" });
  });

  test("a secret that is in the environment and not in the stage does not count", async () => {
    const outside = fakeOutside({ env: { GITHUB_WEBHOOK_SECRET: "from-a-file", LINK_KEY: "from-a-file" } });
    await deploy(outside);
    const check = outside.done.find(({ line }) => line.includes("doctor.ts"));
    expect(check?.env).toMatchObject({ GITHUB_WEBHOOK_SECRET: "", SLACK_BOT_TOKEN: kept.SlackBotToken });
    expect(Object.values(check?.env ?? {})).not.toContain("from-a-file");
  });

  test("names what it pushed by its digest, so that a push alone changes nothing", async () => {
    const outside = fakeOutside();
    await deploy(outside);
    expect(deployedImages(outside)).toEqual([`${images}@${pushedDigest}`]);
    expect(marks(outside)).toEqual(["deployed", pushedDigest]);
    const said = outside.said.join("\n");
    expect(said).toContain(`Runs start from ${images}@${pushedDigest}, whatever is pushed later.`);
    expect(said).toContain(`RUNNER_IMAGE=${images}@${pushedDigest} npm run deploy -- --stage production`);
  });

  test("the first time makes the repository, pushes, and deploys with the digest", async () => {
    const outside = fakeOutside({ failing: noRepository });
    expect(await deploy(outside)).toBe(true);
    const afterLook = whole.indexOf("aws ecr describe-repositories") + 1;
    expect(commandsOf(outside)).toEqual(whole.toSpliced(afterLook, 0, "sst deploy --stage"));
    expect(deployedImages(outside)).toEqual([undefined, `${images}@${pushedDigest}`]);
  });

  test("uses an image that was built elsewhere, without Docker", async () => {
    const outside = fakeOutside({ env: { RUNNER_IMAGE: `ghcr.io/acme/cody@sha256:${"b".repeat(64)}` } });
    expect(await deploy(outside)).toBe(true);
    expect(commandsOf(outside).filter((line) => line.startsWith("docker"))).toEqual([]);
    expect(marks(outside)).toEqual([]);
    const first = fakeOutside({
      env: { RUNNER_IMAGE: `ghcr.io/acme/cody@sha256:${"b".repeat(64)}` },
      failing: noRepository,
    });
    expect(await deploy(first)).toBe(true);
    expect(deployedImages(first)).toHaveLength(1);
  });

  test("goes back to an earlier image, and marks every image of its own repository that it names", async () => {
    const [earlier, legacy, elsewhere] = ["b", "c", "e"].map((digit) => `sha256:${digit.repeat(64)}`);
    const env = {
      RUNNER_IMAGE: `${images}@${earlier}`,
      RUNNER_IMAGES: [
        `acme/legacy-*=${images}:java-8@${legacy}`,
        `acme/site=ghcr.io/acme/site@${elsewhere}`,
        `acme/shop=${images}@${earlier}`,
      ].join(","),
    };
    const outside = fakeOutside({ env });
    expect(await deploy(outside)).toBe(true);
    expect(deployedImages(outside)).toEqual([env.RUNNER_IMAGE]);
    expect(marks(outside)).toEqual(["deployed", earlier, "deployed-2", legacy]);
    // The mark of the usual one is never on another: a deployment without a given image takes that.
    const outsiders = fakeOutside({ env: { ...env, RUNNER_IMAGE: `ghcr.io/acme/cody@${elsewhere}` } });
    await deploy(outsiders);
    expect(marks(outsiders)).toEqual(["deployed-2", legacy, "deployed-3", earlier]);
    const gone = fakeOutside({ env, missing: [legacy ?? ""] });
    expect(await deploy(gone)).toBe(false);
    expect(gone.said.join("\n")).toContain(`The image ${legacy} is not in ${images}`);
    expect(deployedImages(gone)).toEqual([]);
  });

  test("leaves a mark alone that is there already", async () => {
    const said = "An error occurred (ImageAlreadyExistsException) when calling the PutImage operation";
    const outside = fakeOutside({ failing: { line: "aws ecr put-image", said } });
    expect(await deploy(outside)).toBe(true);
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
  test("settings that only the deployment reads are looked at", async () => {
    const env = { RUNNER_IMAGES: "acme/zqxj-*", MONTHLY_BUDGET_USD: "zqxj" };
    const outside = fakeOutside({ env });
    expect(await deploy(outside)).toBe(false);
    expect(commandsOf(outside)).toEqual(whole.slice(0, 2));
    const said = outside.said.join("\n");
    expect(said).toContain("RUNNER_IMAGES must be pairs like");
    expect(said).toContain("MONTHLY_BUDGET_USD must be a number of dollars");
    expect(said).not.toContain("zqxj");
  });

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
    [
      "describe-repositories",
      "aws ecr describe-repositories ended with exit code 1",
      "To go on",
      whole.slice(0, 4),
    ],
    ["docker push", "docker push", "To go on", whole.slice(0, 10)],
    ["sst deploy", "sst deploy --stage ended with exit code 1", "To go on", whole.slice(0, 13)],
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
    expect(said).toContain("At https://api.slack.com/apps/ANEW/install-on-team install it in the workspace");
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
  const removals = Object.keys(kept).map((name) => `sst secret remove ${name} --stage trial`);
  const linesOf = ({ done }: Fake, start: string) =>
    done.map(({ line }) => line).filter((line) => line.startsWith(start));

  test("goes by the name of the stage, takes its secrets along, and says what stays", async () => {
    const outside = fakeOutside({ answers: ["trial"], shared: { SharedByAll: "value-of-all" } });
    expect(await remove(outside, "trial")).toBe(true);
    expect(commandsOf(outside).slice(0, 3)).toEqual([
      "aws sts get-caller-identity",
      "sst remove --stage",
      "sst secret list",
    ]);
    expect(linesOf(outside, "sst secret remove")).toEqual(removals);
    const said = outside.said.join("\n");
    expect(said).toContain("What SST keeps for all stages is left as it is: SharedByAll");
    expect(said).toMatch(/What stays, on purpose\n- every branch.*\n- SST's state bucket/);
    for (const secret of Object.values(kept)) expect(said).not.toContain(secret);
  });

  test("does nothing for another answer, nor for what is protected", async () => {
    const other = fakeOutside({ answers: ["yes"] });
    expect(await remove(other, "trial")).toBe(false);
    expect(commandsOf(other)).toEqual(["aws sts get-caller-identity"]);
    const production = fakeOutside({ answers: ["production"] });
    expect(await remove(production, "production", true)).toBe(false);
    expect(production.done).toEqual([]);
    expect(production.said.join("\n")).toContain("production is protected");
    // The same command can never get further.
    expect(production.said.join("\n")).not.toContain("To go on");
    expect(production.said.join("\n")).toContain("npm run sst -- remove --stage production");
  });

  test("a stage that never was, or that was removed before, ends with a sentence", async () => {
    const failing = [{ line: "sst remove" }, { line: "sst state export", said: "✕  Could not pull state" }];
    const outside = fakeOutside({ failing, secrets: {} });
    expect(await remove(outside, "trial", true)).toBe(true);
    const said = outside.said.join("\n");
    expect(said).toContain("There is nothing of trial on AWS.");
    expect(said).toContain("So there is no stage trial.");
    const onlySecrets = fakeOutside({ failing });
    expect(await remove(onlySecrets, "trial", true)).toBe(true);
    expect(linesOf(onlySecrets, "sst secret remove")).toEqual(removals);
    expect(onlySecrets.said.join("\n")).not.toContain("there is no stage");
  });

  test("a removal that stopped half-way keeps the secrets, and is gone on with", async () => {
    const outside = fakeOutside({ failing: { line: "sst remove" } });
    expect(await remove(outside, "trial", true)).toBe(false);
    const said = outside.said.join("\n");
    expect(said).toContain("Stopped here: SST did not remove all of trial");
    expect(said).toContain("To go on: npm run remove -- --stage trial");
    expect(said).not.toContain("on purpose");
    expect(linesOf(outside, "sst secret")).toEqual([]);
    const stuck = fakeOutside({ failing: { line: "sst secret remove GithubToken" } });
    expect(await remove(stuck, "trial", true)).toBe(false);
    expect(stuck.said.join("\n")).toContain("To go on: npm run remove -- --stage trial");
  });

  test("without an SST says how to get it", async () => {
    const outside = fakeOutside({ failing: { line: "sst version" } });
    expect(await remove(outside, "trial", true)).toBe(false);
    expect(outside.said.join("\n")).toContain("npm ci --prefix infra/sst");
  });
});

test("a key whose last line looks like a secret of its own is read whole; what all stages share counts last", async () => {
  const key = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\nQkJ2Zw==\n-----END RSA PRIVATE KEY-----";
  const secrets = { GithubAppPrivateKey: key, SlackBotToken: "xoxb-own" };
  const shared = { SlackBotToken: "xoxb-shared", AnthropicApiKey: "sk-ant-shared" };
  const outside = fakeOutside({ secrets, shared });
  expect(await readSecrets(outside, "production")).toEqual({
    GITHUB_APP_PRIVATE_KEY: key,
    SLACK_BOT_TOKEN: "xoxb-own",
    ANTHROPIC_API_KEY: "sk-ant-shared",
  });
  expect(await secretNames(outside, "production")).toEqual({
    own: ["GithubAppPrivateKey", "SlackBotToken"],
    shared: ["SlackBotToken", "AnthropicApiKey"],
  });
});
