// What a pull request lacks to be merged, read from what GitHub shows to anybody who may read.
import { orMissing, statusOf } from "./github-errors.ts";
import type { PersonClient } from "./github-person-client.ts";
import type { Looked, ShownPull } from "./github-person-look.ts";
import { verdictsField } from "./github-pull-verdicts.ts";

type Reported = "passed" | "failed" | "pending";

/** Sentences that name what is missing; undefined where nothing of it can be seen. */
export async function whatIsMissing(
  client: PersonClient,
  looked: Looked,
  pull: ShownPull,
): Promise<string | undefined> {
  const base = pull.base.ref;
  if (pull.draft) return "The pull request is a draft. It has to be ready for review first.";
  if (pull.mergeable_state === "dirty")
    return `The pull request has conflicts with ${base}, which have to be resolved first.`;
  const rules = await rulesOf(client, looked, base);
  const [checks, reviews] = await Promise.all([
    missingChecks(client, looked, pull.head.sha, rules.checks),
    missingReviews(client, looked, pull, rules.approvals),
  ]);
  const behind =
    pull.mergeable_state === "behind" ? [`Its branch is behind ${base} and has to be updated first.`] : [];
  const missing = [...checks, ...reviews.missing, ...behind];
  // Where the number of approvals is hidden, only what is left over can be missing.
  if (missing.length === 0 && pull.mergeable_state === "blocked" && reviews.mayLack)
    missing.push("It needs an approving review by somebody who may push.");
  return missing.length === 0 ? undefined : `The pull request cannot be merged yet. ${missing.join(" ")}`;
}

interface Rules {
  checks: string[];
  /** Undefined where nobody but an administrator is shown it. */
  approvals: number | undefined;
}

/** Branch protection and rulesets, which hold side by side. */
async function rulesOf(client: PersonClient, { owner, repo }: Looked, branch: string): Promise<Rules> {
  const [protectedBranch, rulesets] = await Promise.all([
    orHidden(client.repos.getBranch({ owner, repo, branch })),
    orHidden(client.paginate(client.repos.getBranchRules, { owner, repo, branch, per_page: 100 })),
  ]);
  const classic = protectedBranch?.data.protection?.required_status_checks;
  const checks = new Set(classic && classic.enforcement_level !== "off" ? classic.contexts : []);
  let approvals: number | undefined;
  for (const rule of rulesets ?? []) {
    if (rule.type === "required_status_checks")
      for (const { context } of rule.parameters?.required_status_checks ?? []) checks.add(context);
    if (rule.type === "pull_request")
      approvals = Math.max(approvals ?? 0, rule.parameters?.required_approving_review_count ?? 0);
  }
  return { checks: [...checks], approvals };
}

async function missingChecks(
  client: PersonClient,
  { owner, repo }: Looked,
  ref: string,
  required: string[],
): Promise<string[]> {
  if (required.length === 0) return [];
  const asked = { owner, repo, ref, per_page: 100 };
  const [runs, statuses] = await Promise.all([
    orHidden(client.paginate(client.checks.listForRef, { ...asked, filter: "latest" })),
    orHidden(client.repos.getCombinedStatusForRef(asked)),
  ]);
  // Somebody who is shown neither is not told that nothing was reported.
  if (!runs && !statuses) return [`Not all of its required checks have passed: ${listed(required)}.`];
  const reported = new Map<string, Reported[]>();
  const report = (name: string, went: Reported) => reported.set(name, [...(reported.get(name) ?? []), went]);
  for (const { name, conclusion } of runs ?? []) report(name, wentOf(conclusion));
  for (const { context, state } of statuses?.data.statuses ?? [])
    report(context, state === "success" ? "passed" : state === "pending" ? "pending" : "failed");
  const of = (wanted: Reported) => required.filter((name) => reported.get(name)?.includes(wanted));
  const failed = of("failed");
  const pending = of("pending").filter((name) => !failed.includes(name));
  const silent = required.filter((name) => !reported.has(name));
  return [
    ...(failed.length > 0 ? [`Required checks fail: ${listed(failed)}.`] : []),
    ...(pending.length > 0 ? [`Required checks are still running: ${listed(pending)}.`] : []),
    ...(silent.length > 0 ? [`Required checks have not begun: ${listed(silent)}.`] : []),
  ];
}

function wentOf(conclusion: string | null): Reported {
  if (conclusion === null) return "pending";
  return ["success", "neutral", "skipped"].includes(conclusion) ? "passed" : "failed";
}

interface VerdictsAnswer {
  repository: {
    pullRequest: {
      latestOpinionatedReviews: { nodes: { state: string; author: { login: string } | null }[] };
    };
  };
}

const verdictsQuery = `query($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) { ${verdictsField("state author { login }")} }
  }
}`;

async function missingReviews(
  client: PersonClient,
  { owner, repo }: Looked,
  { number }: ShownPull,
  needed: number | undefined,
): Promise<{ missing: string[]; mayLack: boolean }> {
  const { repository } = await client.graphql<VerdictsAnswer>(verdictsQuery, { owner, repo, number });
  const { nodes } = repository.pullRequest.latestOpinionatedReviews;
  const whoSaid = (wanted: string) =>
    nodes.flatMap(({ state, author }) => (state === wanted ? [author?.login ?? "ghost"] : []));
  const against = whoSaid("CHANGES_REQUESTED");
  const approvals = whoSaid("APPROVED").length;
  const lacks = needed !== undefined && approvals < needed;
  return {
    missing: [
      ...(against.length > 0 ? [`Changes were requested by ${listed(against)}.`] : []),
      ...(lacks ? [`It has ${approvals} of the ${needed} approvals that it needs.`] : []),
    ],
    mayLack: needed === undefined && approvals === 0,
  };
}

/** What this person, or the App, is not shown. */
async function orHidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    const found = await orMissing(answer);
    return typeof found === "string" ? undefined : found;
  } catch (error) {
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
}

function listed(names: readonly string[]): string {
  return names.join(", ");
}
