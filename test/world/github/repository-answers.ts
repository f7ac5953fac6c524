// A repository as REST shows it, in the short and in the full form.
import type { components } from "@octokit/openapi-types";
import { type Account, mayWrite, rightOn, simpleUser } from "./accounts.ts";
import type { Repository } from "./repository.ts";
import { isoTime, type Site } from "./site.ts";

type RepositoryAnswer = components["schemas"]["repository"];
type FullRepository = components["schemas"]["full-repository"];

/** What lists, pull requests and statuses hold. Costs no git process. */
export function repositoryAnswer(
  site: Site,
  repository: Repository,
  account: Account | undefined,
): RepositoryAnswer {
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.url}/${repository.fullName}`;
  const openPulls = repository.pulls.filter((pull) => !pull.closed).length;
  const permissions = permissionsOf(account, repository);
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: repository.fullName,
    owner: simpleUser(site, repository.owner),
    private: repository.private,
    visibility: repository.private ? "private" : "public",
    description: repository.description,
    default_branch: repository.defaultBranch,
    archived: repository.archived,
    disabled: false,
    fork: repository.parent !== undefined,
    is_template: false,
    html_url: html,
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    ssh_url: `git@127.0.0.1:${repository.fullName}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    size: 0,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openPulls,
    open_issues_count: openPulls,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    allow_forking: repository.forks,
    web_commit_signoff_required: false,
    created_at: isoTime(repository.createdAtMs),
    updated_at: isoTime(repository.pushedAtMs),
    pushed_at: isoTime(repository.pushedAtMs),
    ...(permissions === undefined ? {} : { permissions }),
    ...addresses(api),
  };
}

export function fullRepositoryAnswer(
  site: Site,
  repository: Repository,
  account: Account | undefined,
): FullRepository {
  const { temp_clone_token: _, ...short } = repositoryAnswer(site, repository, account);
  const parent = repository.parent && repositoryAnswer(site, repository.parent, account);
  return {
    ...short,
    ...(parent === undefined ? {} : { parent, source: parent }),
    has_discussions: false,
    created_at: isoTime(repository.createdAtMs),
    updated_at: isoTime(repository.pushedAtMs),
    pushed_at: isoTime(repository.pushedAtMs),
    subscribers_count: 0,
    network_count: 0,
    // How it may be merged is shown to those who may merge.
    ...(mayWrite(account, repository) && {
      allow_merge_commit: repository.merges.merge,
      allow_squash_merge: repository.merges.squash,
      allow_rebase_merge: repository.merges.rebase,
      allow_auto_merge: repository.merges.auto,
    }),
    allow_update_branch: false,
    delete_branch_on_merge: false,
    squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
    squash_merge_commit_message: "COMMIT_MESSAGES",
    merge_commit_title: "MERGE_MESSAGE",
    merge_commit_message: "PR_TITLE",
  };
}

/** Callers without a token are told no permissions at all, as on GitHub. */
function permissionsOf(account: Account | undefined, repository: Repository) {
  if (account === undefined) return undefined;
  // What an App may do is told with its installation and with its token, and not here.
  if (account.type === "Bot")
    return { admin: false, maintain: false, push: false, triage: false, pull: false };
  const right = rightOn(account, repository.fullName);
  const push = right === "write" || right === "admin";
  return { admin: right === "admin", maintain: right === "admin", push, triage: push, pull: true };
}

function addresses(api: string) {
  return {
    url: api,
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
  };
}
