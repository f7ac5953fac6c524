// What wakes the functions, and what becomes of what they could not do.
import type { Evaluation } from "../evaluation.ts";
import { every, functionsOf, one } from "../resources.ts";

interface StreamInputs {
  functionName: string;
  filterCriteria: { filters: { pattern: string }[] };
  functionResponseTypes?: string[];
  bisectBatchOnFunctionError?: boolean;
  maximumRetryAttempts?: number;
  maximumRecordAgeInSeconds?: number;
  parallelizationFactor?: number;
  destinationConfig?: { onFailure: { destinationArn: string } };
}

/** How the readers of the stream differ from what the programs count on. */
export function streamFindings(
  deployment: Evaluation,
  filters: Readonly<Record<string, readonly object[]>>,
): string[] {
  const mappings = every<StreamInputs>(deployment, "aws:lambda/eventSourceMapping:EventSourceMapping");
  const functions = functionsOf(deployment);
  const read = mappings.map(({ inputs }) =>
    Object.keys(functions).find((program) => functions[program]?.name === inputs.functionName),
  );
  return [
    ...(read.toSorted().join() === Object.keys(filters).toSorted().join()
      ? []
      : [`the stream wakes ${read.join()}`]),
    ...mappings.flatMap(({ name, inputs }, index) => {
      const program = read[index] ?? "";
      const patterns = inputs.filterCriteria.filters.map(({ pattern }) => pattern);
      const wanted = (filters[program] ?? []).map((filter) => JSON.stringify(filter));
      const isSame = patterns.join() === wanted.join();
      const reports = inputs.functionResponseTypes?.join() === "ReportBatchItemFailures";
      const isGivenUp =
        within(inputs.maximumRetryAttempts, 1, 10) && within(inputs.maximumRecordAgeInSeconds, 60, 86_400);
      return [
        ...(isSame ? [] : [`${name} has other filters than ${program} was written for`]),
        ...(patterns.length <= 5 ? [] : [`${name} has more than five filters`]),
        ...(reports === (program === "effects") ? [] : [`${name} does not take the answer of ${program}`]),
        ...(inputs.bisectBatchOnFunctionError ? [] : [`${name} keeps a whole batch for one bad record`]),
        ...(isGivenUp ? [] : [`${name} tries for ever, or not at all`]),
        ...(within(inputs.parallelizationFactor, 1, 10)
          ? []
          : [`${name} has lanes that Lambda does not have`]),
        ...(inputs.destinationConfig ? [] : [`${name} loses what could not be done`]),
      ];
    }),
  ];
}

function within(value: number | undefined, from: number, to: number): boolean {
  return value !== undefined && value >= from && value <= to;
}

interface RuleInputs {
  name: string;
  eventBusName?: string;
  eventPattern?: string;
  scheduleExpression?: string;
}

/** Rules of the default bus that reach the function and may call it. */
function heardBy(deployment: Evaluation, program: string): RuleInputs[] {
  const name = functionsOf(deployment)[program]?.name;
  const targets = every<{ rule: string; arn: string }>(deployment, "aws:cloudwatch/eventTarget:EventTarget");
  const permissions = every<{ principal: string; sourceArn?: string; function: string }>(
    deployment,
    "aws:lambda/permission:Permission",
  );
  return every<RuleInputs>(deployment, "aws:cloudwatch/eventRule:EventRule")
    .map(({ inputs }) => inputs)
    .filter(
      (rule) =>
        rule.eventBusName === undefined &&
        targets.some(({ inputs }) => inputs.rule === rule.name && inputs.arn.endsWith(`:${name}`)) &&
        permissions.some(
          ({ inputs }) =>
            inputs.function === name &&
            inputs.principal === "events.amazonaws.com" &&
            inputs.sourceArn?.endsWith(`/${rule.name}`) === true,
        ),
    );
}

/** Whether people wait for the slack program to start whenever nobody has called it for some minutes. */
export function readinessFindings(deployment: Evaluation): string[] {
  const isCalled = heardBy(deployment, "slack").some(
    ({ scheduleExpression }) => scheduleExpression === "rate(5 minutes)",
  );
  return isCalled ? [] : ["nothing keeps a process of slack ready"];
}

/** What the watchdog does not hear of. */
export function watchdogFindings(deployment: Evaluation): string[] {
  const queue = one<{ name: string }>(deployment, "aws:batch/jobQueue:JobQueue", "Runs").name;
  const hears = heardBy(deployment, "watchdog");
  const ends = hears.some(({ eventPattern = "{}" }) => {
    const { source, detail, ...rest } = JSON.parse(eventPattern) as Record<string, unknown> & {
      detail?: { status?: string[]; jobQueue?: string[] };
    };
    return (
      String(source) === "aws.batch" &&
      String(rest["detail-type"]) === "Batch Job State Change" &&
      detail?.status?.toSorted().join() === "FAILED,SUCCEEDED" &&
      detail.jobQueue?.length === 1 &&
      detail.jobQueue[0]?.endsWith(`:job-queue/${queue}`) === true
    );
  });
  const minutes = hears.some(({ scheduleExpression }) => scheduleExpression === "rate(1 minute)");
  return [
    ...(ends ? [] : ["the watchdog does not hear of Batch jobs that end"]),
    ...(minutes ? [] : ["the watchdog does not look around every minute"]),
  ];
}
