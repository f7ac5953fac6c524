// Pull requests over REST: opened, found, changed, read and merged.
import { type Account, mayWrite, rightOn } from "./accounts.ts";
import {
  type Answer,
  json,
  list,
  mediaOf,
  noContent,
  plain,
  type RepositoryCall,
  type WriteCall,
} from "./answer.ts";
import { boolean, oneOf, required, string, strings } from "./body.ts";
import { commitsIn } from "./commits.ts";
import { changedFiles, diffEntry, diffText, patchText } from "./diff.ts";
import { forbidden, GitHubError, notFound, refused, validationFailed } from "./errors.ts";
import { mergePull } from "./merge.ts";
import { has } from "./permissions.ts";
import { askMergeability, diffBase, fullPullAnswer, simplePullAnswer } from "./pull-answers.ts";
import { checkBody, checkTitle, openPull, pullOf, viewPull, viewPulls } from "./pulls.ts";
import type { PullRequest, TeamOptions } from "./records.ts";
import { reopen } from "./reopen.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import { isTeamOf, slugOf, teamNodeId } from "./teams.ts";
import { updateBranch } from "./update-branch.ts";

/** The commits of a pull request end here. */
const MAX_LISTED_COMMITS = 250;
const content = { createsContent: true };

export const pullRoutes: Route[] = [
  readRoute("/pulls", listPulls),
  changeRoute("POST", "/pulls", "read", createPull, content),
  readRoute("/pulls/:number", getPull),
  changeRoute("PATCH", "/pulls/:number", "read", updatePull),
  readRoute("/pulls/:number/files", listFiles),
  readRoute("/pulls/:number/commits", listCommits),
  readRoute("/pulls/:number/merge", (call) => {
    if (pullOf(call).closed?.merge === undefined) throw notFound();
    return noContent();
  }),
  changeRoute("PUT", "/pulls/:number/merge", "write", merge),
  changeRoute("PUT", "/pulls/:number/update-branch", "read", updateBranch),
  readRoute("/pulls/:number/requested_reviewers", async (call) => {
    const { pull, headSha, baseSha } = await viewPull(call.repository, pullOf(call));
    const view = simplePullAnswer(call.site, call.repository, { pull, headSha, baseSha }, call.account);
    return json({ users: view.requested_reviewers, teams: view.requested_teams });
  }),
  changeRoute("POST", "/pulls/:number/requested_reviewers", "write", requestReviewers, content),
  changeRoute("DELETE", "/pulls/:number/requested_reviewers", "write", unrequestReviewers),
];

async function listPulls(call: RepositoryCall): Promise<Answer> {
  const { site, repository, query, account } = call;
  const state = query.get("state") ?? "open";
  // GitHub ignores a `head` that is not `owner:branch`, and so answers with everything.
  const [owner, branch] = query.get("head")?.includes(":") ? (query.get("head") ?? "").split(":") : [];
  const found = repository.pulls
    .filter((pull) => state === "all" || (state === "closed") === (pull.closed !== undefined))
    .filter(
      (pull) =>
        branch === undefined ||
        (pull.head === branch && owner?.toLowerCase() === pull.headOwner.toLowerCase()),
    )
    .filter((pull) => !query.has("base") || pull.base === query.get("base"));
  const sort = query.get("sort") === "updated" ? "updatedAtMs" : "createdAtMs";
  const ascending = found.sort((a, b) => a[sort] - b[sort] || a.number - b.number);
  const usual = query.get("sort") === null || sort === "createdAtMs" ? "desc" : "asc";
  if ((query.get("direction") ?? usual) === "desc") ascending.reverse();
  const views = await viewPulls(repository, ascending);
  return list(call, views, (view) => simplePullAnswer(site, repository, view, account));
}

async function createPull(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const { head, base } = required(body, "head", "base");
  // Who may write to the branch may propose it wherever they can read.
  const [owner = ""] = head.includes(":") ? head.split(":") : [repository.owner];
  const source = site.repositories.forkOf(repository.parent ?? repository, owner) ?? repository;
  if (!mayWrite(account, source)) {
    const isApp = account.type === "Bot";
    throw forbidden(isApp ? "Resource not accessible by integration" : "Must have push access to repository");
  }
  const pull = await openPull(site, repository, account, {
    head,
    base,
    title: string(body, "title"),
    body: string(body, "body") ?? null,
    draft: boolean(body, "draft") ?? false,
    maintainerCanModify: boolean(body, "maintainer_can_modify") ?? false,
  });
  const answer = await pullAnswer(call, pull);
  return { ...json(answer, 201), headers: { location: answer.url } };
}

async function getPull(call: RepositoryCall): Promise<Answer> {
  const { site, repository, account } = call;
  const media = mediaOf(call);
  const view = await viewPull(repository, pullOf(call));
  if (media !== "diff" && media !== "patch") {
    const answer = await fullPullAnswer(site, repository, view, account);
    askMergeability(repository, view);
    return json(answer);
  }
  if (media === "patch") return plain(await patchText(repository, view.baseSha, view.headSha));
  return plain(await diffText(repository, await diffBase(repository, view), view.headSha));
}

async function updatePull(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const pull = pullOf(call);
  if (pull.author !== account && !mayWrite(account, repository)) {
    throw forbidden("Must have push access to repository");
  }
  const title = string(body, "title");
  const text = string(body, "body");
  const base = string(body, "base");
  const state = oneOf(body, "state", ["open", "closed"] as const);
  if (title !== undefined) checkTitle(title, "PullRequest");
  checkBody(text ?? "", "PullRequest");
  if (base !== undefined) await checkBase(call, pull, base);
  const wasClosed = pull.closed !== undefined;
  if (state === "open" && wasClosed) await reopen(repository, pull);
  if (state === "closed" && pull.closed === undefined) {
    const { baseSha } = await viewPull(repository, pull);
    pull.closed = { atMs: site.now(), baseSha, by: account, merge: undefined };
  }
  pull.title = title ?? pull.title;
  pull.body = body.body === undefined ? pull.body : (text ?? null);
  pull.base = base ?? pull.base;
  pull.maintainerCanModify = boolean(body, "maintainer_can_modify") ?? pull.maintainerCanModify;
  pull.updatedAtMs = site.now();
  const isClosed = pull.closed !== undefined;
  const action = isClosed === wasClosed ? "edited" : isClosed ? "closed" : "reopened";
  site.happened({ by: account, event: "pull_request", action, repository, pull });
  return json(await pullAnswer(call, pull));
}

async function checkBase({ repository }: WriteCall, pull: PullRequest, base: string): Promise<void> {
  const field = { resource: "PullRequest", field: "base", code: "invalid" };
  if (pull.closed)
    throw validationFailed({ ...field, message: "Cannot change the base of a closed pull request" });
  if ((await repository.objectOf(`refs/heads/${base}`)) === undefined) {
    throw validationFailed({ ...field, message: `Proposed base branch '${base}' was not found` });
  }
  const twin = repository.pulls.some(
    (other) =>
      other !== pull &&
      !other.closed &&
      other.head === pull.head &&
      other.headOwner === pull.headOwner &&
      other.base === base,
  );
  if (twin) {
    const message = `A pull request already exists for base branch '${base}' and head branch '${pull.head}'`;
    throw validationFailed({ ...field, message });
  }
}

async function listFiles(call: RepositoryCall): Promise<Answer> {
  const { site, repository } = call;
  const view = await viewPull(repository, pullOf(call));
  const files = await changedFiles(repository, await diffBase(repository, view), view.headSha);
  return list(call, files, (file) => diffEntry(site, repository, view.headSha, file));
}

async function listCommits(call: RepositoryCall): Promise<Answer> {
  const { site, repository } = call;
  const { baseSha, headSha } = await viewPull(repository, pullOf(call));
  const commits = await commitsIn(site, repository, ["--reverse", `${baseSha}..${headSha}`]);
  return list(call, commits.slice(0, MAX_LISTED_COMMITS), (commit) => commit);
}

async function merge(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const view = await viewPull(repository, pullOf(call));
  const sha = await mergePull(site, repository, account, view, {
    method: oneOf(body, "merge_method", ["merge", "squash", "rebase"] as const) ?? "merge",
    sha: string(body, "sha"),
    title: string(body, "commit_title"),
    message: string(body, "commit_message"),
  });
  return json({ sha, merged: true, message: "Pull Request successfully merged" });
}

async function requestReviewers(call: WriteCall): Promise<Answer> {
  const { repository } = call;
  const pull = pullOf(call);
  const reviewers = (strings(call.body, "reviewers") ?? []).map((login) => collaborator(call, login));
  const teams = (strings(call.body, "team_reviewers") ?? []).map((slug) => reviewTeam(call, slug));
  if (reviewers.includes(pull.author)) throw refused("Review cannot be requested from pull request author.");
  pull.requestedReviewers = [...new Set([...pull.requestedReviewers, ...reviewers])];
  pull.requestedTeams = [...new Set([...pull.requestedTeams, ...teams])];
  pull.updatedAtMs = call.site.now();
  const view = await viewPull(repository, pull);
  return json(simplePullAnswer(call.site, repository, view, call.account), 201);
}

async function unrequestReviewers(call: WriteCall): Promise<Answer> {
  const { repository } = call;
  const pull = pullOf(call);
  const gone = (strings(call.body, "reviewers") ?? []).map((login) => login.toLowerCase());
  pull.requestedReviewers = pull.requestedReviewers.filter(
    ({ login }) => !gone.includes(login.toLowerCase()),
  );
  const goneTeams = strings(call.body, "team_reviewers") ?? [];
  pull.requestedTeams = pull.requestedTeams.filter(({ name }) => !goneTeams.includes(slugOf(name)));
  const view = await viewPull(repository, pull);
  return json(simplePullAnswer(call.site, repository, view, call.account));
}

function collaborator(call: WriteCall, login: string): Account {
  const account = call.site.accounts.byLogin(login);
  if (account === undefined || rightOn(account, call.repository.fullName) === undefined) {
    throw notACollaborator(call);
  }
  return account;
}

/** A team of the repository's owner that may see the repository, and that the caller may see. */
function reviewTeam(call: WriteCall, slug: string): TeamOptions {
  const { site, repository, grant } = call;
  const team = site.teams.find(
    ({ name }) => name.toLowerCase() === `${repository.owner}/${slug}`.toLowerCase(),
  );
  if (team === undefined || !isTeamOf(team, repository)) throw notACollaborator(call);
  // A token that may not see who is a member of what cannot even name a team.
  if (grant !== undefined && !has(grant.permissions, { names: ["members"], level: "read" })) {
    throw new GitHubError(422, "Validation Failed", {
      errors: [`Could not resolve to a node with the global id of '${teamNodeId(team)}'.`],
    });
  }
  return team;
}

function notACollaborator({ repository }: WriteCall) {
  return refused(
    `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.fullName} repository.`,
  );
}

async function pullAnswer({ site, repository, account }: RepositoryCall, pull: PullRequest) {
  return fullPullAnswer(site, repository, await viewPull(repository, pull), account);
}
