// What is missing or wrong is said before anything is made, in the words of the programs' own configuration.
import { secretsIn } from "@cody/core/config.ts";
import { expect, inject, test } from "vitest";
import { imageTitle } from "../../infra/runner-images.ts";
import { readSettings } from "../../infra/settings.ts";
import { variablesFrom } from "../../infra/variables.ts";
import { evaluate } from "./evaluation.ts";

const { small, full } = inject("deployments");
const image = `ghcr.io/acme/java-8@sha256:${"1".repeat(64)}`;

test("everything that is missing is named at once, with what it is for and how it is set", async () => {
  const refused = await evaluate({ stage: "dev", env: {} }).catch((error: Error) => error.message);
  expect(refused).toContain("Cody cannot be deployed like this:");
  for (const name of ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "GITHUB_TOKEN", "ANTHROPIC_API_KEY"])
    expect(refused).toMatch(new RegExp(`- ${name} is missing \\(the .*\\)`));
  expect(refused).toContain("- SLACK_BOT_TOKEN as SlackBotToken");
  // What the deployment makes itself is nobody's to set.
  expect(refused).not.toMatch(/CODY_TABLE|BATCH_QUEUE|CODY_JOB|WORK_DIR/);
});

test.each([
  [{ ALLOWED_REPOS: "zqxj" }, "ALLOWED_REPOS must be patterns"],
  [{ LOG_LEVEL: "error" }, "LOG_LEVEL must not be error: alarms count warnings"],
  [{ MAX_RUNS: "zqxj" }, "MAX_RUNS must be a whole number"],
  [{ ALARM_SLACK_CHANNEL: "#zqxj" }, "ALARM_SLACK_CHANNEL must be a workspace's and a channel's id"],
  [{ ALARM_EMAILS: "zqxj" }, "ALARM_EMAILS must be mail addresses"],
  [{ MONTHLY_BUDGET_USD: "zqxj" }, "MONTHLY_BUDGET_USD must be a number of dollars"],
  [{ RUNNER_IMAGE: "zqxj:latest" }, "RUNNER_IMAGE must end in the image's digest"],
  [{ RUNNER_IMAGES: "acme/zqxj" }, "RUNNER_IMAGES must be pairs like acme/legacy-*="],
  [{ RUNNER_IMAGES: `zqxj=${image}` }, "RUNNER_IMAGES must be pairs like acme/legacy-*="],
  [
    { RUNNER_IMAGES: `acme/*=${image}, acme/shop=zqxj:8` },
    "RUNNER_IMAGES must name each image by its digest",
  ],
  [{ SST_SECRET_SlackBotToken: "zqxj" }, "SLACK_BOT_TOKEN must begin with xoxb-"],
  [{ SST_SECRET_GithubAppPrivateKey: "zqxj" }, "GITHUB_APP_PRIVATE_KEY must be an RSA key"],
  [{ GITHUB_CLIENT_ID: "zqxj" }, "GITHUB_CLIENT_SECRET is missing"],
])("a wrong setting is named, and its value is not: %j", (wrong, says) => {
  const refused = messageOf(() => readSettings({ ...small.env, ...wrong }));
  expect(refused).toContain(says);
  expect(refused).not.toContain("zqxj");
});

test("settings that a function cannot hold are refused before Lambda refuses them", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `acme/${index}`).join(",");
  expect(readSettings({ ...small.env, ALLOWED_REPOS: many(200) }).values.ALLOWED_REPOS).toBe(many(200));
  const refused = messageOf(() => readSettings({ ...small.env, ALLOWED_REPOS: many(400) }));
  expect(refused).toContain("The settings are too long for a function");
});

test("what is made of an image has the same name in whatever order images are named", () => {
  const other = `ghcr.io/acme/node_22:lts@sha256:${"2".repeat(64)}`;
  const read = (...pairs: string[]) =>
    readSettings({ ...small.env, RUNNER_IMAGES: pairs.join("\n") }).images.map(({ value }) =>
      imageTitle(value),
    );
  const names = read(`acme/a=${image}`, `acme/b=${other}`);
  expect(names).toEqual([
    expect.stringMatching(/^java-8-[0-9a-f]{8}$/),
    expect.stringMatching(/^node-22-[0-9a-f]{8}$/),
  ]);
  expect(read(`acme/b=${other}`, `acme/a=${image}`)).toEqual(names.toReversed());
});

test("an account and an App are not both", () => {
  expect(messageOf(() => readSettings({ ...full.env, SST_SECRET_GithubToken: "token" }))).toContain(
    "set together",
  );
});

test("what is handed over as a secret is what the programs hide in their logs", () => {
  const values = Object.fromEntries(variablesFrom("secret").map((name) => [name, `${name}0123456789`]));
  const hidden = secretsIn({ ...values, LINK_KEY: [values.LINK_KEY] });
  expect(hidden.sort()).toEqual(Object.values(values).sort());
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}
