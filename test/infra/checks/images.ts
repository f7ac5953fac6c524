// Images of the runner: each has a job definition, by which runs can be submitted, and can be pulled.
import { readVariables } from "@cody/core/config.ts";
import type { Evaluation } from "../evaluation.ts";
import { type Container, every } from "../resources.ts";
import { environmentOf } from "./environment.ts";
import { statementsOf } from "./permissions.ts";

interface DefinitionInputs {
  name: string;
  containerProperties: string;
}

interface Definition {
  name: string;
  container: Container & { executionRoleArn?: string };
  /** All of it but its name and its image. */
  rest: string;
}

const pulling = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/** What keeps a run from being started by the definition, and from the image, that its repository has. */
export function imageFindings(deployment: Evaluation): string[] {
  const definitions = definitionsOf(deployment);
  const [usual, ...others] = definitions;
  return [
    ...(["effects", "watchdog"] as const).flatMap((program) =>
      submitFindings(deployment, program, definitions),
    ),
    ...others
      .filter(({ rest }) => rest !== usual?.rest)
      .map(({ name }) => `${name} differs in more than its image`),
    ...definitions.flatMap(({ container: { image } }) =>
      mayPull(deployment, image) ? [] : [`nobody may pull ${image}`],
    ),
  ];
}

/** The usual one first. */
function definitionsOf(deployment: Evaluation): Definition[] {
  return every<DefinitionInputs>(deployment, "aws:batch/jobDefinition:JobDefinition")
    .toSorted((one, other) => one.name.length - other.name.length)
    .map(({ inputs: { name, containerProperties, ...inputs } }) => {
      const container = JSON.parse(containerProperties) as Container;
      const { image: _, ...same } = container;
      return { name, container, rest: JSON.stringify({ ...inputs, ...same }) };
    });
}

function submitFindings(
  deployment: Evaluation,
  program: "effects" | "watchdog",
  definitions: Definition[],
): string[] {
  const { config } = readVariables(
    ["BATCH_JOB_DEFINITION", "BATCH_JOB_DEFINITIONS"],
    environmentOf(deployment, program),
  );
  const named = [
    config.BATCH_JOB_DEFINITION ?? "nothing",
    ...(config.BATCH_JOB_DEFINITIONS ?? []).map(({ value }) => value),
  ];
  const made = definitions.map(({ name }) => name);
  const role = program === "effects" ? "EffectsRole" : "WatchdogRole";
  return [
    ...named
      .filter((name) => !made.includes(name))
      .map((name) => `${program} names ${name}, which is not made`),
    ...made.filter((name) => !named.includes(name)).map((name) => `${program} never names ${name}`),
    ...made
      .filter((name) =>
        // With a revision and without: jobs are submitted by the name alone.
        ["", ":*"].some(
          (revision) => !allows(deployment, role, "batch:SubmitJob", `:job-definition/${name}${revision}`),
        ),
      )
      .map((name) => `${program} may not submit by ${name}`),
  ];
}

/** Everybody may pull from a registry that is not on AWS, or public there. */
function mayPull(deployment: Evaluation, image: string): boolean {
  const [, account, region, name] =
    /^(\d+)\.dkr\.ecr\.([\w-]+)\.amazonaws\.com\/([\w./-]+)[@:]/.exec(image) ?? [];
  if (!name) return true;
  const arn = `arn:aws:ecr:${region}:${account}:repository/${name}`;
  return pulling.every((action) => allows(deployment, "RunnerStartRole", action, arn));
}

/** Whether the role may do it with the resource whose ARN ends like this. */
function allows(deployment: Evaluation, role: string, action: string, end: string): boolean {
  return statementsOf(deployment, role).some(
    ({ Action, Resource }) =>
      [Action].flat().includes(action) && [Resource].flat().some((arn) => arn.endsWith(end)),
  );
}
