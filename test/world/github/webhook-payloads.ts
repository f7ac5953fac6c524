// What a webhook carries: the frame that every event has, and the event's own part as REST shows it.
import { simpleUser } from "./accounts.ts";
import { isInstalledOn } from "./apps.ts";
import { checkRunAnswer } from "./checks.ts";
import type { Happening } from "./happenings.ts";
import { fullPullAnswer, pullsWithHead } from "./pull-answers.ts";
import { viewPull } from "./pulls.ts";
import type { CheckRun } from "./records.ts";
import type { Repository } from "./repository.ts";
import { repositoryAnswer } from "./repository-answers.ts";
import { reviewAnswer } from "./reviews.ts";
import { isoTime, type Site } from "./site.ts";

type Payload = Record<string, unknown>;

/** The body; undefined where the App whose webhook it is has nothing to do with it. */
export async function webhookPayload(
  site: Site,
  happening: Happening,
  appSlug: string | undefined,
): Promise<Payload | undefined> {
  const sender = simpleUser(site, happening.by.login);
  if (happening.event === "installation_repositories") {
    const { action, app, installation, repositories } = happening;
    if (appSlug !== undefined && app.slug !== appSlug) return undefined;
    const named = repositories.map(({ id, name, fullName, private: isPrivate }) => ({
      id,
      node_id: `R_${id}`,
      name,
      full_name: fullName,
      private: isPrivate,
    }));
    return {
      action,
      installation: {
        id: installation.id,
        app_id: app.id,
        app_slug: app.slug,
        account: simpleUser(site, installation.account),
        repository_selection: installation.repositories === undefined ? "all" : "selected",
        permissions: { ...installation.permissions, metadata: "read" },
      },
      repository_selection: installation.repositories === undefined ? "all" : "selected",
      repositories_added: action === "added" ? named : [],
      repositories_removed: action === "removed" ? named : [],
      requester: null,
      sender,
    };
  }
  const { repository } = happening;
  const app = appSlug === undefined ? undefined : site.apps.bySlug(appSlug);
  const installation = app?.installations.find((each) => !each.suspended && isInstalledOn(each, repository));
  if (app !== undefined && installation === undefined) return undefined;
  const owner = simpleUser(site, repository.owner);
  return {
    ...(await ownPart(site, happening)),
    repository: repositoryAnswer(site, repository, undefined),
    ...(owner.type === "Organization"
      ? {
          organization: {
            login: owner.login,
            id: owner.id,
            node_id: owner.node_id,
            url: `${site.apiUrl}/orgs/${owner.login}`,
            avatar_url: owner.avatar_url,
            description: null,
          },
        }
      : {}),
    ...(installation ? { installation: { id: installation.id, node_id: `MDIz${installation.id}` } } : {}),
    sender,
  };
}

async function ownPart(
  site: Site,
  happening: Exclude<Happening, { event: "installation_repositories" }>,
): Promise<Payload> {
  const { event, repository } = happening;
  switch (event) {
    case "pull_request":
    case "pull_request_review": {
      const { pull, action } = happening;
      const answer = await fullPullAnswer(site, repository, await viewPull(repository, pull), undefined);
      if (event === "pull_request") {
        return { action, number: pull.number, pull_request: answer, ...happening.more };
      }
      const review = reviewAnswer({ site, repository }, pull, happening.review);
      return { action, review: { ...review, state: review.state.toLowerCase() }, pull_request: answer };
    }
    case "check_run": {
      const { run, action } = happening;
      const pulls = await pullsWithHead(site, repository, run.headSha);
      const suite = suiteAnswer(site, repository, run, pulls);
      const answer = checkRunAnswer({ site, repository }, run);
      return { action, check_run: { ...answer, pull_requests: pulls, check_suite: suite } };
    }
    case "check_suite": {
      const { run, action } = happening;
      const pulls = await pullsWithHead(site, repository, run.headSha);
      return { action, check_suite: suiteAnswer(site, repository, run, pulls) };
    }
    case "status": {
      const { id, sha, context, state, description, targetUrl, createdAtMs } = happening.status;
      const times = { created_at: isoTime(createdAtMs), updated_at: isoTime(createdAtMs) };
      const said = { context, state, description, target_url: targetUrl, ...times };
      return { id, sha, name: repository.fullName, ...said, commit: { sha }, branches: [] };
    }
    case "push": {
      const { move, by } = happening;
      const none = "0".repeat(40);
      return {
        ref: move.reference,
        before: move.before ?? none,
        after: move.after ?? none,
        created: move.before === undefined,
        deleted: move.after === undefined,
        forced: await isForced(repository, move),
        base_ref: null,
        compare: `${site.url}/${repository.fullName}/compare/${move.before?.slice(0, 12)}...${move.after?.slice(0, 12)}`,
        pusher: { name: by.login, email: null },
        commits: [],
        head_commit: null,
      };
    }
  }
}

async function isForced(
  repository: Repository,
  { before, after }: { before: string | undefined; after: string | undefined },
): Promise<boolean> {
  return before !== undefined && after !== undefined && !(await repository.isAncestor(before, after));
}

function suiteAnswer(site: Site, repository: Repository, run: CheckRun, pulls: unknown[]): Payload {
  const runs = repository.checkRuns.filter((each) => each.headSha === run.headSha && each.app === run.app);
  const conclusions = runs.map(({ conclusion }) => conclusion);
  const worst = ["failure", "timed_out", "cancelled", "action_required"] as const;
  const ended = worst.find((each) => conclusions.includes(each)) ?? "success";
  const isOver = conclusions.every((conclusion) => conclusion !== null);
  return {
    id: run.app.id,
    node_id: `CS_${run.app.id}`,
    head_branch: null,
    head_sha: run.headSha,
    status: isOver ? "completed" : "in_progress",
    conclusion: isOver ? ended : null,
    url: `${site.apiUrl}/repos/${repository.fullName}/check-suites/${run.app.id}`,
    before: null,
    after: run.headSha,
    pull_requests: pulls,
    app: checkRunAnswer({ site, repository }, run).app,
    created_at: isoTime(run.startedAtMs),
    updated_at: isoTime(run.completedAtMs ?? run.startedAtMs),
    latest_check_runs_count: runs.length,
  };
}
