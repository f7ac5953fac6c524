// Everything that each role of the full deployment may do, written out once more: what is not here is a finding.

const read = ["GetItem", "Query"];
const write = ["PutItem", "UpdateItem"];

function onTable(actions: string[], where = ""): string[] {
  return actions.map((action) => `dynamodb:${action} table${where}`);
}

function onIndexes(...indexes: string[]): string[] {
  return indexes.map((index) => `dynamodb:Query index ${index}`);
}

function ofSecrets(...variables: string[]): string[] {
  return variables.map((variable) => `ssm:GetParameters secret ${variable}`);
}

function toLog(name: string): string[] {
  return [`logs:CreateLogStream log ${name}`, `logs:PutLogEvents log ${name}`];
}

const fromStream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map(
  (action) => `dynamodb:${action} stream`,
);

const inBatch = [
  "batch:SubmitJob queue",
  ...["definition", "definition for java-8", "definition for site"].flatMap((each) => [
    `batch:SubmitJob ${each}`,
    `batch:SubmitJob ${each} without a revision`,
  ]),
  "batch:TerminateJob jobs",
  "batch:ListJobs *",
];

const secretsOfFollowers = ofSecrets(
  "SLACK_BOT_TOKEN",
  "GITHUB_APP_PRIVATE_KEY",
  "GITHUB_CLIENT_SECRET",
  "LINK_KEY",
);

export const allowed: Readonly<Record<string, readonly string[]>> = {
  SlackRole: [
    ...onTable([...read, ...write, "DeleteItem"], " where keys are JOB#* THREAD#* PULL#* TEAM#* LINK#* KEY*"),
    ...onIndexes("team", "person", "open"),
    "batch:DescribeJobQueues *",
    ...ofSecrets(
      "SLACK_BOT_TOKEN",
      "SLACK_SIGNING_SECRET",
      "GITHUB_CLIENT_SECRET",
      "GITHUB_WEBHOOK_SECRET",
      "LINK_KEY",
    ),
    ...toLog("slack"),
  ],
  EffectsRole: [
    ...onTable([...read, ...write]),
    ...onIndexes("open"),
    ...inBatch,
    ...fromStream,
    "sqs:SendMessage dead letters",
    ...secretsOfFollowers,
    ...toLog("effects"),
  ],
  BoardRole: [
    ...onTable(["GetItem", "UpdateItem", "Query"], " where keys are JOB#* TEAM#*"),
    ...onIndexes("open"),
    ...fromStream,
    "sqs:SendMessage dead letters",
    ...ofSecrets("SLACK_BOT_TOKEN"),
    ...toLog("board"),
  ],
  WatchdogRole: [
    ...onTable([...read, ...write]),
    ...onIndexes("open"),
    ...inBatch,
    "batch:DescribeJobs *",
    "sqs:SendMessage dead letters",
    ...secretsOfFollowers,
    ...toLog("watchdog"),
  ],
  RunnerRole: onTable([...read, ...write], " where keys are JOB#* WORK#* KEY* PACE#*"),
  RunnerStartRole: [
    "ecr:GetAuthorizationToken *",
    "ecr:BatchCheckLayerAvailability images",
    "ecr:BatchGetImage images",
    "ecr:GetDownloadUrlForLayer images",
    ...["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"].map(
      (action) => `ecr:${action} arn:aws:ecr:eu-central-1:210987654321:repository/team/java-8`,
    ),
    ...toLog("runner"),
    ...ofSecrets("GITHUB_APP_PRIVATE_KEY", "ANTHROPIC_API_KEY"),
  ],
  AlarmChannelRole: [
    "cloudwatch:DescribeAlarms *",
    "cloudwatch:GetMetricData *",
    "cloudwatch:GetMetricWidgetImage *",
  ],
};
