// AWS: the table, the queue, and the job definitions by which runners start.
import { maxRoundMs } from "@cody/core/limits.ts";
import { type Finding, listed, ok, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { DefinitionStanding, Means } from "./means.ts";

const deployAgain = "Deploy again: `npm run deploy`.";

export async function lookAtTable({ env, tableFaults }: Means): Promise<Finding[]> {
  const check = "Table";
  const read = given(check, ["CODY_TABLE"], env);
  if ("without" in read) return [read.without];
  const { CODY_TABLE: name } = read.config;
  const faults = await tableFaults(name);
  if (!faults) {
    const remedy = "Compare CODY_TABLE, AWS_REGION and AWS_PROFILE with what was deployed.";
    return [wrong(check, `there is no table ${name} in this account and region`, remedy)];
  }
  if (faults.length > 0)
    return [wrong(check, `${name} is not as Cody needs it: ${listed(faults)}`, deployAgain)];
  return [ok(check, `${name}, with its keys, its indexes, its stream and the deletion of what is old`)];
}

export async function lookAtQueue(means: Means): Promise<Finding[]> {
  const check = "Queue";
  const read = given(check, ["BATCH_QUEUE"], means.env);
  if ("without" in read) return [read.without];
  const { BATCH_QUEUE: name } = read.config;
  const found = await means.queue(name);
  if (!found) {
    const remedy = "Compare BATCH_QUEUE, AWS_REGION and AWS_PROFILE with what was deployed.";
    return [wrong(check, `there is no queue ${name} in this account and region`, remedy)];
  }
  if (!found.isEnabled) {
    const remedy = `Enable it: aws batch update-job-queue --job-queue ${name} --state ENABLED`;
    return [wrong(check, `${name} is disabled and takes no jobs`, remedy)];
  }
  if (found.status !== "VALID") return [wrong(check, `Batch says of ${name}: ${found.status}`, deployAgain)];
  if (!found.sharesFairly) {
    const says = `${name} has no scheduling policy, and refuses jobs that name whose they are`;
    return [wrong(check, says, deployAgain)];
  }
  return [ok(check, `${name} is enabled and shares fairly`)];
}

export async function lookAtDefinition(means: Means): Promise<Finding[]> {
  const check = "Job definition";
  const read = given(check, ["BATCH_JOB_DEFINITION", "BATCH_JOB_DEFINITIONS"], means.env);
  if ("without" in read) return [read.without];
  const { BATCH_JOB_DEFINITION: usual, BATCH_JOB_DEFINITIONS: pairs } = read.config;
  const others = new Set(pairs.map(({ value }) => value).filter((name) => name !== usual));
  const looks = [
    lookAtOneDefinition(check, usual, "BATCH_JOB_DEFINITION", means),
    ...[...others].map((name) => lookAtOneDefinition(check, name, "BATCH_JOB_DEFINITIONS", means)),
  ];
  return Promise.all(looks);
}

async function lookAtOneDefinition(
  check: string,
  name: string,
  variable: string,
  { definition }: Means,
): Promise<Finding> {
  const found = await definition(name);
  if (!found) {
    const remedy = `Compare ${variable}, AWS_REGION and AWS_PROFILE with what was deployed.`;
    return wrong(check, `there is no active job definition ${name} in this account and region`, remedy);
  }
  const faults = faultsOf(found);
  if (faults.length > 0) return wrong(check, `${name}: ${listed(faults)}`, deployAgain);
  const { revision, image } = found;
  return ok(check, `${name}:${revision} starts ${image}, with an end to retries and to time`);
}

/** Values that everybody may read who may describe job definitions must not be these. */
const secretVariables = ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"];

function faultsOf({ retryRules, attempts, timeoutMs, environment, image }: DefinitionStanding): string[] {
  const shown = secretVariables.filter((name) => environment[name]);
  return [
    ...(image === "" ? ["it names no image"] : []),
    ...(attempts > 1 && !endsRetries(retryRules)
      ? ["its retry rules do not end, so a runner that failed for good is started again"]
      : []),
    ...(timeoutMs === undefined || timeoutMs <= maxRoundMs
      ? [`it ends an attempt before a round's ${maxRoundMs / 60_000} minutes are over`]
      : []),
    ...(shown.length > 0 ? [`${listed(shown)} can be read in it by everybody who may describe it`] : []),
  ];
}

/**
 * Batch retries whatever no rule matches. A rule with a reason matches nothing where there is no reason, and one with an
 * exit code nothing where no container ran: so it takes both to end the rest.
 */
function endsRetries(rules: DefinitionStanding["retryRules"]): boolean {
  const ends = rules.filter(({ action }) => action?.toUpperCase() === "EXIT");
  const isPlain = (rule: (typeof ends)[number]) => Object.keys(rule).length === 2;
  return (["onReason", "onExitCode"] as const).every((condition) =>
    ends.some((rule) => rule[condition] === "*" && isPlain(rule)),
  );
}
