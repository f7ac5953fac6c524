// What the programs are configured with: neither less nor more than they read, and no secret where it can be seen.
import { ConfigError, type Program, programs, readConfig } from "@cody/core/config.ts";
import type { Evaluation } from "../evaluation.ts";
import { containerOf, functionsOf, parametersOf } from "../resources.ts";

/** What a runner gets from Batch, and from whoever submits its job. */
const ofJob = { CODY_JOB: "abcdefgh23", CODY_RUN: "1", AWS_BATCH_JOB_ID: "job", AWS_BATCH_JOB_ATTEMPT: "1" };

/** What a program gets from elsewhere. A function cannot be told its own address; requests tell it. */
const elsewhere: Partial<Record<Program, string[]>> = { runner: Object.keys(ofJob), slack: ["PUBLIC_URL"] };

/** The environment of a program once it runs, with its secrets in place. */
export function environmentOf(deployment: Evaluation, program: Program): Record<string, string> {
  const parameters = Object.values(parametersOf(deployment));
  if (program !== "runner") {
    const given = functionsOf(deployment)[program]?.environment.variables ?? {};
    return mapped(given, (value) => {
      const [, name] = /^ssm:(.*):3$/.exec(value) ?? [];
      return name === undefined ? value : parameters.find((parameter) => parameter.name === name)?.value;
    });
  }
  const { environment, secrets } = containerOf(deployment);
  const plain = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
  const arns = Object.fromEntries(secrets.map(({ name, valueFrom }) => [name, valueFrom]));
  const values = mapped(
    arns,
    (arn) => parameters.find(({ name }) => arn.endsWith(`:parameter${name}`))?.value,
  );
  return { ...plain, ...values };
}

function mapped(
  from: Record<string, string>,
  value: (given: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(Object.entries(from).map(([name, given]) => [name, value(given) ?? ""]));
}

/** What keeps the programs from starting with the configuration that they get. */
export function startFindings(deployment: Evaluation): string[] {
  return (Object.keys(programs) as Program[]).flatMap((program) => {
    const given = environmentOf(deployment, program);
    try {
      readConfig(program, { ...given, ...(program === "runner" ? ofJob : {}) });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return [error.message];
      throw error;
    }
  });
}

/** Variables that a program reads and does not get, or gets and does not read; of a deployment where all are set. */
export function nameFindings(deployment: Evaluation, unset: readonly string[]): string[] {
  return (Object.keys(programs) as Program[]).flatMap((program) => {
    const read: readonly string[] = programs[program].filter((name) => !unset.includes(name));
    const given = [...Object.keys(environmentOf(deployment, program)), ...(elsewhere[program] ?? [])];
    return [
      ...read.filter((name) => !given.includes(name)).map((name) => `${program} does not get ${name}`),
      ...given
        .filter((name) => !read.includes(name))
        .map((name) => `${program} gets ${name}, which it does not read`),
    ];
  });
}

/** Where AWS would show a secret. A parameter's own value is the one place where it belongs. */
export function secretFindings({ resources, outputs }: Evaluation, secrets: readonly string[]): string[] {
  const shown = resources
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, name, inputs }) => {
      const { value: _, ...rest } = inputs;
      const text = JSON.stringify(type === "aws:ssm/parameter:Parameter" ? rest : inputs);
      return { where: `${type} ${name}`, text };
    });
  return [...shown, { where: "the outputs", text: JSON.stringify(outputs) }].flatMap(({ where, text }) =>
    secrets.some((secret) => text.includes(JSON.stringify(secret).slice(1, -1)))
      ? [`${where} shows a secret`]
      : [],
  );
}
