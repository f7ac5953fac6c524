// Finds resources of an evaluated deployment, and reads the documents that they hold as text.
import type { Evaluation } from "./evaluation.ts";

/** The inputs of the resource of this type and name. */
export function one<Inputs = Record<string, unknown>>(
  { resources }: Evaluation,
  type: string,
  name: string,
): Inputs {
  const found = resources.filter((each) => each.type === type && each.name === name);
  if (found.length !== 1) throw new Error(`There are ${found.length} resources ${type} called ${name}.`);
  return found[0]!.inputs as Inputs;
}

/** All resources of this type. */
export function every<Inputs = Record<string, unknown>>(
  { resources }: Evaluation,
  type: string,
): { name: string; inputs: Inputs }[] {
  return resources
    .filter((each) => each.type === type)
    .map(({ name, inputs }) => ({ name, inputs: inputs as Inputs }));
}

/** Inputs of a function, as far as they are looked at. */
export interface FunctionInputs {
  name: string;
  runtime: string;
  handler: string;
  architectures: string[];
  timeout: number;
  memorySize: number;
  environment: { variables: Record<string, string> };
  loggingConfig: { logFormat: string; logGroup: string };
}

/** The functions by their programs: `slack`, `effects`. */
export function functionsOf(deployment: Evaluation): Record<string, FunctionInputs> {
  const functions = every<FunctionInputs>(deployment, "aws:lambda/function:Function");
  return Object.fromEntries(
    functions.map(({ name, inputs }) => [name.replace(/Function$/, "").toLowerCase(), inputs]),
  );
}

/** The runner's container, as Batch's API takes it. */
export interface Container {
  user?: string;
  image: string;
  command?: string[];
  privileged?: boolean;
  readonlyRootFilesystem?: boolean;
  linuxParameters?: { initProcessEnabled?: boolean };
  resourceRequirements: { type: string; value: string }[];
  ephemeralStorage?: { sizeInGiB: number };
  networkConfiguration?: { assignPublicIp: string };
  volumes?: { name: string; host?: object }[];
  mountPoints?: { sourceVolume: string; containerPath: string; readOnly: boolean }[];
  environment: { name: string; value: string }[];
  secrets: { name: string; valueFrom: string }[];
  logConfiguration: { logDriver: string; options: Record<string, string> };
}

export function containerOf(deployment: Evaluation): Container {
  const { containerProperties } = one<{ containerProperties: string }>(
    deployment,
    "aws:batch/jobDefinition:JobDefinition",
    "Runner",
  );
  return JSON.parse(containerProperties) as Container;
}

/** The values of the secrets, by variable. */
export function parametersOf(deployment: Evaluation): Record<string, { name: string; value: string }> {
  const parameters = every<{ name: string; value: string }>(deployment, "aws:ssm/parameter:Parameter");
  return Object.fromEntries(parameters.map(({ inputs }) => [inputs.name.split("/").at(-1), inputs]));
}
