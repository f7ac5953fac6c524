// Pull requests: what a person said about one is kept here; what git knows about it is asked of git each time.
import { type Account, mayRead } from "./accounts.ts";
import type { RepositoryCall } from "./answer.ts";
import { notFound, refused, validationFailed } from "./errors.ts";
import { dismissStale } from "./protection.ts";
import type { PullRequest } from "./records.ts";
import type { ReferenceMove, Repository } from "./repository.ts";
import type { Site } from "./site.ts";

/** GitHub's limits for the text of a pull request, in characters. */
const MAX_TITLE_CHARACTERS = 256;
const MAX_BODY_CHARACTERS = 65_536;

/** A pull request with the commits that git has for it at this moment. */
export interface PullView {
  pull: PullRequest;
  headSha: string;
  baseSha: string;
}

export interface NewPull {
  title: string | undefined;
  body: string | null;
  head: string;
  base: string;
  draft: boolean;
  maintainerCanModify: boolean;
}

/** The pull request a route's `:number` names, or 404. */
export function pullOf({ repository, params }: RepositoryCall): PullRequest {
  const pull = repository.pulls.find(({ number }) => String(number) === params.number);
  if (pull === undefined) throw notFound();
  return pull;
}

/** The reference GitHub keeps for each pull request; anyone may fetch it and nobody may push to it. */
export function pullReference(pull: Pick<PullRequest, "number">): string {
  return `refs/pull/${pull.number}/head`;
}

/** Opens a pull request, or refuses it as GitHub does: 422 with field errors. */
export async function openPull(
  site: Site,
  repository: Repository,
  author: Account,
  input: NewPull,
): Promise<PullRequest> {
  const { owner, branch: head, from } = headOf(site, repository, author, input.head);
  const references = await repository.references();
  const fork = from === repository ? undefined : from;
  const headSha = await from?.objectOf(`refs/heads/${head}`);
  const baseSha = references.get(`refs/heads/${input.base}`);
  const invalid = (field: string) => ({ resource: "PullRequest", field, code: "invalid" });
  const fields = [...(baseSha ? [] : [invalid("base")]), ...(headSha ? [] : [invalid("head")])];
  if (headSha === undefined || baseSha === undefined) throw validationFailed(...fields);
  if (fork !== undefined) await repository.fetch(fork, headSha);
  const title = input.title ?? "";
  checkTitle(title, "Issue");
  checkBody(input.body ?? "", "Issue");
  const custom = (message: string) => validationFailed({ resource: "PullRequest", code: "custom", message });
  if ((await repository.mergeBase(baseSha, headSha)) === undefined) {
    throw custom(`The ${head} branch has no history in common with ${input.base}`);
  }
  if ((await repository.countBetween(baseSha, headSha)) === 0) {
    throw custom(`No commits between ${input.base} and ${head}`);
  }
  const isTwin = (pull: PullRequest) =>
    !pull.closed && pull.head === head && pull.headOwner === owner && pull.base === input.base;
  if (repository.pulls.some(isTwin)) {
    throw custom(`A pull request already exists for ${owner}:${head}.`);
  }
  if (input.draft && !repository.drafts) {
    throw refused("Draft pull requests are not supported in this repository.");
  }
  const now = site.now();
  const pull: PullRequest = {
    id: site.nextId(),
    number: repository.pulls.length + 1,
    author,
    title,
    body: input.body,
    draft: input.draft,
    head,
    headOwner: owner,
    fork,
    base: input.base,
    createdAtMs: now,
    updatedAtMs: now,
    closed: undefined,
    maintainerCanModify: input.maintainerCanModify,
    labels: [],
    requestedReviewers: [],
    requestedTeams: [],
    reviews: [],
    reviewComments: [],
    comments: [],
  };
  await repository.moveReference({ reference: pullReference(pull), before: undefined, after: headSha });
  repository.pulls.push(pull);
  site.happened({ by: author, event: "pull_request", action: "opened", repository, pull });
  return pull;
}

/** Where the commits of these pull requests are now, from one git process for all of them. */
export async function viewPulls(repository: Repository, pulls: readonly PullRequest[]): Promise<PullView[]> {
  const references = pulls.length === 0 ? new Map<string, string>() : await repository.references();
  return pulls.map((pull) => {
    const kept = references.get(pullReference(pull)) ?? "";
    // What a fork holds is kept below `refs/pull` as soon as it is pushed there.
    const branch = pull.fork ? undefined : references.get(`refs/heads/${pull.head}`);
    const base = references.get(`refs/heads/${pull.base}`);
    return {
      pull,
      headSha: pull.closed ? kept : (branch ?? kept),
      baseSha: pull.closed?.baseSha ?? base ?? kept,
    };
  });
}

export async function viewPull(repository: Repository, pull: PullRequest): Promise<PullView> {
  const [view] = await viewPulls(repository, [pull]);
  if (view === undefined) throw new Error(`Pull request ${pull.number} gave no view.`);
  return view;
}

/**
 * What GitHub does with pull requests after references moved: new commits on a head appear, a deleted branch
 * closes, a base that now holds the head was merged by hand, a head without commits of its own closes.
 */
export async function referencesMoved(
  site: Site,
  repository: Repository,
  by: Account,
  moves: ReferenceMove[],
): Promise<void> {
  repository.pushedAtMs = site.now();
  const moved = new Map(moves.map((move) => [move.reference, move]));
  for (const move of moves) site.happened({ by, event: "push", repository, move });
  await forkMoved(site, repository, by, moved);
  for (const pull of repository.pulls.filter((each) => !each.closed)) {
    const head = pull.fork ? undefined : moved.get(`refs/heads/${pull.head}`);
    const base = moved.get(`refs/heads/${pull.base}`);
    if (head !== undefined || base !== undefined) await follow(site, repository, by, pull, { head, base });
  }
}

/** What was pushed to a fork is the head of pull requests of the repository that it came from. */
async function forkMoved(
  site: Site,
  fork: Repository,
  by: Account,
  moved: Map<string, ReferenceMove>,
): Promise<void> {
  const parent = fork.parent;
  await parent?.exclusively(async () => {
    for (const pull of parent.pulls.filter((each) => !each.closed && each.fork === fork)) {
      const head = moved.get(`refs/heads/${pull.head}`);
      if (head === undefined) continue;
      if (head.after !== undefined) await parent.fetch(fork, head.after);
      await follow(site, parent, by, pull, { head, base: undefined });
    }
  });
}

async function follow(
  site: Site,
  repository: Repository,
  by: Account,
  pull: PullRequest,
  { head, base }: { head: ReferenceMove | undefined; base: ReferenceMove | undefined },
): Promise<void> {
  const close = (baseSha: string, merge?: { by: Account; sha: string }) => {
    pull.closed = { atMs: site.now(), baseSha, by, merge };
    pull.updatedAtMs = site.now();
    site.happened({ by, event: "pull_request", action: "closed", repository, pull });
  };
  const references = await repository.references();
  const baseSha = references.get(`refs/heads/${pull.base}`);
  const kept = references.get(pullReference(pull));
  const headSha = pull.fork
    ? head === undefined
      ? kept
      : head.after
    : references.get(`refs/heads/${pull.head}`);
  if (headSha === undefined || baseSha === undefined) {
    close(baseSha ?? base?.before ?? "");
    return;
  }
  if (head?.after !== undefined) {
    await repository.moveReference({ reference: pullReference(pull), before: kept, after: headSha });
    pull.updatedAtMs = site.now();
    headMoved(site, repository, by, pull, { before: kept ?? "", after: headSha });
  }
  if ((await repository.countBetween(baseSha, headSha)) > 0) return;
  if (base === undefined) close(baseSha);
  else close(base.before ?? baseSha, { by, sha: baseSha });
}

/** New commits on the head: approvals of the old ones may be dismissed, and everybody is told. */
export function headMoved(
  site: Site,
  repository: Repository,
  by: Account,
  pull: PullRequest,
  more: { before: string; after: string },
): void {
  site.happened({ by, event: "pull_request", action: "synchronize", repository, pull, more });
  for (const review of dismissStale(repository, pull)) {
    site.happened({ by, event: "pull_request_review", action: "dismissed", repository, pull, review });
  }
}

/** Refuses a title as GitHub does. Creation speaks of an Issue, a change of a PullRequest. */
export function checkTitle(title: string, resource: "Issue" | "PullRequest"): void {
  if (title.trim() === "") throw validationFailed({ resource, code: "missing_field", field: "title" });
  if ([...title].length > MAX_TITLE_CHARACTERS) {
    const message = `title is too long (maximum is ${MAX_TITLE_CHARACTERS} characters)`;
    throw validationFailed({ resource, code: "custom", field: "title", message });
  }
}

/** Refuses text above the limit that pull requests, comments and reviews share. */
export function checkBody(body: string, resource: string): void {
  if ([...body].length <= MAX_BODY_CHARACTERS) return;
  const message = `body is too long (maximum is ${MAX_BODY_CHARACTERS} characters)`;
  throw validationFailed({ resource, code: "custom", field: "body", message });
}

/** `branch` is one of this repository, `owner:branch` also one of that owner's fork, where the caller sees it. */
function headOf(
  site: Site,
  repository: Repository,
  account: Account,
  head: string,
): { owner: string; branch: string; from: Repository | undefined } {
  const [named = "", ...rest] = head.includes(":") ? head.split(":") : [repository.owner, head];
  const from =
    named.toLowerCase() === repository.owner.toLowerCase()
      ? repository
      : site.repositories.forkOf(repository, named);
  const isVisible = from !== undefined && (from === repository || mayRead(account, from));
  return { owner: from?.owner ?? named, branch: rest.join(":"), from: isVisible ? from : undefined };
}
