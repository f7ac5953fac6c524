// What AWS would answer while the configuration is evaluated: ids, names and addresses of the right form.
import type { Resource } from "./evaluation.ts";

export const account = "123456789012";
export const region = "eu-west-1";

/** As Pulumi hands them over. */
export interface NewResource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export interface Call {
  token: string;
  inputs: Record<string, unknown>;
}

/** Mocks for Pulumi's runtime, which keep what was made. */
export function makeMocks() {
  const resources: Resource[] = [];
  return {
    resources,
    newResource({ type, name, inputs }: NewResource) {
      resources.push({ type, name, inputs: shown(inputs) as Record<string, unknown> });
      const physical = String(inputs.name ?? `${inputs.namePrefix ?? `${name}-`}1a2b3c4`);
      return {
        id: `${name}-id`,
        state: { name: physical, ...inputs, ...stateOf(type, name, physical, inputs) },
      };
    },
    call({ token, inputs }: Call) {
      const answer = answers[token];
      if (!answer) throw new Error(`The mocks do not know what AWS answers to ${token}.`);
      return answer(inputs);
    },
  };
}

/** What AWS adds to a resource once it is made. */
function stateOf(type: string, name: string, physical: string, inputs: Record<string, unknown>) {
  const [, service = "", kind = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
  const arn = (path: string) => `arn:aws:${service}:${region}:${account}:${path}`;
  switch (type) {
    case "aws:dynamodb/table:Table":
      return {
        arn: arn(`table/${physical}`),
        streamArn: arn(`table/${physical}/stream/2026-01-01T00:00:00.000`),
      };
    case "aws:ssm/parameter:Parameter":
      return { arn: arn(`parameter${physical}`), version: 3 };
    case "aws:ecr/repository:Repository":
      return {
        arn: arn(`repository/${physical}`),
        repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${physical}`,
      };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { arn: `arn:aws:logs:${region}:${account}:log-group:${physical}` };
    case "aws:sqs/queue:Queue":
      return {
        arn: arn(physical),
        url: `https://sqs.${region}.amazonaws.com/${account}/${physical}`,
      };
    case "aws:batch/jobQueue:JobQueue":
      return { arn: arn(`job-queue/${physical}`) };
    case "aws:batch/jobDefinition:JobDefinition": {
      const arnPrefix = arn(`job-definition/${physical}`);
      return { arn: `${arnPrefix}:7`, arnPrefix, revision: 7 };
    }
    case "aws:lambda/function:Function":
      return { arn: arn(`function:${physical}`) };
    case "aws:lambda/functionUrl:FunctionUrl":
      return { functionUrl: `https://${name.toLowerCase()}.lambda-url.${region}.on.aws/` };
    case "aws:iam/role:Role":
      return { arn: `arn:aws:iam::${account}:role/${physical}` };
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return { bucket: inputs.bucket, key: inputs.key };
    default:
      return { arn: arn(`${kind}/${physical}`) };
  }
}

const localZone = `${region}-city-1a`;
/** Zones that have no Fargate; an account sees one of them. */
const bareZones = ["usw1-az2", "apne1-az3"];

const answers: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>> = {
  "aws:iam/getPolicyDocument:getPolicyDocument": ({ statements = [] }) => ({
    json: JSON.stringify({ Version: "2012-10-17", Statement: (statements as Statement[]).map(statementOf) }),
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: account }),
  "aws:index/getRegion:getRegion": () => ({ name: region, region }),
  "aws:index/getPartition:getPartition": () => ({ partition: "aws", dnsSuffix: "amazonaws.com" }),
  // Two zones, as some regions have, one without Fargate, and one in another city for which the account has opted in.
  "aws:index/getAvailabilityZones:getAvailabilityZones": ({ filters = [], excludeZoneIds = [] }) => ({
    names: [
      `${region}a`,
      ...((filters as { name: string }[]).some(({ name }) => name === "opt-in-status") ? [] : [localZone]),
      ...(bareZones.every((id) => (excludeZoneIds as string[]).includes(id)) ? [] : [`${region}-bare`]),
      `${region}b`,
    ],
  }),
};

interface Statement {
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
}

function statementOf({ effect = "Allow", actions, resources, principals = [] }: Statement) {
  return {
    Effect: effect,
    Action: actions,
    Resource: resources,
    Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
  };
}

/** Pulumi wraps a secret in an object that is known by this key. Here it is seen whether AWS would get to see it. */
const secretMark = "4dabf18193072939515e22adb298388d";

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return shown((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}
