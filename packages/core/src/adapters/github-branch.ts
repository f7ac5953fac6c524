// Branches on GitHub: whose commits they hold, where they part from their base, and moving them to signed commits.
import { Failed } from "../failure.ts";
import { maxComparedCommits } from "../limits.ts";
import type { BranchState, CodeHost } from "../ports/code-host.ts";
import type { Account } from "../pull-request-schema.ts";
import { authorOf } from "./github-access.ts";
import { orMissing, statusOf, told, toldOrLimited, wordsOf } from "./github-errors.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";

type Branches = Pick<CodeHost, "branch" | "mergeBase" | "signedCommit" | "moveBranch">;

const rights = {
  look: { contents: "read", pull_requests: "read" },
  compare: { contents: "read" },
  write: { contents: "write" },
} as const;

export function branchPart(part: GitHubPart): Branches {
  return {
    branch: (repository, { branch, base, knownHead, headOwner }) =>
      told(async () => {
        const place = await enter(part, repository, rights.look);
        const owner = headOwner ?? place.owner;
        const head = owner === place.owner ? branch : `${owner}:${branch}`;
        const [headSha, self, newest] = await Promise.all([
          owner === place.owner ? headOf(place, branch) : headOfFork(place, base, head),
          part.access.self(repository),
          newestPullRequest(place, owner, branch),
        ]);
        const state: BranchState = {
          ...(headSha === undefined ? {} : { headSha }),
          foreign: { commits: 0, people: [] },
        };
        if (headSha !== undefined && headSha !== knownHead) {
          state.foreign = await foreignCommits(place, { base, head, knownHead, self });
        }
        if (newest) state.pullRequest = await pullRequestState(place, newest, self);
        return state;
      }),

    mergeBase: (repository, base, headSha) =>
      told(async () => {
        const place = await enter(part, repository, rights.compare);
        const compared = await compare(place, base, headSha, { perPage: 1, page: 1 });
        if (!compared) throw new Failed("base-branch-missing", base);
        return { sha: compared.merge_base_commit.sha, baseSha: compared.base_commit.sha };
      }),

    signedCommit: async (repository, { tree, parents, message }) => {
      if (!part.access.signs) return undefined;
      return toldOrLimited(async () => {
        const { client, owner, repo } = await enter(part, repository, rights.write);
        // Neither author nor committer may be named, or GitHub does not sign.
        const commit = { owner, repo, tree, parents: [...parents], message };
        const { data } = await client.git.createCommit(commit);
        return data.verification.verified ? data.sha : undefined;
      }, part.now);
    },

    moveBranch: (repository, branch, { sha, isNew }) =>
      toldOrLimited(async () => {
        const place = await enter(part, repository, rights.write);
        const { client, owner, repo } = place;
        try {
          if (isNew) await client.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha });
          else await client.git.updateRef({ owner, repo, ref: `heads/${branch}`, sha, force: false });
          return true;
        } catch (error) {
          if (statusOf(error) !== 422) throw error;
          const words = wordsOf(error);
          if (/not a fast forward|reference does not exist/i.test(words)) return false;
          // An answer of ours that was lost had done it already.
          if (/reference already exists/i.test(words)) return (await headOf(place, branch)) === sha;
          throw new Failed("push-refused", words, error);
        }
      }, part.now),
  };
}

async function headOf({ client, owner, repo }: Place, branch: string): Promise<string | undefined> {
  const found = await orMissing(client.git.getRef({ owner, repo, ref: `heads/${branch}` }));
  return typeof found === "string" ? undefined : found.data.object.sha;
}

/** A fork may have another name than what it is a fork of; only a comparison leads to it by its owner. */
async function headOfFork(place: Place, base: string, head: string): Promise<string | undefined> {
  const first = await compare(place, base, head, { perPage: 1, page: 1 });
  if (!first) return undefined;
  // Nothing ahead of the base: then the branch is where both met last.
  if (first.total_commits === 0) return first.merge_base_commit.sha;
  const last = await compare(place, base, head, { perPage: 1, page: first.total_commits });
  return last?.commits.at(-1)?.sha;
}

interface Compared {
  base: string;
  head: string;
  knownHead: string | undefined;
  self: Account | undefined;
}

/**
 * Commits of people. What a merge of the base brought along is on the base and so nobody's here, and what was on the
 * branch when Cody pushed last has been decided about.
 */
async function foreignCommits(
  place: Place,
  { base, head, knownHead, self }: Compared,
): Promise<BranchState["foreign"]> {
  const own = await commitsBetween(place, base, head);
  if (!own) throw new Failed("base-branch-missing", base);
  const foreign = own.commits.filter((commit) => !isOwn(commit, self));
  if (foreign.length + own.unseen === 0) return { commits: 0, people: [] };
  const before = knownHead === undefined ? undefined : await commitsBetween(place, base, knownHead);
  const known = new Set(before?.commits.map(({ sha }) => sha));
  const since = foreign.filter(({ sha }) => !known.has(sha));
  const people = since.map(({ author, commit }) => author?.login ?? commit.author?.name ?? "somebody");
  return { commits: since.length + own.unseen, people: [...new Set(people)] };
}

type Commit = NonNullable<Awaited<ReturnType<typeof compare>>>["commits"][number];
/** Somebody as GitHub knows them, where it does, and as the commit says. */
type Signature = { user: { id?: number; login?: string } | null; email: string | undefined };

/** GitHub's own committer stands under what Cody had it do, such as an update of the branch. */
function isOwn({ author, committer, commit }: Commit, self: Account | undefined): boolean {
  const by: Signature = { user: author, email: commit.author?.email };
  const from: Signature = { user: committer, email: commit.committer?.email };
  const isGitHub = from.user?.login === "web-flow" || from.email === "noreply@github.com";
  return self !== undefined && isSelf(by, self) && (isGitHub || isSelf(from, self));
}

function isSelf({ user, email }: Signature, self: Account): boolean {
  return user?.id === undefined ? email === authorOf(self).email : user.id === self.id;
}

const perPage = 100;

/** Commits of `head` that `base` has not, oldest first; undefined where one of both is not there. */
async function commitsBetween(
  place: Place,
  base: string,
  head: string,
): Promise<{ commits: Commit[]; unseen: number } | undefined> {
  const commits: Commit[] = [];
  let total = 0;
  for (let page = 1; page <= maxComparedCommits / perPage; page += 1) {
    const compared = await compare(place, base, head, { perPage, page });
    if (!compared) return undefined;
    commits.push(...compared.commits);
    total = compared.total_commits;
    if (commits.length >= total || compared.commits.length === 0) break;
  }
  return { commits, unseen: Math.max(0, total - commits.length) };
}

async function compare(
  { client, owner, repo }: Place,
  base: string,
  head: string,
  { perPage: size, page }: { perPage: number; page: number },
) {
  const basehead = `${base}...${head}`;
  const found = await orMissing(
    client.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: size, page }),
  );
  return typeof found === "string" ? undefined : found.data;
}

async function newestPullRequest({ client, owner, repo }: Place, headOwner: string, branch: string) {
  const { data } = await client.pulls.list({
    owner,
    repo,
    head: `${headOwner}:${branch}`,
    state: "all",
    sort: "created",
    direction: "desc",
  });
  // GitHub matches `head` by prefix where the owner is unknown to it; only the exact branch is ours.
  return data.find(({ head }) => head.ref === branch);
}

async function pullRequestState(
  { client, owner, repo }: Place,
  pull: NonNullable<Awaited<ReturnType<typeof newestPullRequest>>>,
  self: Account | undefined,
): Promise<BranchState["pullRequest"]> {
  const state = pull.merged_at ? "merged" : pull.state === "open" ? "open" : "closed";
  const { number, html_url: url, head, draft } = pull;
  const read = { number, url, headSha: head.sha, draft: draft === true, state } as const;
  if (state !== "closed") return read;
  const { data } = await client.issues.get({ owner, repo, issue_number: number });
  const by = data.closed_by;
  return by && by.id !== self?.id ? { ...read, closedBy: by.login } : read;
}
