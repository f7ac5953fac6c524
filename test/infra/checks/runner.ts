// How the runner runs: its container, the rules by which Batch starts it, and the queue in front of it.
import { maxRoundMs, submittedTooLongMs } from "@cody/core/limits.ts";
import type { Evaluation } from "../evaluation.ts";
import { type Container, containerOf, every, one } from "../resources.ts";

/** Memory in MB that Fargate has for each number of processors: from, to and the step between. */
const fargateMemoryMb: Record<string, [from: number, to: number, step: number]> = {
  "0.25": [512, 2_048, 512],
  "0.5": [1_024, 4_096, 1_024],
  "1": [2_048, 8_192, 1_024],
  "2": [4_096, 16_384, 1_024],
  "4": [8_192, 30_720, 1_024],
  "8": [16_384, 61_440, 4_096],
  "16": [32_768, 122_880, 8_192],
};

/** What Fargate would refuse of the container's size. */
export function sizeFindings(deployment: Evaluation): string[] {
  const container = containerOf(deployment);
  const { VCPU = "", MEMORY = "" } = Object.fromEntries(
    container.resourceRequirements.map(({ type, value }) => [type, value]),
  );
  const disk = container.ephemeralStorage?.sizeInGiB ?? 20;
  return [
    ...memoryFindings(VCPU, Number(MEMORY)),
    ...(disk >= 21 && disk <= 200 ? [] : [`Fargate has no disk of ${disk} GB`]),
  ];
}

function memoryFindings(vcpu: string, memoryMb: number): string[] {
  const has = fargateMemoryMb[vcpu];
  if (!has) return [`Fargate has no ${vcpu} processors`];
  const [from, to, step] = has;
  // A quarter of a processor goes in doubles: 512, 1,024 and 2,048.
  const isStep = vcpu === "0.25" ? Number.isInteger(Math.log2(memoryMb / from)) : memoryMb % step === 0;
  return memoryMb >= from && memoryMb <= to && isStep
    ? []
    : [`Fargate has no ${memoryMb} MB for ${vcpu} processors`];
}

/** What the container lacks to keep tools from keys, and itself from being changed. */
export function containerFindings(deployment: Evaluation): string[] {
  const container = containerOf(deployment);
  const { user = "root", volumes = [], mountPoints = [] } = container;
  const writable = mountPoints.filter(({ readOnly }) => !readOnly).map(({ containerPath }) => containerPath);
  const wrong: [boolean, string][] = [
    [!["root", "0", "0:0"].includes(user), `it runs as ${user}, who cannot start tools as somebody else`],
    [container.privileged === true, "it is privileged"],
    [container.readonlyRootFilesystem !== true, "its files can be changed"],
    [writable.join() !== "/job,/tmp", `it can write in ${writable.join(" and ")}`],
    [volumes.some(({ host }) => host !== undefined), "a volume has a host, which Fargate does not take"],
    [container.linuxParameters?.initProcessEnabled !== true, "nothing passes signals on to it"],
    [
      container.networkConfiguration?.assignPublicIp !== "ENABLED",
      "it has no address to reach anything from",
    ],
    [!logsSomewhere(deployment, container), "its log is not kept"],
  ];
  return wrong.flatMap(([is, says]) => (is ? [says] : []));
}

function logsSomewhere(deployment: Evaluation, { logConfiguration }: Container): boolean {
  const group = logConfiguration.options["awslogs-group"];
  return every<{ name: string; retentionInDays?: number }>(
    deployment,
    "aws:cloudwatch/logGroup:LogGroup",
  ).some(({ inputs }) => inputs.name === group && (inputs.retentionInDays ?? 0) > 0);
}

interface Rule {
  action: string;
  onExitCode?: string;
  onReason?: string;
  onStatusReason?: string;
}

interface DefinitionInputs {
  platformCapabilities: string[];
  retryStrategy: { attempts: number; evaluateOnExits: Rule[] };
  timeout: { attemptDurationSeconds: number };
}

/** How the rules differ from those that the runner counts on, and whether Batch would let it finish. */
export function retryFindings(
  deployment: Evaluation,
  wanted: { attempts: number; evaluateOnExit: readonly Rule[] },
): string[] {
  const definition = one<DefinitionInputs>(deployment, "aws:batch/jobDefinition:JobDefinition", "Runner");
  const { attempts, evaluateOnExits: rules } = definition.retryStrategy;
  const isSame = attempts === wanted.attempts && asText(rules) === asText([...wanted.evaluateOnExit]);
  const last = rules.slice(-2);
  const ends = last.some((rule) => rule.onReason === "*") && last.some((rule) => rule.onExitCode === "*");
  return [
    ...(isSame ? [] : ["the retry rules are not the runner's"]),
    ...(rules.length <= 5 ? [] : ["Batch takes five rules at most"]),
    ...(ends && last.every(({ action }) => action === "EXIT")
      ? []
      : ["what no rule matches is retried, and the rules do not end with an exit"]),
    ...(definition.timeout.attemptDurationSeconds * 1_000 > maxRoundMs
      ? []
      : ["a round outlasts its attempt"]),
    ...(definition.platformCapabilities.join() === "FARGATE" ? [] : ["it is not for Fargate"]),
  ];
}

function asText(rules: Rule[]): string {
  return JSON.stringify(rules.map((rule) => Object.entries(rule).sort()));
}

interface QueueInputs {
  schedulingPolicyArn?: string;
  computeEnvironmentOrders: { order: number; computeEnvironment: string }[];
  jobStateTimeLimitActions?: { state: string; maxTimeSeconds: number; action: string; reason: string }[];
}

interface EnvironmentInputs {
  computeResources: { type: string; maxVcpus: number; securityGroupIds: string[]; subnets: string[] };
}

/** What is wrong with the queue and the machines behind it. */
export function queueFindings(deployment: Evaluation, maxRuns: number): string[] {
  const queue = one<QueueInputs>(deployment, "aws:batch/jobQueue:JobQueue", "Runs");
  const machines = every<EnvironmentInputs>(deployment, "aws:batch/computeEnvironment:ComputeEnvironment");
  const kinds = queue.computeEnvironmentOrders
    .toSorted((one, other) => one.order - other.order)
    .map(({ computeEnvironment }) => (computeEnvironment.includes("spot") ? "FARGATE_SPOT" : "FARGATE"));
  const vcpu = Number(
    containerOf(deployment).resourceRequirements.find(({ type }) => type === "VCPU")?.value,
  );
  const limits = queue.jobStateTimeLimitActions ?? [];
  return [
    ...(kinds.join() === "FARGATE_SPOT,FARGATE" ? [] : [`the queue takes ${kinds.join(" before ")}`]),
    ...(queue.schedulingPolicyArn ? [] : ["the queue is not fair, and refuses jobs with a share"]),
    ...machines.flatMap(({ name, inputs: { computeResources: has } }) =>
      has.maxVcpus >= maxRuns * vcpu ? [] : [`${name} has no room for ${maxRuns} runs`],
    ),
    ...(new Set(limits.map(({ reason }) => reason)).size === 3
      ? []
      : ["jobs may wait for a machine for ever"]),
    ...limits.flatMap(({ reason, state, maxTimeSeconds }) =>
      state === "RUNNABLE" && maxTimeSeconds >= 600 && maxTimeSeconds * 1_000 < submittedTooLongMs
        ? []
        : [`the limit for ${reason} is none that Batch or the watchdog can go by`],
    ),
  ];
}
