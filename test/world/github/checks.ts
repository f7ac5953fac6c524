// Check runs, which Apps write, and commit statuses, which anyone with push rights writes.
import type { components } from "@octokit/openapi-types";
import { simpleUser } from "./accounts.ts";
import { type Answer, json, list, pageOf, type RepositoryCall, type WriteCall } from "./answer.ts";
import { type Body, integer, object, objects, oneOf, required, string } from "./body.ts";
import { forbidden, notFound, refused } from "./errors.ts";
import { checkHappened } from "./happenings.ts";
import { jobLog } from "./job-logs.ts";
import type { Annotation, CheckRun, CommitStatus } from "./records.ts";
import type { Repository } from "./repository.ts";
import { repositoryAnswer } from "./repository-answers.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import { isoTime } from "./site.ts";

const STATUSES = ["queued", "in_progress", "completed"] as const;
const CONCLUSIONS = [
  "success",
  "failure",
  "neutral",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
] as const;
const STATES = ["error", "failure", "pending", "success"] as const;
const PASSING = ["success", "neutral", "skipped"];

export const checkRoutes: Route[] = [
  changeRoute("POST", "/check-runs", "app", createCheckRun),
  changeRoute("PATCH", "/check-runs/:id", "app", updateCheckRun),
  readRoute("/check-runs/:id", (call) => json(checkRunAnswer(call, checkRunOf(call)))),
  readRoute("/check-runs/:id/annotations", (call) => {
    const run = checkRunOf(call);
    return list(call, run.annotations, (annotation) => annotationAnswer(call, run, annotation));
  }),
  readRoute("/actions/jobs/:id/logs", jobLog),
  readRoute("/commits/:ref*/check-runs", listCheckRuns),
  changeRoute("POST", "/statuses/:sha", "write", createStatus),
  readRoute("/commits/:ref*/statuses", listStatuses),
  readRoute("/commits/:ref*/status", combinedStatus),
];

/** Whether everything reported on a commit is well, both ways of reporting taken together. */
export function checksAreGreen(repository: Repository, sha: string): boolean {
  const runs = latestCheckRuns(repository, sha);
  const statuses = latestStatuses(repository, sha);
  return (
    runs.every(({ conclusion }) => conclusion !== null && PASSING.includes(conclusion)) &&
    statuses.every(({ state }) => state === "success")
  );
}

/** The newest run of each name of each App: a check that is run again replaces what it said. */
export function latestCheckRuns(repository: Repository, sha: string): CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const run of repository.checkRuns.filter((each) => each.headSha === sha)) {
    newest.set(`${run.app.id} ${run.name}`, run);
  }
  return [...newest.values()].reverse();
}

/** The newest status of each context. */
export function latestStatuses(repository: Repository, sha: string): CommitStatus[] {
  const newest = new Map<string, CommitStatus>();
  for (const status of repository.statuses.filter((each) => each.sha === sha)) {
    newest.set(status.context, status);
  }
  return [...newest.values()].reverse();
}

async function createCheckRun(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const { name, head_sha: headSha } = required(body, "name", "head_sha");
  if ((await repository.commitOf(headSha)) !== headSha) throw refused(`No commit found for SHA: ${headSha}`);
  const run: CheckRun = {
    id: site.nextId(),
    app: account,
    name,
    headSha,
    externalId: string(body, "external_id") ?? null,
    detailsUrl: string(body, "details_url") ?? null,
    status: "queued",
    conclusion: null,
    startedAtMs: site.now(),
    completedAtMs: undefined,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    log: undefined,
  };
  report(call, run);
  repository.checkRuns.push(run);
  checkHappened(site, repository, run, true);
  return json(checkRunAnswer(call, run), 201);
}

function updateCheckRun(call: WriteCall): Answer {
  const run = checkRunOf(call);
  if (run.app !== call.account) {
    throw forbidden(
      `Invalid app_id \`${call.account.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  report(call, run);
  checkHappened(call.site, call.repository, run, false);
  return json(checkRunAnswer(call, run));
}

/** A conclusion completes a run; a completed run must have one. */
function report({ site, body }: WriteCall, run: CheckRun): void {
  const conclusion = oneOf(body, "conclusion", CONCLUSIONS);
  const status = conclusion === undefined ? oneOf(body, "status", STATUSES) : "completed";
  if (status === "completed" && conclusion === undefined) {
    throw refused(`Invalid request.\n\n"conclusion" wasn't supplied.`);
  }
  const output = object(body, "output");
  if (output !== undefined) {
    const { title, summary } = required(output, "title", "summary");
    Object.assign(run, { title, summary, text: string(output, "text") ?? null });
    run.annotations.push(...(objects(output, "annotations") ?? []).map(annotationIn));
  }
  if (status === undefined) return;
  run.status = status;
  run.conclusion = conclusion ?? null;
  run.completedAtMs = conclusion === undefined ? undefined : site.now();
}

function annotationIn(given: Body): Annotation {
  const { path, message } = required(given, "path", "message");
  required(given, "annotation_level");
  const startLine = integer(given, "start_line") ?? 1;
  return {
    path,
    message,
    startLine,
    endLine: integer(given, "end_line") ?? startLine,
    level: oneOf(given, "annotation_level", ["notice", "warning", "failure"] as const) ?? "notice",
    title: string(given, "title") ?? null,
  };
}

function annotationAnswer(
  { site, repository }: RepositoryCall,
  { headSha }: CheckRun,
  { path, startLine, endLine, level, message, title }: Annotation,
): components["schemas"]["check-annotation"] {
  return {
    path,
    start_line: startLine,
    end_line: endLine,
    start_column: null,
    end_column: null,
    annotation_level: level,
    title,
    message,
    raw_details: null,
    blob_href: `${site.apiUrl}/repos/${repository.fullName}/git/blobs/${headSha}`,
  };
}

function checkRunOf({ repository, params }: RepositoryCall): CheckRun {
  const run = repository.checkRuns.find(({ id }) => String(id) === params.id);
  if (run === undefined) throw notFound();
  return run;
}

async function listCheckRuns(call: RepositoryCall): Promise<Answer> {
  const { repository, query } = call;
  const sha = await commitOf(call);
  const all = repository.checkRuns.filter((run) => run.headSha === sha).reverse();
  const runs = (query.get("filter") === "all" ? all : latestCheckRuns(repository, sha))
    .filter((run) => !query.has("check_name") || run.name === query.get("check_name"))
    .filter((run) => !query.has("status") || run.status === query.get("status"));
  const page = pageOf(call, runs);
  const answers = page.items.map((run) => checkRunAnswer(call, run));
  return { ...json({ total_count: runs.length, check_runs: answers }), headers: page.headers };
}

export function checkRunAnswer(
  { site, repository }: Pick<RepositoryCall, "site" | "repository">,
  run: CheckRun,
): components["schemas"]["check-run"] {
  const url = `${site.apiUrl}/repos/${repository.fullName}/check-runs/${run.id}`;
  const slug = run.app.login.replace(/\[bot\]$/, "");
  const time = isoTime(repository.createdAtMs);
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${site.url}/${repository.fullName}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: isoTime(run.startedAtMs),
    completed_at: run.completedAtMs === undefined ? null : isoTime(run.completedAtMs),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: run.app.id },
    app: {
      id: run.app.id,
      slug,
      node_id: `A_${run.app.id}`,
      owner: simpleUser(site, repository.owner),
      name: slug,
      description: null,
      external_url: `${site.url}/apps/${slug}`,
      html_url: `${site.url}/apps/${slug}`,
      created_at: time,
      updated_at: time,
      permissions: { checks: "write", metadata: "read" },
      events: [],
    },
    pull_requests: [],
  };
}

async function createStatus(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account, params } = call;
  required(body, "state");
  const state = oneOf(body, "state", STATES) ?? "pending";
  const sha = params.sha ?? "";
  if ((await repository.commitOf(sha)) !== sha) throw refused(`No commit found for SHA: ${sha}`);
  const status: CommitStatus = {
    id: site.nextId(),
    creator: account,
    sha,
    state,
    context: string(body, "context") ?? "default",
    description: string(body, "description") ?? null,
    targetUrl: string(body, "target_url") ?? null,
    createdAtMs: site.now(),
  };
  repository.statuses.push(status);
  site.happened({ by: account, event: "status", repository, status });
  return json(statusAnswer(call, status), 201);
}

async function listStatuses(call: RepositoryCall): Promise<Answer> {
  const sha = await commitOf(call);
  const statuses = call.repository.statuses.filter((status) => status.sha === sha).reverse();
  return list(call, statuses, (status) => statusAnswer(call, status));
}

/** No status at all is `pending` too: GitHub does not tell "nothing was checked" from "not done yet" here. */
async function combinedStatus(call: RepositoryCall): Promise<Answer> {
  const { site, repository, account } = call;
  const sha = await commitOf(call);
  const latest = latestStatuses(repository, sha);
  const page = pageOf(call, latest);
  const is = (...states: string[]) => latest.some(({ state }) => states.includes(state));
  const commit = `${site.apiUrl}/repos/${repository.fullName}/commits/${sha}`;
  const combined: components["schemas"]["combined-commit-status"] = {
    state: is("error", "failure") ? "failure" : latest.length === 0 || is("pending") ? "pending" : "success",
    statuses: page.items.map((status) => statusAnswer(call, status)),
    sha,
    total_count: latest.length,
    repository: { ...repositoryAnswer(site, repository, account), license: null },
    commit_url: commit,
    url: `${commit}/status`,
  };
  return { ...json(combined), headers: page.headers };
}

function statusAnswer(
  { site, repository }: RepositoryCall,
  status: CommitStatus,
): components["schemas"]["status"] {
  const creator = simpleUser(site, status.creator.login);
  return {
    url: `${site.apiUrl}/repos/${repository.fullName}/statuses/${status.sha}`,
    avatar_url: creator.avatar_url,
    id: status.id,
    node_id: `SC_${status.id}`,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: isoTime(status.createdAtMs),
    updated_at: isoTime(status.createdAtMs),
    creator,
  };
}

async function commitOf({ repository, params }: RepositoryCall): Promise<string> {
  const sha = await repository.commitOf(params.ref ?? "");
  if (sha === undefined) throw refused(`No commit found for SHA: ${params.ref}`);
  return sha;
}
