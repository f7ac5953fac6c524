// What checks on GitHub come to: both ways of reporting together, and which of them the rules require.
import type { Standing } from "../pull-request-schema.ts";

/** As far as it matters here: a check run of an App. */
export interface CheckRun {
  name: string;
  status: string;
  conclusion: string | null;
  details_url: string | null;
  html_url: string | null;
  app: { id: number } | null;
}

/** The other way to report, older than check runs. */
export interface CommitStatus {
  context: string;
  state: string;
  target_url?: string | null;
}

/** Required by its name, and where `app` is there, of that App. */
export interface RequiredCheck {
  name: string;
  app?: number;
}

export interface Checks {
  runs: readonly CheckRun[];
  statuses: readonly CommitStatus[];
  required: readonly RequiredCheck[];
}

const passing = ["success", "neutral", "skipped"];

/** A run that has ended and neither passed nor was left out. */
export function isFailed({ status, conclusion }: Pick<CheckRun, "status" | "conclusion">): boolean {
  return status === "completed" && !passing.includes(conclusion ?? "");
}

export function isFailedStatus({ state }: Pick<CommitStatus, "state">): boolean {
  return state === "failure" || state === "error";
}

/** A check that is required and was never reported is waited for, as GitHub does. */
export function checksOf({ runs, statuses, required }: Checks): Pick<Standing, "checks" | "failing"> {
  const all = [
    ...runs.map((run) => ({
      name: run.name,
      app: run.app?.id,
      went: isFailed(run) ? "failed" : run.status === "completed" ? "passed" : "pending",
      url: run.details_url ?? run.html_url,
    })),
    ...statuses.map((status) => ({
      name: status.context,
      app: undefined,
      went: isFailedStatus(status) ? "failed" : status.state === "success" ? "passed" : "pending",
      url: status.target_url,
    })),
  ];
  const isRequired = (check: (typeof all)[number]) =>
    required.some(({ name, app }) => name === check.name && (app === undefined || app === check.app));
  const isSilent = required.some(({ name }) => !all.some((check) => check.name === name));
  const failing = all
    .filter(({ went }) => went === "failed")
    .map((check) => ({
      name: check.name,
      required: isRequired(check),
      ...(check.url ? { url: check.url } : {}),
    }))
    .sort((a, b) => Number(b.required) - Number(a.required));
  const isPending = isSilent || all.some(({ went }) => went === "pending");
  if (failing.length > 0) return { checks: "failed", failing };
  return { checks: isPending ? "pending" : all.length > 0 ? "passed" : "none", failing };
}

/** As far as it matters here: one rule of a ruleset. */
interface Rule {
  type: string;
  parameters?: unknown;
}

export function requiredByRules(rules: readonly Rule[]): RequiredCheck[] {
  return rules.flatMap((rule) => {
    if (rule.type !== "required_status_checks") return [];
    const { required_status_checks: checks = [] } = (rule.parameters ?? {}) as {
      required_status_checks?: { context: string; integration_id?: number | null }[];
    };
    return checks.map(({ context, integration_id: app }) => requiredCheck(context, app));
  });
}

/** As far as it matters here: a branch's protection as it is told to whoever may read the branch. */
interface Protection {
  required_status_checks?: {
    enforcement_level?: string;
    contexts: string[];
    checks?: { context: string; app_id: number | null }[];
  };
}

export function requiredByProtection(protection: Protection | undefined): RequiredCheck[] {
  const wanted = protection?.required_status_checks;
  if (!wanted || wanted.enforcement_level === "off") return [];
  const named = (wanted.checks ?? []).map(({ context, app_id: app }) => requiredCheck(context, app));
  const others = wanted.contexts.filter((name) => !named.some((check) => check.name === name));
  return [...named, ...others.map((name) => ({ name }))];
}

/** -1 and nothing at all mean: of any App. */
function requiredCheck(name: string, app: number | null | undefined): RequiredCheck {
  return app === null || app === undefined || app < 0 ? { name } : { name, app };
}
