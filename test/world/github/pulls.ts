// Pull requests: what a person said about one is kept here; what git knows about it is asked of git each time.
import type { Account } from "./accounts.ts";
import type { RepositoryCall } from "./answer.ts";
import { notFound, validationFailed } from "./errors.ts";
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
  const head = input.head.includes(":") ? withoutOwner(input.head, repository) : input.head;
  const references = await repository.references();
  const headSha = references.get(`refs/heads/${head}`);
  const baseSha = references.get(`refs/heads/${input.base}`);
  const invalid = (field: string) => ({ resource: "PullRequest", field, code: "invalid" });
  const fields = [...(baseSha ? [] : [invalid("base")]), ...(headSha ? [] : [invalid("head")])];
  if (headSha === undefined || baseSha === undefined) throw validationFailed(...fields);
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
  const isTwin = (pull: PullRequest) => !pull.closed && pull.head === head && pull.base === input.base;
  if (repository.pulls.some(isTwin)) {
    throw custom(`A pull request already exists for ${repository.owner}:${head}.`);
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
    base: input.base,
    createdAtMs: now,
    updatedAtMs: now,
    closed: undefined,
    maintainerCanModify: input.maintainerCanModify,
    labels: [],
    requestedReviewers: [],
    reviews: [],
    reviewComments: [],
    comments: [],
  };
  await repository.moveReference({ reference: pullReference(pull), before: undefined, after: headSha });
  repository.pulls.push(pull);
  return pull;
}

/** Where the commits of these pull requests are now, from one git process for all of them. */
export async function viewPulls(repository: Repository, pulls: readonly PullRequest[]): Promise<PullView[]> {
  const references = pulls.length === 0 ? new Map<string, string>() : await repository.references();
  return pulls.map((pull) => {
    const kept = references.get(pullReference(pull)) ?? "";
    const branch = references.get(`refs/heads/${pull.head}`);
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
  for (const pull of repository.pulls.filter((each) => !each.closed)) {
    const head = moved.get(`refs/heads/${pull.head}`);
    const base = moved.get(`refs/heads/${pull.base}`);
    if (head !== undefined || base !== undefined) await follow(site, repository, by, pull, { head, base });
  }
}

async function follow(
  site: Site,
  repository: Repository,
  by: Account,
  pull: PullRequest,
  { head, base }: { head: ReferenceMove | undefined; base: ReferenceMove | undefined },
): Promise<void> {
  const close = (baseSha: string, merge?: { by: Account; sha: string }) => {
    pull.closed = { atMs: site.now(), baseSha, merge };
    pull.updatedAtMs = site.now();
  };
  const references = await repository.references();
  const headSha = references.get(`refs/heads/${pull.head}`);
  const baseSha = references.get(`refs/heads/${pull.base}`);
  const kept = references.get(pullReference(pull));
  if (headSha === undefined || baseSha === undefined) {
    close(baseSha ?? base?.before ?? "");
    return;
  }
  if (head?.after !== undefined) {
    await repository.moveReference({ reference: pullReference(pull), before: kept, after: headSha });
    pull.updatedAtMs = site.now();
  }
  if ((await repository.countBetween(baseSha, headSha)) > 0) return;
  if (base === undefined) close(baseSha);
  else close(base.before ?? baseSha, { by, sha: baseSha });
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

/** `acme:branch` is `branch` here; another owner would be a fork, of which there are none. */
function withoutOwner(head: string, repository: Repository): string {
  const [owner = "", ...branch] = head.split(":");
  return owner.toLowerCase() === repository.owner.toLowerCase() ? branch.join(":") : "";
}
