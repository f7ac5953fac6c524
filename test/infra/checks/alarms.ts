// What somebody hears of.
import type { Evaluation } from "../evaluation.ts";
import { every, functionsOf } from "../resources.ts";

interface AlarmInputs {
  namespace: string;
  metricName: string;
  dimensions?: Record<string, string>;
  alarmActions: string[];
  alarmDescription: string;
  treatMissingData: string;
}

/** Lines that are counted and that no program writes, by the texts of the sources. */
export function lineFindings(deployment: Evaluation, sources: readonly string[]): string[] {
  const filters = every<{ pattern: string }>(deployment, "aws:cloudwatch/logMetricFilter:LogMetricFilter");
  return filters.flatMap(({ name, inputs: { pattern } }) => {
    const texts = [...pattern.matchAll(/"([^"]*)"/g)].map(([, text]) => JSON.stringify(text));
    return texts
      .filter((text) => !sources.some((source) => source.includes(text)))
      .map((text) => `${name} counts ${text}, which no program writes`);
  });
}

/** What goes wrong without anybody hearing of it. */
export function alarmFindings(deployment: Evaluation): string[] {
  const alarms = every<AlarmInputs>(deployment, "aws:cloudwatch/metricAlarm:MetricAlarm");
  const counted = every<{ metricTransformation: { name: string; namespace: string } }>(
    deployment,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  ).map(({ inputs }) => inputs.metricTransformation);
  const functions = Object.values(functionsOf(deployment)).map(({ name }) => name);
  const wanted = [
    "AWS/SQS ApproximateNumberOfMessagesVisible",
    ...functions.map((name) => `AWS/Lambda Errors ${name}`),
    `AWS/Lambda Throttles ${functionsOf(deployment).slack?.name}`,
    ...counted.map(({ name, namespace }) => `${namespace} ${name}`),
  ];
  const heard = alarms.map(({ inputs: { namespace, metricName, dimensions } }) =>
    [namespace, metricName, dimensions?.FunctionName].filter(Boolean).join(" "),
  );
  const budgets = every(deployment, "aws:budgets/budget:Budget");
  return [
    ...wanted.filter((one) => !heard.includes(one)).map((one) => `nobody hears of ${one}`),
    ...alarms.flatMap(({ name, inputs }) => [
      ...(inputs.alarmActions.length > 0 ? [] : [`${name} tells nobody`]),
      ...(inputs.alarmDescription ? [] : [`${name} does not say what it means`]),
      ...(inputs.treatMissingData === "notBreaching" ? [] : [`${name} goes off where nothing happens`]),
    ]),
    ...(budgets.length === 1 ? [] : ["nobody hears of what it costs"]),
  ];
}
