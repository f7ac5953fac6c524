// One program of the bot as a Lambda function, with a role and a log of its own.
import type { FunctionName } from "./bundles.ts";
import { type ProgramEnvironment, variablesOf } from "./environment.ts";
import { logAccess, roleFor, type Statement, secretAccess } from "./permissions.ts";
import { logRetentionDays, named } from "./stage.ts";

export interface ProgramFunction {
  name: FunctionName;
  lambda: sst.aws.Function;
  environment: ProgramEnvironment;
  logs: aws.cloudwatch.LogGroup;
}

export interface FunctionOptions {
  name: FunctionName;
  /** The folder of its bundle. */
  bundle: string;
  environment: ProgramEnvironment;
  /** What it may do beside reading its secrets and writing its log. */
  statements: Statement[];
  timeoutSeconds: number;
  /** Lambda gives processor time by the megabyte. */
  memoryMb: number;
  /** Whether the world can call it over HTTP. */
  isPublic?: boolean;
}

/** The name of its resources: `effects` is Effects. */
export function titleOf(name: FunctionName): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The function with its log group. Its role is written here, whole: SST's own is replaced. */
export function makeFunction(options: FunctionOptions): ProgramFunction {
  const { name, bundle, environment, statements, timeoutSeconds, memoryMb, isPublic = false } = options;
  const title = titleOf(name);
  const logs = new aws.cloudwatch.LogGroup(`${title}Logs`, {
    name: `/${$app.name}/${$app.stage}/${name}`,
    retentionInDays: logRetentionDays,
  });
  const lambda = new sst.aws.Function(title, {
    name: named(name),
    bundle,
    handler: `${name}.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    timeout: `${timeoutSeconds} seconds`,
    memory: `${memoryMb} MB`,
    // Slack and GitHub sign what they send; no page of another origin has business here.
    url: isPublic && { authorization: "none", cors: false },
    // Lines are JSON already, and are read as such only where Lambda puts nothing around them.
    logging: { logGroup: logs.name, format: "text" },
    // The bundle is what runs, also while somebody develops.
    dev: false,
    transform: {
      // SST's own role lets every principal of the account take it on, and writes to every log.
      role: roleFor("lambda.amazonaws.com", [
        ...statements,
        ...secretAccess(Object.values(environment.secrets)),
        logAccess(logs),
      ]),
      // SST's own variables are for what it links, and nothing is linked.
      function: { environment: { variables: variablesOf(environment) } },
    },
  });
  return { name, lambda, environment, logs };
}
