// What the roles allow, held against the list of what each program does.
import type { Evaluation } from "../evaluation.ts";
import { every, one, parametersOf } from "../resources.ts";

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string[]>>;
}

interface RoleInputs {
  assumeRolePolicy: string;
  inlinePolicies: { policy: string }[];
  managedPolicyArns: string[];
}

/** Actions that AWS knows no resource for. */
const withoutResource = [
  "batch:DescribeJobQueues",
  "batch:DescribeJobs",
  "batch:ListJobs",
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetMetricData",
  "cloudwatch:GetMetricWidgetImage",
  "ecr:GetAuthorizationToken",
];

const role = "aws:iam/role:Role";

/** Each permission of a role in words: `dynamodb:GetItem table`, `ssm:GetParameters secret LINK_KEY`. */
export function allowedBy(deployment: Evaluation, name: string): string[] {
  const words = wordsFor(deployment);
  return statementsOf(deployment, name).flatMap(({ Action, Resource, Condition }) => {
    const keys = Condition?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"];
    const where = keys ? ` where keys are ${keys.join(" ")}` : "";
    return [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((arn) => `${action} ${words(arn)}${where}`));
  });
}

/** Permissions that are missing or too many, by the lists of `allowed`, and roles that are in no list. */
export function permissionFindings(
  deployment: Evaluation,
  allowed: Readonly<Record<string, readonly string[]>>,
): string[] {
  const made = every(deployment, role).map(({ name }) => name);
  return [...new Set([...made, ...Object.keys(allowed)])].flatMap((name) => {
    if (!allowed[name]) return [`${name} is in no list`];
    if (!made.includes(name)) return [`${name} is not made`];
    const has = allowedBy(deployment, name);
    return [
      ...allowed[name].filter((one) => !has.includes(one)).map((one) => `${name} may not ${one}`),
      ...has.filter((one) => !allowed[name]?.includes(one)).map((one) => `${name} may ${one}, and need not`),
    ];
  });
}

/** Policies of any kind that give more than they look like. */
export function broadFindings(deployment: Evaluation): string[] {
  return every<RoleInputs>(deployment, role).flatMap(({ name, inputs }) => {
    const trusted = (JSON.parse(inputs.assumeRolePolicy) as { Statement: { Principal: object }[] }).Statement;
    const strangers = trusted
      .flatMap(({ Principal }) => Object.keys(Principal))
      .filter((kind) => kind !== "Service");
    return [
      ...strangers.map((kind) => `${name} can be taken on by ${kind} and not only by a service`),
      ...(inputs.managedPolicyArns ?? []).map((arn) => `${name} has ${arn}, which others write`),
      ...statementsIn(inputs).flatMap(({ Action, Resource }) =>
        [Action]
          .flat()
          .flatMap((action) => [
            ...(action.includes("*") ? [`${name} may ${action}, which is more than one action`] : []),
            ...([Resource].flat().includes("*") && !withoutResource.includes(action)
              ? [`${name} may ${action} on everything`]
              : []),
          ]),
      ),
    ];
  });
}

/** What the role's own policies say. */
export function statementsOf(deployment: Evaluation, name: string): Statement[] {
  return statementsIn(one<RoleInputs>(deployment, role, name));
}

function statementsIn({ inlinePolicies = [] }: RoleInputs): Statement[] {
  return inlinePolicies.flatMap(({ policy }) => (JSON.parse(policy) as { Statement: Statement[] }).Statement);
}

/** Calls the resources of the deployment by what they are. Whatever is none of them keeps its ARN. */
function wordsFor(deployment: Evaluation): (arn: string) => string {
  const name = (type: string, logical: string) => one<{ name: string }>(deployment, type, logical).name;
  const table = name("aws:dynamodb/table:Table", "TableTable");
  const logs = every<{ name: string }>(deployment, "aws:cloudwatch/logGroup:LogGroup");
  const secrets = Object.entries(parametersOf(deployment));
  const definitions = every<{ name: string }>(deployment, "aws:batch/jobDefinition:JobDefinition");
  const known = new Map([
    [`table/${table}`, "table"],
    ...["team", "person", "open"].map(
      (index) => [`table/${table}/index/${index}`, `index ${index}`] as const,
    ),
    [`table/${table}/stream/2026-01-01T00:00:00.000`, "stream"],
    [`job-queue/${name("aws:batch/jobQueue:JobQueue", "Runs")}`, "queue"],
    ...definitions.flatMap(({ name: logical, inputs }) => {
      // Runner-java-8-1a2b3c4d is of the image java-8.
      const [, image] = /^Runner-(.+)-\w{8}$/.exec(logical) ?? [];
      const words = image ? `definition for ${image}` : "definition";
      const path = `job-definition/${inputs.name}`;
      return [[`${path}:*`, words] as const, [path, `${words} without a revision`] as const];
    }),
    ["job/*", "jobs"],
    [name("aws:sqs/queue:Queue", "DeadLetters"), "dead letters"],
    [`repository/${name("aws:ecr/repository:Repository", "RunnerImages")}`, "images"],
    ...logs.map(
      ({ inputs }) => [`log-group:${inputs.name}:*`, `log ${inputs.name.split("/").at(-1)}`] as const,
    ),
    ...secrets.map(
      ([variable, { name: parameter }]) => [`parameter${parameter}`, `secret ${variable}`] as const,
    ),
  ]);
  return (arn) => known.get(arn.replace(/^arn:aws:\w+:[\w-]+:\d+:/, "")) ?? arn;
}
