// What would be made on AWS: the configuration evaluated with SST's real components, for a small and for a full stage.
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { tableDefinition } from "@cody/core/adapters/table/table.ts";
import { programs } from "@cody/core/config.ts";
import { describe, expect, inject, test } from "vitest";
import { imagesName } from "../../deploy/images.ts";
import { streamFilters } from "../../packages/bot/stream-filters.ts";
import { retryStrategy } from "../../packages/runner/batch-rules.ts";
import { allowed } from "./allowed.ts";
import { alarmFindings, lineFindings } from "./checks/alarms.ts";
import { askedBy } from "./checks/asked.ts";
import { stageFindings, tableFindings } from "./checks/data.ts";
import { environmentOf, nameFindings, secretFindings, startFindings } from "./checks/environment.ts";
import { callerFindings, functionFindings, handlerFindings } from "./checks/functions.ts";
import { imageFindings } from "./checks/images.ts";
import { networkFindings } from "./checks/network.ts";
import { allowedBy, broadFindings, permissionFindings } from "./checks/permissions.ts";
import { containerFindings, queueFindings, retryFindings, sizeFindings } from "./checks/runner.ts";
import { readinessFindings, streamFindings, watchdogFindings } from "./checks/wake-ups.ts";
import { repository } from "./platform.ts";
import { containerOf, every, one } from "./resources.ts";

const { small, full } = inject("deployments");

describe.each([small, full])("on stage $stage", ({ stage, deployment, secrets, env }) => {
  test("each program starts with what it is given", () => {
    expect(startFindings(deployment)).toEqual([]);
  });

  test("no secret can be seen but in the parameter that holds it", () => {
    expect(secrets.length).toBeGreaterThan(3);
    expect(secretFindings(deployment, secrets)).toEqual([]);
  });

  test("no role gives more than it looks like", () => {
    expect(broadFindings(deployment)).toEqual([]);
  });

  test("nothing gets in, and nothing costs money for waiting", () => {
    expect(networkFindings(deployment)).toEqual([]);
  });

  test("the table is the one that the programs know", () => {
    expect(tableFindings(deployment, tableDefinition)).toEqual([]);
  });

  test("it is kept, or removed without a trace", () => {
    expect(stageFindings(deployment, stage)).toEqual([]);
  });

  test("the container has a size that Fargate has, and what keeps its tools from its keys", () => {
    expect(sizeFindings(deployment)).toEqual([]);
    expect(containerFindings(deployment)).toEqual([]);
  });

  test("a run can be started by every job definition, and on every image", () => {
    expect(imageFindings(deployment)).toEqual([]);
  });

  test("Batch starts a runner again by the runner's own rules, and has room for all", () => {
    expect(retryFindings(deployment, retryStrategy)).toEqual([]);
    expect(queueFindings(deployment, Number(env.MAX_RUNS ?? 10))).toEqual([]);
  });

  test("every function has its code, and a handler that Lambda takes", async () => {
    expect(deployment.bundles.map(({ name }) => name).sort()).toEqual([
      "Board",
      "Effects",
      "Slack",
      "Watchdog",
    ]);
    expect(await handlerFindings(deployment)).toEqual([]);
    expect(functionFindings(deployment)).toEqual([]);
    expect(callerFindings(deployment)).toEqual([]);
  });

  test("the stream and the ends of jobs wake the functions that wait for them", () => {
    expect(streamFindings(deployment, streamFilters)).toEqual([]);
    expect(watchdogFindings(deployment)).toEqual([]);
    expect(readinessFindings(deployment)).toEqual([]);
  });

  test("somebody hears of what goes wrong", async () => {
    expect(alarmFindings(deployment)).toEqual([]);
    expect(lineFindings(deployment, await sources())).toEqual([]);
  });

  test("whoever deployed gets the address and a manifest that has it", () => {
    const { requestUrl, manifest, next } = deployment.outputs as Record<string, string>;
    expect(requestUrl).toMatch(/^https:\/\/[\w.-]+\/slack\/events$/);
    expect(manifest).not.toContain("REQUEST-URL");
    const { settings, features } = JSON.parse(manifest ?? "");
    expect(settings.event_subscriptions.request_url).toBe(requestUrl);
    expect(settings.interactivity.request_url).toBe(requestUrl);
    expect(features.slash_commands[0].url).toBe(requestUrl);
    expect(next).toContain("Type /cody");
  });
});

describe("on a stage where everything is set", () => {
  test("programs outside are told where to find it, and where its secrets are", () => {
    const { environment } = full.deployment.outputs as { environment: Record<string, string> };
    expect(environment).toMatchObject({
      CODY_TABLE: environmentOf(full.deployment, "slack").CODY_TABLE,
      BATCH_JOB_DEFINITION: "cody-production-runner",
      ANTHROPIC_API_KEY: "ssm:/cody/production/ANTHROPIC_API_KEY:3",
      TOOL_ISOLATION: "user",
    });
    const read = new Set(Object.values(programs).flat());
    const job = ["AWS_BATCH_JOB_ATTEMPT", "AWS_BATCH_JOB_ID", "CODY_JOB", "CODY_RUN", "GITHUB_TOKEN"];
    expect([...Object.keys(environment), ...job].sort()).toEqual([...read].sort());
  });

  test("each role may do what its program does, and no more", () => {
    expect(permissionFindings(full.deployment, allowed)).toEqual([]);
  });

  test("each program gets every variable that it reads, and no other", () => {
    expect(nameFindings(full.deployment, ["GITHUB_TOKEN"])).toEqual([]);
  });

  test("settings reach the programs as they are", () => {
    expect(environmentOf(full.deployment, "effects")).toMatchObject({
      MAX_RUNS: "25",
      ACCESS: "linked",
      GITHUB_URL: "https://github.example",
      PUBLIC_URL: expect.stringMatching(/^https:\/\/slackurl\./),
    });
  });

  test("nobody can set the tools' isolation lower", () => {
    expect(environmentOf(full.deployment, "runner")).toMatchObject({
      TOOL_ISOLATION: "user",
      TOOL_COMMANDS: "isolated",
      TOOL_NETWORK: "open",
    });
  });

  test("the image that was given runs, and in some repositories another", () => {
    expect(containerOf(full.deployment).image).toBe(full.env.RUNNER_IMAGE);
    expect(containerOf(small.deployment).image).toMatch(/\/cody-dev-runner:deployed$/);
    const pairs = (environmentOf(full.deployment, "watchdog").BATCH_JOB_DEFINITIONS ?? "").split(",");
    const [shop, legacy, site, old] = pairs.map((pair) => pair.split("="));
    expect(shop).toEqual(["acme/legacy-shop", "cody-production-runner"]);
    expect(legacy).toEqual(["acme/legacy-*", expect.stringMatching(/^cody-production-runner-java-8-\w{8}$/)]);
    expect(site).toEqual(["acme/site", expect.stringMatching(/^cody-production-runner-site-\w{8}$/)]);
    expect(old).toEqual(["acme/old", legacy?.[1]]);
    expect(every(full.deployment, "aws:batch/jobDefinition:JobDefinition")).toHaveLength(3);
    expect(environmentOf(small.deployment, "effects")).not.toHaveProperty("BATCH_JOB_DEFINITIONS");
  });

  test("an image that is deployed has a tag, and only images without one are deleted", () => {
    const { policy } = one<{ policy: string }>(
      full.deployment,
      "aws:ecr/lifecyclePolicy:LifecyclePolicy",
      "RunnerImagesLifecycle",
    );
    expect(JSON.parse(policy).rules).toMatchObject([{ selection: { tagStatus: "untagged" } }]);
  });

  test("images are kept where the deployment looks for them", () => {
    for (const { deployment, stage } of [small, full])
      expect(one(deployment, "aws:ecr/repository:Repository", "RunnerImages").name).toBe(imagesName(stage));
  });

  test("alarms go to everybody who was named", () => {
    const subscriptions = every<{ endpoint: string }>(
      full.deployment,
      "aws:sns/topicSubscription:TopicSubscription",
    );
    expect(subscriptions.map(({ inputs }) => inputs.endpoint)).toEqual([
      "cody@example.com",
      "ops@example.com",
    ]);
    const [channel, ...more] = every<Record<string, unknown>>(
      full.deployment,
      "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    );
    expect(more).toEqual([]);
    expect(channel?.inputs).toMatchObject({
      slackTeamId: "T0123456789",
      slackChannelId: "C0123456789",
      // Without it, whoever is in the channel could type what an administrator may.
      guardrailPolicyArns: [expect.stringMatching(/ReadOnlyAccess$/)],
    });
  });
});

describe("what a program asks of AWS", () => {
  const entries = {
    SlackRole: "packages/bot/src/slack.ts",
    EffectsRole: "packages/bot/src/effects.ts",
    BoardRole: "packages/bot/src/board.ts",
    WatchdogRole: "packages/bot/src/watchdog.ts",
    RunnerRole: "packages/runner/src/main.ts",
  };

  /** In the sources of a program, and never called by it: how jobs stand is the watchdog's question alone. */
  const never: Record<string, string[]> = { EffectsRole: ["batch:DescribeJobs"] };

  test.each(Object.entries(entries))("is what %s allows", async (role, entry) => {
    const asked = (await askedBy(entry)).filter((action) => !never[role]?.includes(action));
    const granted = allowedBy(full.deployment, role)
      .filter((one) => !one.endsWith(" stream"))
      .map((one) => one.split(" ")[0] ?? "");
    const isOf = (service: string) => (action: string) => action.startsWith(`${service}:`);
    for (const service of ["batch", "ssm"])
      expect([...new Set(granted.filter(isOf(service)))].sort()).toEqual(asked.filter(isOf(service)));
    // The table's one adapter can do more than each of them needs.
    expect(asked).toEqual(expect.arrayContaining(granted.filter(isOf("dynamodb"))));
  });
});

async function sources(): Promise<string[]> {
  const texts: string[] = [];
  for await (const file of glob("packages/*/src/**/*.ts", { cwd: repository }))
    texts.push(await readFile(path.join(repository, file), "utf8"));
  return texts;
}
