// Conversations of reviews on GitHub: how many are open, what they say, and answering them once.
import { maxReviewThreads } from "../limits.ts";
import type { CodeHost, ReviewThread } from "../ports/code-host.ts";
import { statusOf, told, toldOrLimited } from "./github-errors.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";
import type { ReviewDecision } from "./github-pull-verdicts.ts";

const rights = { read: { pull_requests: "read" }, write: { pull_requests: "write" } } as const;

export function reviewsPart(part: GitHubPart): Pick<CodeHost, "openThreads" | "answerThread"> {
  return {
    openThreads: (repository, pull) =>
      told(async () => {
        const place = await enter(part, repository, rights.read);
        const { threads } = await readThreads(place, pull, threadFields);
        return threads.flatMap((thread) => (thread.isResolved ? [] : reviewThreadOf(thread)));
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
): Promise<{ decision: ReviewDecision; openThreads: number }> {
  const { decision, threads } = await readThreads(place, pull, "isResolved");
  return { decision, openThreads: threads.filter(({ isResolved }) => !isResolved).length };
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

interface ThreadsAnswer {
  repository: {
    pullRequest: {
      reviewDecision: ReviewDecision;
      reviewThreads: { nodes: Thread[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    };
  };
}

/** REST does not tell which conversations are resolved. */
async function readThreads(
  { client, owner, repo }: Place,
  pull: number,
  fields: string,
): Promise<{ decision: ReviewDecision; threads: Thread[] }> {
  const query = `query($owner: String!, $repo: String!, $pull: Int!, $after: String) {
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $pull) {
        reviewDecision
        reviewThreads(first: 100, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
      }
    }
  }`;
  const threads: Thread[] = [];
  for (let after: string | null = null; ; ) {
    const answer: ThreadsAnswer = await client.graphql(query, { owner, repo, pull, after });
    const { reviewDecision: decision, reviewThreads } = answer.repository.pullRequest;
    threads.push(...reviewThreads.nodes);
    const { hasNextPage, endCursor } = reviewThreads.pageInfo;
    if (!hasNextPage || threads.length >= maxReviewThreads) return { decision, threads };
    after = endCursor;
  }
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
