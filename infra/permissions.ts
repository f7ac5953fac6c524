// Roles and what they allow, written out: each program can do what it does, and no more.
import { privateImage } from "@cody/core/private-image.ts";

export interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: $util.Input<$util.Input<string>[]>;
  Condition?: Record<string, Record<string, $util.Input<string> | string[]>>;
}

/** A role that one service takes on, with these statements and nothing attached beside them. */
export function roleFor(service: string, statements: Statement[]): aws.iam.RoleArgs {
  return {
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    }),
    inlinePolicies: [{ name: "own", policy: documentOf(statements) }],
    managedPolicyArns: [],
  };
}

/** A policy document of these statements. */
export function documentOf(statements: object[]): $util.Output<string> {
  return $jsonStringify({ Version: "2012-10-17", Statement: statements });
}

type TableAction = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query";

/**
 * Items of the table. `keys`: how the partitions begin that it is about; all of them if left out. `indexes` may be read
 * beside it.
 */
export function tableAccess(
  table: sst.aws.Dynamo,
  { actions, keys, indexes = [] }: { actions: TableAction[]; keys?: string[]; indexes?: string[] },
): Statement[] {
  const items: Statement = {
    Effect: "Allow",
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: [table.arn],
    ...(keys && {
      Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys.map((key) => `${key}*`) } },
    }),
  };
  if (indexes.length === 0) return [items];
  const resources = indexes.map((index) => $interpolate`${table.arn}/index/${index}`);
  return [items, { Effect: "Allow", Action: ["dynamodb:Query"], Resource: resources }];
}

/** What Lambda does with the role of a function that it calls with the records of a stream. */
export function streamAccess(stream: $util.Output<string>): Statement {
  const actions = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
  return { Effect: "Allow", Action: actions.map((action) => `dynamodb:${action}`), Resource: [stream] };
}

/** Lines of a log group that is there. */
export function logAccess(group: aws.cloudwatch.LogGroup): Statement {
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: [$interpolate`${group.arn}:*`],
  };
}

/** The values of these parameters. AWS's own key for them needs no permission of its own. */
export function secretAccess(parameters: aws.ssm.Parameter[]): Statement[] {
  if (parameters.length === 0) return [];
  return [{ Effect: "Allow", Action: ["ssm:GetParameters"], Resource: parameters.map(({ arn }) => arn) }];
}

/** Putting messages into the queue. */
export function sendAccess(queue: aws.sqs.Queue): Statement {
  return { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queue.arn] };
}

/** Runs in Batch: submit them to this queue by these definitions, find them, end them. */
export function batchAccess(
  queue: aws.batch.JobQueue,
  definitions: readonly aws.batch.JobDefinition[],
): Statement[] {
  return [
    // Whoever submits by the name alone is asked for the right with and without a revision: AWS's pages differ.
    {
      Effect: "Allow",
      Action: ["batch:SubmitJob"],
      Resource: [
        queue.arn,
        ...definitions.flatMap(({ arnPrefix }) => [arnPrefix, $interpolate`${arnPrefix}:*`]),
      ],
    },
    { Effect: "Allow", Action: ["batch:TerminateJob"], Resource: [jobsBeside(queue.arn)] },
    // To find one by its name. Batch knows no resource for it.
    { Effect: "Allow", Action: ["batch:ListJobs"], Resource: ["*"] },
  ];
}

/** How jobs stand. Batch knows no resource for it. */
export const jobLookAccess: Statement = {
  Effect: "Allow",
  Action: ["batch:DescribeJobs"],
  Resource: ["*"],
};

/** How the queue stands. Batch knows no resource for it. */
export const queueLookAccess: Statement = {
  Effect: "Allow",
  Action: ["batch:DescribeJobQueues"],
  Resource: ["*"],
};

/** Jobs have names of their own making, in the account and the region of their queue. */
function jobsBeside(queue: $util.Output<string>): $util.Output<string> {
  return queue.apply((arn) => arn.replace(/:job-queue\/.*$/, ":job/*"));
}

/**
 * Pulls the image, hands over the secrets and starts the log: what ECS does before the container runs. `images`: beside
 * those of Cody's own repository; public ones need no permission.
 */
export function startAccess(parts: {
  repository: aws.ecr.Repository;
  images: readonly string[];
  logs: aws.cloudwatch.LogGroup;
  secrets: aws.ssm.Parameter[];
}): Statement[] {
  return [
    // Logging in is of the whole registry.
    { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: pulledFrom(parts.repository, parts.images),
    },
    logAccess(parts.logs),
    ...secretAccess(parts.secrets),
  ];
}

/** Cody's own repository and every other private one that an image is in, each once. */
function pulledFrom(own: aws.ecr.Repository, images: readonly string[]): $util.Output<string[]> {
  return own.arn.apply((arn) => {
    const [, partition] = arn.split(":");
    const others = images.flatMap((image) => {
      const { region, account, repository } = privateImage(image) ?? {};
      return repository ? [`arn:${partition}:ecr:${region}:${account}:repository/${repository}`] : [];
    });
    return [...new Set([arn, ...others])];
  });
}
