// Faults are planted into the configuration's sources, and into what came of it. Each has to be found by the check for it.
import path from "node:path";
import { tableDefinition } from "@cody/core/adapters/table/table.ts";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { streamFilters } from "../../packages/bot/stream-filters.ts";
import { retryStrategy } from "../../packages/runner/batch-rules.ts";
import { allowed } from "./allowed.ts";
import { alarmFindings, lineFindings } from "./checks/alarms.ts";
import { stageFindings, tableFindings } from "./checks/data.ts";
import { nameFindings, secretFindings, startFindings } from "./checks/environment.ts";
import { callerFindings, functionFindings, handlerFindings } from "./checks/functions.ts";
import { imageFindings } from "./checks/images.ts";
import { networkFindings } from "./checks/network.ts";
import { broadFindings, permissionFindings } from "./checks/permissions.ts";
import { containerFindings, queueFindings, retryFindings, sizeFindings } from "./checks/runner.ts";
import { readinessFindings, streamFindings, watchdogFindings } from "./checks/wake-ups.ts";
import { type Edit, type Evaluation, evaluate } from "./evaluation.ts";

const { full } = inject("deployments");
const { deployment, env, stage, secrets } = full;

/** Evaluates the full stage with these changes to the sources; the bundles are those that are there. */
function planted(...edits: Edit[]): Promise<Evaluation> {
  const bundles = path.dirname(deployment.bundles[0]!.folder);
  const file = "infra/bundles.ts";
  const takeOver = [
    { file, from: 'path.join($cli.paths.work, "bundles", name)', to: `path.join("${bundles}", name)` },
    { file, from: "await bundle(name, folder);", to: "" },
  ];
  return evaluate({ stage, env, edits: [...takeOver, ...edits] });
}

describe("in the sources", () => {
  /** Faults that do not touch each other. An evaluation takes seconds, so they share one. */
  let faulty: Evaluation;

  beforeAll(async () => {
    faulty = await planted(
      {
        file: "infra/programs.ts",
        from: '{ actions: ["GetItem", "PutItem", "UpdateItem", "Query"], indexes: ["open"] }',
        to: '{ actions: ["GetItem", "PutItem", "Query"], indexes: ["open"] }',
      },
      { file: "infra/programs.ts", from: "    BATCH_QUEUE: queue.name,\n    BATCH_JOB", to: "    BATCH_JOB" },
      { file: "infra/network.ts", from: "excludeZoneIds: zonesWithoutFargate,", to: "" },
      { file: "infra/runner.ts", from: "vcpu: 2,", to: "vcpu: 3," },
      {
        file: "infra/runner.ts",
        from: "startAccess({ repository, images,",
        to: "startAccess({ repository, images: [],",
      },
      {
        file: "infra/permissions.ts",
        from: "...definitions.flatMap(",
        to: "...definitions.slice(0, 1).flatMap(",
      },
      { file: "infra/function.ts", from: "handler: `${name}.handler`", to: "handler: `${name}.handle`" },
      {
        file: "infra/function.ts",
        from: "variables: variablesOf(environment)",
        to: "variables: { ...variablesOf(environment), PLAIN: environment.secrets.SLACK_BOT_TOKEN!.value }",
      },
    );
  });

  test("a missing permission", () => {
    const findings = permissionFindings(faulty, allowed);
    expect(findings.filter((finding) => finding.includes("dynamodb:"))).toEqual([
      "EffectsRole may not dynamodb:UpdateItem table",
      "WatchdogRole may not dynamodb:UpdateItem table",
    ]);
  });

  test("a job definition that nobody may submit by, and an image that nobody may pull", () => {
    expect(imageFindings(faulty)).toEqual([
      ...["effects", "watchdog"].flatMap((program) =>
        ["site", "java-8"].map((image) =>
          expect.stringMatching(`^${program} may not submit by cody-production-runner-${image}-`),
        ),
      ),
      expect.stringMatching(/^nobody may pull 210987654321\..*\/team\/java-8@sha256:1/),
    ]);
    const findings = permissionFindings(faulty, allowed);
    for (const missing of [
      "EffectsRole may not batch:SubmitJob definition for java-8",
      "WatchdogRole may not batch:SubmitJob definition for site",
      "RunnerStartRole may not ecr:BatchGetImage arn:aws:ecr:eu-central-1:210987654321:repository/team/java-8",
    ])
      expect(findings).toContain(missing);
  });

  test("a forgotten variable", () => {
    const says = "BATCH_QUEUE is missing (the Batch job queue for runs).";
    expect(startFindings(faulty)).toEqual(
      ["effects", "watchdog"].map((program) => `Cody's ${program} cannot start: ${says}`),
    );
    expect(nameFindings(faulty, ["GITHUB_TOKEN"]).filter((finding) => !finding.includes("PLAIN"))).toEqual([
      "effects does not get BATCH_QUEUE",
      "watchdog does not get BATCH_QUEUE",
    ]);
  });

  test("a variable that nobody reads", () => {
    expect(nameFindings(faulty, ["GITHUB_TOKEN"])).toContain("board gets PLAIN, which it does not read");
  });

  test("a secret in the environment", () => {
    expect(secretFindings(faulty, secrets).sort()).toEqual(
      ["Board", "Effects", "Slack", "Watchdog"].map(
        (name) => `aws:lambda/function:Function ${name}Function shows a secret`,
      ),
    );
  });

  test("a zone that Fargate is not in", () => {
    expect(networkFindings(faulty)).toEqual(["NetworkSubnet2 is in eu-west-1-bare, where Fargate is not"]);
  });

  test("a size that Fargate does not have", () => {
    expect(sizeFindings(faulty)).toEqual(["Fargate has no 3 processors"]);
  });

  test("a wrong name of a handler", async () => {
    expect(await handlerFindings(faulty)).toContain("Slack exports no handle");
  });

  test("a wrong path of a handler", async () => {
    const edit = { from: "handler: `${name}.handler`", to: "handler: `${name}s.handler`" };
    await expect(planted({ file: "infra/function.ts", ...edit })).rejects.toThrow(
      /^Handler not found: \w+s\.handler$/,
    );
  });

  test("SST's own role, which the whole account may take on", async () => {
    const findings = broadFindings(
      await planted({ file: "infra/function.ts", from: "role: roleFor(", to: "route: roleFor(" }),
    );
    expect(findings).toContain("SlackRole can be taken on by AWS and not only by a service");
    expect(findings).toContainEqual(expect.stringMatching(/^SlackRole has .*AWSLambdaBasicExecutionRole/));
  });
});

/** The deployment as it would be with other inputs of one resource. */
function changed(type: string, name: string, change: Record<string, unknown>): Evaluation {
  const resources = deployment.resources.map((resource) =>
    resource.type === type && resource.name === name
      ? { ...resource, inputs: { ...resource.inputs, ...change } }
      : resource,
  );
  expect(resources).not.toEqual(deployment.resources);
  return { ...deployment, resources };
}

function added(type: string, name: string, inputs: Record<string, unknown> = {}): Evaluation {
  return { ...deployment, resources: [...deployment.resources, { type, name, inputs }] };
}

function without(type: string, name: string): Evaluation {
  const resources = deployment.resources.filter((each) => each.type !== type || each.name !== name);
  expect(resources).toHaveLength(deployment.resources.length - 1);
  return { ...deployment, resources };
}

const siteDefinition = deployment.resources.find(({ name }) => name.startsWith("Runner-site-"))?.name ?? "";

/** The same with another container, which the job definition holds as text. */
function containing(change: Record<string, unknown>): Evaluation {
  const type = "aws:batch/jobDefinition:JobDefinition";
  const { inputs } = deployment.resources.find((each) => each.type === type)!;
  const container = JSON.parse(String(inputs.containerProperties)) as object;
  return changed(type, "Runner", { containerProperties: JSON.stringify({ ...container, ...change }) });
}

describe("in what would be made", () => {
  test.each<[string, string[], string[]]>([
    [
      "a way in",
      networkFindings(changed("aws:ec2/securityGroup:SecurityGroup", "RunnerGroup", { ingress: [{}] })),
      ["RunnerGroup lets something in"],
    ],
    [
      "a zone in another city",
      networkFindings(
        changed("aws:ec2/subnet:Subnet", "NetworkSubnet2", { availabilityZone: "eu-west-1-city-1a" }),
      ),
      ["NetworkSubnet2 is in eu-west-1-city-1a, where Fargate is not"],
    ],
    [
      "every way out",
      networkFindings(
        changed("aws:ec2/securityGroup:SecurityGroup", "RunnerGroup", {
          egress: [{ protocol: "-1", fromPort: 0, toPort: 0 }],
        }),
      ),
      ["RunnerGroup lets -1 0-0 out"],
    ],
    [
      "a description that EC2 refuses",
      networkFindings(
        changed("aws:ec2/securityGroup:SecurityGroup", "RunnerGroup", { description: "Cody's runner" }),
      ),
      ["EC2 refuses the description of RunnerGroup: Cody's runner"],
    ],
    [
      "a NAT gateway",
      networkFindings(added("aws:ec2/natGateway:NatGateway", "Nat")),
      ["Nat costs money while nobody works"],
    ],
    [
      "other filters of the stream",
      streamFindings(
        changed("aws:lambda/eventSourceMapping:EventSourceMapping", "BoardStream", {
          filterCriteria: { filters: [{ pattern: "{}" }] },
        }),
        streamFilters,
      ),
      ["BoardStream has other filters than board was written for"],
    ],
    [
      "an answer that nobody takes",
      streamFindings(
        changed("aws:lambda/eventSourceMapping:EventSourceMapping", "EffectsStream", {
          functionResponseTypes: undefined,
          maximumRetryAttempts: undefined,
        }),
        streamFilters,
      ),
      ["EffectsStream does not take the answer of effects", "EffectsStream tries for ever, or not at all"],
    ],
    [
      "a stream that wakes nobody",
      streamFindings(
        without("aws:lambda/eventSourceMapping:EventSourceMapping", "BoardStream"),
        streamFilters,
      ),
      ["the stream wakes effects"],
    ],
    [
      "a rule that may call nobody",
      watchdogFindings(without("aws:lambda/permission:Permission", "JobEndsPermission")),
      ["the watchdog does not hear of Batch jobs that end"],
    ],
    [
      "a rule of another bus",
      watchdogFindings(changed("aws:cloudwatch/eventRule:EventRule", "JobEnds", { eventBusName: "own" })),
      ["the watchdog does not hear of Batch jobs that end"],
    ],
    [
      "a look every hour",
      watchdogFindings(
        changed("aws:cloudwatch/eventRule:EventRule", "EveryMinute", { scheduleExpression: "rate(1 hour)" }),
      ),
      ["the watchdog does not look around every minute"],
    ],
    [
      "a start while a person waits",
      readinessFindings(without("aws:lambda/permission:Permission", "StayReadyPermission")),
      ["nothing keeps a process of slack ready"],
    ],
    [
      "rules that retry everything",
      retryFindings(
        changed("aws:batch/jobDefinition:JobDefinition", "Runner", {
          retryStrategy: { attempts: 3, evaluateOnExits: retryStrategy.evaluateOnExit.slice(0, 3) },
        }),
        retryStrategy,
      ),
      [
        "the retry rules are not the runner's",
        "what no rule matches is retried, and the rules do not end with an exit",
      ],
    ],
    [
      "an attempt that ends before its round",
      retryFindings(
        changed("aws:batch/jobDefinition:JobDefinition", "Runner", {
          timeout: { attemptDurationSeconds: 3_000 },
        }),
        retryStrategy,
      ),
      ["a round outlasts its attempt"],
    ],
    [
      "a container of somebody else, who can change everything",
      containerFindings(containing({ user: "node", readonlyRootFilesystem: false })),
      ["it runs as node, who cannot start tools as somebody else", "its files can be changed"],
    ],
    [
      "containers of some repositories that are other ones",
      imageFindings(containing({ user: "node" })),
      ["site", "java-8"].map((image) =>
        expect.stringMatching(`^cody-production-runner-${image}-\\w+ differs in more than its image$`),
      ),
    ],
    [
      "a definition that is named and not made",
      imageFindings(without("aws:batch/jobDefinition:JobDefinition", siteDefinition)),
      ["effects", "watchdog"].map((program) =>
        expect.stringMatching(`^${program} names cody-production-runner-site-\\w+, which is not made$`),
      ),
    ],
    [
      "memory that its processors do not have",
      sizeFindings(
        containing({
          resourceRequirements: [
            { type: "VCPU", value: "2" },
            { type: "MEMORY", value: "2048" },
          ],
        }),
      ),
      ["Fargate has no 2048 MB for 2 processors"],
    ],
    [
      "jobs that wait for ever",
      queueFindings(
        changed("aws:batch/jobQueue:JobQueue", "Runs", { jobStateTimeLimitActions: [] }),
        Number(env.MAX_RUNS),
      ),
      ["jobs may wait for a machine for ever"],
    ],
    [
      "a queue that is not fair",
      queueFindings(
        changed("aws:batch/jobQueue:JobQueue", "Runs", { schedulingPolicyArn: undefined }),
        Number(env.MAX_RUNS),
      ),
      ["the queue is not fair, and refuses jobs with a share"],
    ],
    [
      "too few machines",
      queueFindings(deployment, 26),
      ["FargateSpot has no room for 26 runs", "Fargate has no room for 26 runs"],
    ],
    [
      "a table whose index has other attributes",
      tableFindings(
        changed("aws:dynamodb/table:Table", "TableTable", {
          globalSecondaryIndexes: [],
          ttl: { enabled: false },
        }),
        tableDefinition,
      ),
      [
        "the table: an attribute is in no key",
        "the table: it has other indexes",
        "the table: nothing expires",
      ],
    ],
    [
      "production without protection",
      stageFindings({ ...deployment, app: { ...deployment.app, protect: false, removal: "remove" } }, stage),
      ["production: protect is false", "production: removal is remove"],
    ],
    [
      "a role that may do everything",
      broadFindings(
        changed("aws:iam/role:Role", "RunnerRole", {
          inlinePolicies: [
            { policy: '{"Statement":[{"Effect":"Allow","Action":["dynamodb:*"],"Resource":["*"]}]}' },
          ],
        }),
      ),
      ["RunnerRole may dynamodb:*, which is more than one action", "RunnerRole may dynamodb:* on everything"],
    ],
    [
      "a role that nobody listed",
      permissionFindings(added("aws:iam/role:Role", "Stranger", { inlinePolicies: [] }), allowed),
      ["Stranger is in no list"],
    ],
    [
      "a second public address",
      callerFindings(
        added("aws:lambda/functionUrl:FunctionUrl", "EffectsUrl", {
          functionName: "cody-production-effects",
        }),
      ),
      ["EffectsUrl is a public address"],
    ],
    [
      "an older Node",
      functionFindings(changed("aws:lambda/function:Function", "SlackFunction", { runtime: "nodejs20.x" })),
      ["slack runs on nodejs20.x"],
    ],
    [
      "a line that no program writes",
      lineFindings(deployment, ['"a run lost its runner" "done" "boards could not be drawn"']),
      ['SpendLimitCount counts "A spend limit of the key holds the round up", which no program writes'],
    ],
    [
      "an alarm that is not there",
      alarmFindings(without("aws:cloudwatch/metricAlarm:MetricAlarm", "SlackThrottlesAlarm")),
      ["nobody hears of AWS/Lambda Throttles cody-production-slack"],
    ],
    [
      "an alarm that tells nobody",
      alarmFindings(changed("aws:cloudwatch/metricAlarm:MetricAlarm", "RepairsAlarm", { alarmActions: [] })),
      ["RepairsAlarm tells nobody"],
    ],
    [
      "a secret in the outputs",
      secretFindings({ ...deployment, outputs: { token: secrets[0] } }, secrets),
      ["the outputs shows a secret"],
    ],
  ])("%s", (_, findings, expected) => {
    expect(findings).toEqual(expected);
  });
});
