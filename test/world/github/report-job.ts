// What GitHub's own Actions say about a commit, for tests and the world that play them.
import { checkHappened } from "./happenings.ts";
import type { Annotation, CheckRun } from "./records.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

export interface JobReport {
  sha: string;
  name: string;
  /** Undefined: the job still runs. */
  conclusion?: NonNullable<CheckRun["conclusion"]>;
  title?: string;
  summary?: string;
  /** What the job printed; undefined: the log is no longer kept. */
  log?: string;
  annotations?: Annotation[];
}

/** Adds a check run, which counts instead of earlier ones of that name, or ends the one that still runs. Throws a sentence for a commit that is not there. */
export async function reportJob(site: Site, repository: Repository, report: JobReport): Promise<number> {
  const app = site.accounts.byLogin("github-actions[bot]");
  if (app === undefined) throw new Error("There are no Actions on this GitHub.");
  if ((await repository.commitOf(report.sha)) !== report.sha) {
    throw new Error(`${repository.fullName} has no commit ${report.sha}.`);
  }
  const now = site.now();
  const begun = repository.checkRuns.find(
    (run) =>
      run.app === app && run.name === report.name && run.headSha === report.sha && run.conclusion === null,
  );
  const id = begun?.id ?? site.nextId();
  const run: CheckRun = {
    id,
    app,
    name: report.name,
    headSha: report.sha,
    externalId: null,
    detailsUrl: `${site.url}/${repository.fullName}/actions/runs/${id}/job/${id}`,
    status: report.conclusion === undefined ? "in_progress" : "completed",
    conclusion: report.conclusion ?? null,
    startedAtMs: begun?.startedAtMs ?? now,
    completedAtMs: report.conclusion === undefined ? undefined : now,
    title: report.title ?? null,
    summary: report.summary ?? null,
    text: null,
    annotations: report.annotations ?? [],
    log: report.log,
  };
  if (begun === undefined) repository.checkRuns.push(run);
  else Object.assign(begun, run);
  checkHappened(site, repository, begun ?? run, begun === undefined);
  return id;
}
