// Reviews on GitHub: who of those that may push said what, which conversations are open, and answering them once.
import { maxReviewThreads } from "../limits.ts";
import type { CodeHost, ReviewThread } from "../ports/code-host.ts";
import { statusOf, told, toldOrLimited } from "./github-errors.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";
import { type ReviewDecision, type Verdict, verdictsField } from "./github-pull-verdicts.ts";

const rights = { read: { pull_requests: "read" }, write: { pull_requests: "write" } } as const;

export function reviewsPart(part: GitHubPart): Pick<CodeHost, "openThreads" | "answerThread"> {
  return {
    openThreads: (repository, pull) =>
      told(async () => {
        const place = await enter(part, repository, rights.read);
        const { verdicts, threads } = await read<Thread, Demand>(place, pull, {
          thread: threadFields,
          // Not its commit: GitHub shows an App those only with the right to read contents.
          verdict: "state body author { login }",
        });
        return [
          ...verdicts.flatMap(demandOf),
          ...threads.flatMap((thread) => (thread.isResolved ? [] : reviewThreadOf(thread))),
        ];
      }),

    answerThread: (repository, pull, { comment, text }) =>
      toldOrLimited(async () => {
        const place = await enter(part, repository, rights.write);
        const self = await part.access.self(repository);
        const isAnswered = () => hasAnswer(place, { pull, comment, text, self: self?.id });
        if (await isAnswered()) return;
        const { client, owner, repo } = place;
        try {
          await client.pulls.createReplyForReviewComment({
            owner,
            repo,
            pull_number: pull,
            comment_id: comment,
            body: text,
            // An answer that was lost must not become a second comment.
            request: { retries: 0 },
          });
        } catch (error) {
          const isLost = (statusOf(error) ?? 500) >= 500;
          if (!isLost || !(await isAnswered())) throw error;
        }
      }, part.now),
  };
}

/** How a pull request's reviews stand beside what REST tells of them. */
export async function readConversation(
  place: Place,
  pull: number,
): Promise<{ decision: ReviewDecision; verdicts: Verdict[]; openThreads: number }> {
  const { decision, verdicts, threads } = await read<Pick<Thread, "isResolved">, Verdict>(place, pull, {
    thread: "isResolved",
    verdict: "state commit { oid } author { login ... on User { databaseId } }",
  });
  return { decision, verdicts, openThreads: threads.filter(({ isResolved }) => !isResolved).length };
}

/** More comments than these of one conversation are not read: the first say what is wanted. */
const threadFields = `isResolved path line
  comments(first: 50) { nodes { fullDatabaseId body author { login } } }`;

interface Thread {
  isResolved: boolean;
  path: string;
  line: number | null;
  comments: {
    /** A number in text, because it may be larger than GraphQL's integers. */
    nodes: { fullDatabaseId: string; body: string; author: { login: string } | null }[];
  };
}

/** What a reviewer says of the whole. */
interface Demand {
  state: string;
  body: string;
  author: { login: string } | null;
}

interface Answer<OneThread, OneVerdict> {
  repository: {
    pullRequest: {
      reviewDecision: ReviewDecision;
      latestOpinionatedReviews: { nodes: OneVerdict[] };
      reviewThreads: { nodes: OneThread[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    };
  };
}

/** REST does not tell which conversations are resolved, nor who may push. */
async function read<OneThread, OneVerdict>(
  { client, owner, repo }: Place,
  pull: number,
  fields: { thread: string; verdict: string },
): Promise<{ decision: ReviewDecision; verdicts: OneVerdict[]; threads: OneThread[] }> {
  const query = `query($owner: String!, $repo: String!, $pull: Int!, $after: String) {
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $pull) {
        reviewDecision
        ${verdictsField(fields.verdict)}
        reviewThreads(first: 100, after: $after) { nodes { ${fields.thread} } pageInfo { hasNextPage endCursor } }
      }
    }
  }`;
  const threads: OneThread[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Answer<OneThread, OneVerdict> = await client.graphql(query, { owner, repo, pull, after });
    const {
      reviewDecision: decision,
      latestOpinionatedReviews,
      reviewThreads,
    } = answer.repository.pullRequest;
    threads.push(...reviewThreads.nodes);
    const { hasNextPage, endCursor } = reviewThreads.pageInfo;
    if (!hasNextPage || threads.length >= maxReviewThreads)
      return { decision, verdicts: latestOpinionatedReviews.nodes, threads };
    after = endCursor;
  }
}

function demandOf({ state, body, author }: Demand): ReviewThread[] {
  if (state !== "CHANGES_REQUESTED" || body.trim() === "") return [];
  return [{ comments: [{ by: author?.login ?? "ghost", text: body }] }];
}

function reviewThreadOf({ path, line, comments }: Thread): ReviewThread[] {
  const [first] = comments.nodes;
  if (!first) return [];
  return [
    {
      comment: Number(first.fullDatabaseId),
      path,
      ...(line === null ? {} : { line }),
      comments: comments.nodes.map(({ author, body }) => ({ by: author?.login ?? "ghost", text: body })),
    },
  ];
}

async function hasAnswer(
  { client, owner, repo }: Place,
  wanted: { pull: number; comment: number; text: string; self: number | undefined },
): Promise<boolean> {
  const list = client.pulls.listReviewComments;
  const comments = await client.paginate(list, {
    owner,
    repo,
    pull_number: wanted.pull,
    per_page: 100,
  });
  return comments.some(
    ({ in_reply_to_id: to, user, body }) =>
      to === wanted.comment && user?.id === wanted.self && body.trim() === wanted.text.trim(),
  );
}
