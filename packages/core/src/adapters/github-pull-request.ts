// Pull requests on GitHub: opened, found again, and changed only where they still are as Cody wrote them.
import { hash } from "node:crypto";
import { Failed } from "../failure.ts";
import type { CodeHost, PullRequestWanted } from "../ports/code-host.ts";
import type { PullRequest } from "../pull-request-schema.ts";
import type { Client } from "./github-access.ts";
import { isRefusal, orMissing, statusOf, toldOrLimited, wordsOf } from "./github-errors.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";
import { addLabels, askReviewers } from "./github-pull-request-extras.ts";

type Written = NonNullable<PullRequest["written"]>;
type Delivered = Awaited<ReturnType<CodeHost["deliverPullRequest"]>>;
/** What lists and single answers of GitHub have in common. */
interface Shown {
  number: number;
  node_id: string;
  html_url: string;
  title: string;
  body: string | null;
  state: string;
  draft?: boolean;
  merged_at: string | null;
  head: { ref: string; sha: string };
  user: { id: number } | null;
  labels: { name: string }[];
  requested_reviewers?: { login: string }[] | null;
  requested_teams?: { slug: string }[] | null;
}

/** Where nothing is Cody's. No digest is empty, so nothing of it is ever changed. */
const nothingWritten: Written = { title: "", body: "", labels: [] };

export function pullRequestPart(part: GitHubPart): Pick<CodeHost, "deliverPullRequest" | "updateBranch"> {
  return {
    deliverPullRequest: (wanted) =>
      toldOrLimited(async () => {
        const rights = { pull_requests: "write", contents: "read" } as const;
        const teams = wanted.reviewers.some((name) => name.includes("/"));
        const place = await enter(part, wanted.repository, rights, teams ? { members: "read" } : {});
        const { known } = wanted;
        if (known) {
          const shown = await read(place, known.number);
          // A merged one has ended: what comes after it is another pull request.
          if (shown && !shown.merged_at) return update(place, shown, known, wanted);
        }
        const open = await openPullRequestOf(place, wanted);
        return open ? adopt(part, place, open, wanted) : create(part, place, wanted);
      }, part.now),

    updateBranch: (repository, pull, headSha) =>
      toldOrLimited(async () => {
        const rights = { pull_requests: "write", contents: "write" } as const;
        const { client, owner, repo } = await enter(part, repository, rights);
        try {
          await client.pulls.updateBranch({ owner, repo, pull_number: pull, expected_head_sha: headSha });
        } catch (error) {
          if (statusOf(error) !== 422) throw error;
          const words = wordsOf(error);
          if (/no new commits on the base/i.test(words)) return;
          throw new Failed(
            /expected head sha/i.test(words) ? "branch-moved" : "branch-conflicts",
            words,
            error,
          );
        }
      }, part.now),
  };
}

async function create(part: GitHubPart, place: Place, wanted: PullRequestWanted): Promise<Delivered> {
  const notes: string[] = [];
  const shown = await open(place, wanted, notes);
  if (shown === "exists") {
    const other = await openPullRequestOf(place, wanted);
    if (other) return adopt(part, place, other, wanted);
    throw new Failed("pull-request-refused", "one exists already, and GitHub does not show it");
  }
  await askReviewers(place, shown, wanted.reviewers, notes);
  const labels = await addLabels(place, shown.number, wanted.labels, notes);
  return { pullRequest: { ...pullRequestOf(shown), written: { ...writtenOf(shown), labels } }, notes };
}

/** GitHub opens it, or says that it is there: another runner, or a lost answer of ours, was quicker. */
async function open(place: Place, wanted: PullRequestWanted, notes: string[]): Promise<Shown | "exists"> {
  const { client, owner, repo } = place;
  const { title, body, base, draft } = wanted;
  const head = wanted.headOwner ? `${wanted.headOwner}:${wanted.branch}` : wanted.branch;
  try {
    return (await client.pulls.create({ owner, repo, head, base, title, body, draft })).data;
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    const words = wordsOf(error);
    if (/already exists/i.test(words)) return "exists";
    if (draft && /draft pull requests are not supported/i.test(words)) {
      notes.push("GitHub allows no drafts in this repository, so the pull request is not one.");
      return open(place, { ...wanted, draft: false }, notes);
    }
    throw new Failed("pull-request-refused", words, error);
  }
}

/**
 * Takes over one that Cody knows nothing of. What Cody opened is as Cody wrote it: the answer was lost before anybody
 * saw it. What a person opened from Cody's branch stays that person's.
 */
async function adopt(
  part: GitHubPart,
  place: Place,
  shown: Shown,
  wanted: PullRequestWanted,
): Promise<Delivered> {
  const self = await part.access.self(wanted.repository);
  const isOwn = self !== undefined && shown.user?.id === self.id;
  const written = isOwn ? writtenOf(shown) : nothingWritten;
  const delivered = await update(place, shown, { ...pullRequestOf(shown), written }, wanted);
  if (isOwn) {
    const asked = new Set([
      ...(shown.requested_reviewers ?? []).map(({ login }) => login.toLowerCase()),
      ...(shown.requested_teams ?? []).map(({ slug }) => `${place.owner}/${slug}`.toLowerCase()),
    ]);
    const missing = wanted.reviewers.filter((name) => !asked.has(name.toLowerCase()));
    await askReviewers(place, shown, missing, delivered.notes);
  }
  return delivered;
}

async function update(
  place: Place,
  shown: Shown,
  known: PullRequest,
  wanted: PullRequestWanted,
): Promise<Delivered> {
  const { client, owner, repo } = place;
  const notes: string[] = [];
  const isClosed = shown.state === "closed";
  if (isClosed && !wanted.reopen) {
    notes.push("The pull request is closed, and was left so.");
    return { pullRequest: { ...known, ...pullRequestOf(shown) }, notes };
  }
  const written = known.written ?? nothingWritten;
  const change = {
    ...(isClosed ? { state: "open" as const } : {}),
    ...(digest(shown.title) === written.title && shown.title !== wanted.title ? { title: wanted.title } : {}),
    ...(digest(shown.body) === written.body && digest(wanted.body) !== written.body
      ? { body: wanted.body }
      : {}),
  };
  let now: Shown = shown;
  if (Object.keys(change).length > 0) {
    now = await patch(client, { owner, repo, pull_number: shown.number, ...change });
  }
  const draft = await setDraft(place, now, { known, wanted: wanted.draft, notes });
  const labels = await missingLabels(place, now, { written, wanted, notes });
  return {
    pullRequest: {
      ...known,
      ...pullRequestOf({ ...now, draft: draft.is }),
      written: {
        title: change.title === undefined ? written.title : digest(now.title),
        body: change.body === undefined ? written.body : digest(now.body),
        labels,
        ...(draft.written === undefined ? {} : { draft: draft.written }),
      },
    },
    notes,
  };
}

/** GitHub does not open one again whose branch was forced back or made anew, and says so. */
async function patch(client: Client, change: Parameters<Client["pulls"]["update"]>[0]): Promise<Shown> {
  try {
    return (await client.pulls.update(change)).data;
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    throw new Failed("pull-request-refused", wordsOf(error), error);
  }
}

/** Only GraphQL makes a draft ready, or a draft again. A person who did either keeps it. */
async function setDraft(
  { client }: Place,
  shown: Shown,
  { known, wanted, notes }: { known: PullRequest; wanted: boolean; notes: string[] },
): Promise<{ is: boolean; written: boolean | undefined }> {
  const is = shown.draft === true;
  const before = known.written?.draft;
  if (is !== before || is === wanted) return { is, written: before };
  const mutation = wanted ? "convertPullRequestToDraft" : "markPullRequestReadyForReview";
  try {
    await client.graphql(
      `mutation($id: ID!) { ${mutation}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
      { id: shown.node_id },
    );
    return { is: wanted, written: wanted };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    notes.push(
      `GitHub did not ${wanted ? "make it a draft" : "make it ready for review"}: ${wordsOf(error)}.`,
    );
    return { is, written: before };
  }
}

/** Labels that Cody gave once and that are gone were removed by a person. */
async function missingLabels(
  place: Place,
  { number, labels }: Shown,
  { written, wanted, notes }: { written: Written; wanted: PullRequestWanted; notes: string[] },
): Promise<string[]> {
  const have = new Set(
    [...labels.map(({ name }) => name), ...written.labels].map((name) => name.toLowerCase()),
  );
  const missing = wanted.labels.filter((name) => !have.has(name.toLowerCase()));
  const there = wanted.labels.filter((name) => have.has(name.toLowerCase()));
  const added = await addLabels(place, number, missing, notes);
  return [...new Set([...written.labels, ...there, ...added])];
}

async function read({ client, owner, repo }: Place, number: number): Promise<Shown | undefined> {
  const found = await orMissing(client.pulls.get({ owner, repo, pull_number: number }));
  return typeof found === "string" ? undefined : found.data;
}

async function openPullRequestOf(
  { client, owner, repo }: Place,
  { branch, headOwner = owner }: Pick<PullRequestWanted, "branch" | "headOwner">,
): Promise<Shown | undefined> {
  const { data } = await client.pulls.list({ owner, repo, head: `${headOwner}:${branch}`, state: "open" });
  // GitHub matches `head` by prefix where the owner is unknown to it; only the exact branch is ours.
  return data.find(({ head }) => head.ref === branch);
}

function pullRequestOf({ number, html_url, head, draft }: Shown): PullRequest {
  return { number, url: html_url, headSha: head.sha, draft: draft === true };
}

function writtenOf({ title, body, draft }: Shown): Written {
  return { title: digest(title), body: digest(body), labels: [], draft: draft === true };
}

/** The web page turns line ends into others and takes blanks away; that is no change. */
function digest(text: string | null): string {
  return hash("sha256", (text ?? "").replaceAll("\r\n", "\n").trim());
}
