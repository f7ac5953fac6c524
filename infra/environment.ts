// The environment of each program: exactly the variables that its configuration lists, as far as they have a value.
import { type Program, programs } from "@cody/core/config.ts";
import { referenceTo, type Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { DeploymentVariable, Variable } from "./variables.ts";

export interface ProgramEnvironment {
  values: Record<string, $util.Input<string>>;
  /** Parameters that hold the rest, by variable. */
  secrets: Record<string, aws.ssm.Parameter>;
}

/** What this deployment has for a program: each variable of its that is made here. Undefined: not for this one. */
type Made<P extends Program> = Record<
  Extract<(typeof programs)[P][number], DeploymentVariable>,
  $util.Input<string> | undefined
>;

/** What the program gets. A variable that this deployment has to give and does not is an error of the types. */
export function environmentOf<P extends Program>(
  program: P,
  { settings, secrets, made }: { settings: Settings; secrets: Secrets; made: Made<P> },
): ProgramEnvironment {
  const names: readonly Variable[] = programs[program];
  return { values: pick({ ...settings.values, ...made }, names), secrets: pick(secrets, names) };
}

/** The variables of a function: a secret is a reference to where it is. */
export function variablesOf({ values, secrets }: ProgramEnvironment): Record<string, $util.Input<string>> {
  const references = Object.entries(secrets).map(([name, parameter]) => [name, referenceTo(parameter)]);
  return { ...values, ...Object.fromEntries(references) };
}

function pick<T>(from: Partial<Record<Variable, T>>, names: readonly Variable[]): Record<string, T> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
