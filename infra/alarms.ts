// What somebody has to hear of: what goes wrong, what falls behind, and what costs more than it should.
import { makeTopic } from "./alarm-topic.ts";
import { type CountedLine, countedLines, patternOf } from "./counted-lines.ts";
import { titleOf } from "./function.ts";
import type { Programs } from "./programs.ts";
import type { Settings } from "./settings.ts";
import { named } from "./stage.ts";

/** A metric, and what is too much of it. */
interface Watched {
  namespace: string;
  metricName: string;
  dimensions?: Record<string, $util.Input<string>>;
  statistic?: "Sum" | "Maximum";
  periodMinutes: number;
  /** The alarm goes off when a period comes to this. */
  from: number;
  says: string;
}

export interface AlarmParts {
  settings: Settings;
  programs: Programs;
  runnerLogs: aws.cloudwatch.LogGroup;
  deadLetters: aws.sqs.Queue;
}

/** Alarms on what the services count and on lines of the logs, and a budget; all of them tell one topic. */
export function makeAlarms({ settings, programs, runnerLogs, deadLetters }: AlarmParts): void {
  const topic = makeTopic(settings);
  makeAlarm(topic, "DeadLetters", {
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: deadLetters.name },
    statistic: "Maximum",
    periodMinutes: 5,
    from: 1,
    says: "Something could not be delivered to one of Cody's functions, and lies in the queue of dead letters.",
  });
  for (const { name, lambda } of Object.values(programs)) {
    makeAlarm(topic, `${titleOf(name)}Errors`, {
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: lambda.name },
      periodMinutes: 5,
      // What fails once or twice is tried again by itself.
      from: 3,
      says: `Cody's ${name} failed several times within five minutes.`,
    });
  }
  // The limit is the account's and meets all functions; this is the one that cannot wait and try again.
  makeAlarm(topic, "SlackThrottles", {
    namespace: "AWS/Lambda",
    metricName: "Throttles",
    dimensions: { FunctionName: programs.slack.lambda.name },
    periodMinutes: 5,
    from: 5,
    says: "Cody's slack had to wait: the account runs as many functions at once as it may.",
  });
  for (const name of ["effects", "board"] as const) {
    makeAlarm(topic, `${titleOf(name)}Behind`, {
      namespace: "AWS/Lambda",
      metricName: "IteratorAge",
      dimensions: { FunctionName: programs[name].lambda.name },
      statistic: "Maximum",
      periodMinutes: 5,
      from: 2 * 60_000,
      says: `Cody's ${name} is two minutes behind the table, so what people see in Slack is old.`,
    });
  }
  for (const line of countedLines) {
    const group = line.program === "runner" ? runnerLogs : programs[line.program].logs;
    makeAlarm(topic, line.name, { ...line, ...countLines(line, group) });
  }
  makeBudget(settings.monthlyBudgetUsd, topic);
}

function makeAlarm(topic: aws.sns.Topic, name: string, watched: Watched): void {
  const { namespace, metricName, dimensions, statistic = "Sum", periodMinutes, from, says } = watched;
  new aws.cloudwatch.MetricAlarm(`${name}Alarm`, {
    name: named(name),
    alarmDescription: says,
    namespace,
    metricName,
    dimensions,
    statistic,
    period: periodMinutes * 60,
    evaluationPeriods: 1,
    threshold: from,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    // Where nothing happened, nothing was counted.
    treatMissingData: "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

function countLines(
  line: CountedLine,
  group: aws.cloudwatch.LogGroup,
): Pick<Watched, "namespace" | "metricName"> {
  const metric = { namespace: `Cody/${$app.stage}`, name: line.name };
  new aws.cloudwatch.LogMetricFilter(`${line.name}Count`, {
    logGroupName: group.name,
    pattern: patternOf(line),
    metricTransformation: { ...metric, value: "1", unit: "Count" },
  });
  return { namespace: metric.namespace, metricName: metric.name };
}

/** Told when the month's bill comes to most of the limit, and when it looks as if it would come to more. */
function makeBudget(limitUsd: number, topic: aws.sns.Topic): void {
  const notification = (kind: "ACTUAL" | "FORECASTED", percent: number) => ({
    notificationType: kind,
    comparisonOperator: "GREATER_THAN",
    threshold: percent,
    thresholdType: "PERCENTAGE",
    subscriberSnsTopicArns: [topic.arn],
  });
  new aws.budgets.Budget("Budget", {
    name: named("budget"),
    budgetType: "COST",
    limitAmount: String(limitUsd),
    limitUnit: "USD",
    timeUnit: "MONTHLY",
    notifications: [notification("ACTUAL", 80), notification("FORECASTED", 100)],
  });
}
