// The variables of every program, each problem once, with the programs that it keeps from starting.
import { configProblems, type Program, programs } from "@cody/core/config.ts";
import { type Finding, listed, ok, wrong } from "./finding.ts";
import type { Environment, Means } from "./means.ts";

/** What Batch and the job give the runner when it starts. */
const ofJobs = { CODY_JOB: "abcdefgh23", CODY_RUN: "1", AWS_BATCH_JOB_ID: "job", AWS_BATCH_JOB_ATTEMPT: "1" };

/** What a deployment makes. Where none has been made yet, these are not missing. */
const ofDeployment = {
  CODY_TABLE: "table",
  BATCH_QUEUE: "queue",
  BATCH_JOB_DEFINITION: "definition",
  PUBLIC_URL: "https://cody.invalid",
};

export async function lookAtVariables({ env, isDeployed }: Means): Promise<Finding[]> {
  const check = "Variables";
  const given = { ...(isDeployed ? {} : ofDeployment), ...withoutEmpty(env), ...ofJobs };
  const needing = new Map<string, Program[]>();
  for (const program of Object.keys(programs) as Program[])
    for (const problem of configProblems(program, given))
      needing.set(problem, [...(needing.get(problem) ?? []), program]);
  if (needing.size === 0) return [ok(check, "every program has what it needs")];
  const names = [...needing.keys()].map((problem) => problem.split(" ")[0] ?? "");
  const remedy = remedyFor(names, isDeployed);
  return [...needing].map(([problem, needed]) => wrong(check, wordsOf(problem, needed), remedy));
}

function remedyFor(names: string[], isDeployed: boolean): string {
  const looks = `.env.example says what ${names.length === 1 ? "it looks" : "each looks"} like.`;
  // Before a deployment, whoever deploys says where: secrets do not stand in .env then.
  if (!isDeployed) return `Set ${listed(names)}; ${looks}`;
  const remedy = `Set ${listed(names)} in the environment or in .env; ${looks}`;
  if (!names.includes("CODY_TABLE")) return remedy;
  return `${remedy} To look at what \`npm run deploy\` made: npm run doctor -- --env .sst/production.env`;
}

function wordsOf(problem: string, needed: Program[]): string {
  const count = needed.length === 1 ? "program" : "programs";
  return `${problem}; without it the ${count} ${listed(needed)} cannot start`;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}
