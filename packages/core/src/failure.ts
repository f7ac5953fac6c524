// Everything that can go wrong, as a closed list: what happened, whether trying again can help, what to do next.
import * as z from "zod";

interface FailureKind {
  /** What happened, in words for the person who asked. `detail` is put in where `{detail}` stands. */
  sentence: string;
  /** What that person, or the operator, can do next. */
  remedy: string;
  /** Whether the same request may succeed without any change. */
  retryHelps: boolean;
}

const kinds = {
  "repository-not-allowed": {
    sentence: "{detail} is not among the repositories that Cody may work on.",
    remedy: "Ask whoever operates Cody to add it to ALLOWED_REPOS.",
    retryHelps: false,
  },
  "repository-gone": {
    sentence: "{detail} does not exist, or Cody cannot see it.",
    remedy: "Check the name, and that Cody's GitHub account has access to it.",
    retryHelps: false,
  },
  "repository-archived": {
    sentence: "{detail} is archived, so nothing can be changed there.",
    remedy: "Unarchive it on GitHub, or leave it out.",
    retryHelps: false,
  },
  "repository-empty": {
    sentence: "{detail} has no commits yet.",
    remedy: "Push a first commit, then ask again.",
    retryHelps: false,
  },
  "base-branch-missing": {
    sentence: "There is no branch {detail}.",
    remedy: "Start a new job with a branch that exists, or leave the field empty for the default branch.",
    retryHelps: false,
  },
  "no-right": {
    sentence: "Who asked may not do that on GitHub: {detail}.",
    remedy: "Ask for the right on GitHub, or let somebody start the job who has it. Nothing was spent.",
    retryHelps: false,
  },
  "not-a-member": {
    sentence: "Cody may not start this job for who asked: {detail}.",
    remedy: "Let a full member of the workspace start it. Nothing was spent.",
    retryHelps: false,
  },
  "not-linked": {
    sentence: "{detail} has not linked a GitHub account to Slack yet, so Cody cannot know their rights.",
    remedy: "Connect GitHub in the Home tab of Cody, then ask again. Nothing was spent.",
    retryHelps: true,
  },
  "link-ended": {
    sentence: "GitHub no longer accepts the link between Slack and the account of who asked: {detail}.",
    remedy: "Connect GitHub again in the Home tab of Cody, then ask again. Nothing was spent.",
    retryHelps: true,
  },
  "visibility-mixed": {
    sentence: "The job has public and private repositories together: {detail}.",
    remedy:
      "Start a job for each kind. Whoever operates Cody can allow both in one with MIX_PUBLIC_AND_PRIVATE.",
    retryHelps: false,
  },
  "patch-stale": {
    sentence: "The patch no longer applies: {detail}.",
    remedy: "The base branch has moved on. Press Retry to let the change be made anew.",
    retryHelps: true,
  },
  "branch-moved": {
    sentence: "The branch changed while Cody worked on it: {detail}.",
    remedy: "Try again; the next round begins from what is there now. The patch is in this thread.",
    retryHelps: true,
  },
  "branch-conflicts": {
    sentence: "GitHub could not update the branch by itself: {detail}.",
    remedy: "Press Resolve conflicts, or merge the base branch by hand.",
    retryHelps: false,
  },
  "channel-unavailable": {
    sentence: "Cody cannot work in that channel: {detail}.",
    remedy: "Invite Cody with /invite, or choose a public channel of your own workspace. Nothing was spent.",
    retryHelps: false,
  },
  "clone-failed": {
    sentence: "The repository could not be cloned: {detail}.",
    remedy: "Try again; if it stays so, check that Cody's GitHub account may read it.",
    retryHelps: true,
  },
  "change-refused": {
    sentence: "The change was not pushed: {detail}.",
    remedy: "Ask for it again without that, or make this part by hand.",
    retryHelps: false,
  },
  "push-refused": {
    sentence: "GitHub did not take the branch: {detail}.",
    remedy: "The patch is in this thread. Check the repository's rules for branches that begin with cody/.",
    retryHelps: false,
  },
  "pull-request-refused": {
    sentence: "The branch is pushed, but GitHub did not open a pull request: {detail}.",
    remedy: "Open it by hand from the branch, or ask whoever operates Cody to check its rights.",
    retryHelps: false,
  },
  "github-unavailable": {
    sentence: "GitHub did not answer: {detail}.",
    remedy: "Try again in a few minutes.",
    retryHelps: true,
  },
  "github-rejected": {
    sentence: "GitHub refused Cody's request: {detail}.",
    remedy: "Whoever operates Cody has to look: its GitHub token or its rights are wrong.",
    retryHelps: false,
  },
  "isolation-missing": {
    sentence: "The tools could not be kept apart from the runner's keys, so nothing was started: {detail}.",
    remedy:
      "Whoever operates Cody has to look: the runner has to be root in a container of its own, with setpriv and prlimit. TOOL_ISOLATION=none does without.",
    retryHelps: false,
  },
  "claude-unavailable": {
    sentence: "Claude did not answer: {detail}.",
    remedy: "Try again in a few minutes.",
    retryHelps: true,
  },
  "claude-refused": {
    sentence: "Claude declined this request: {detail}.",
    remedy: "Word the request differently, or do this one by hand.",
    retryHelps: false,
  },
  "claude-rejected": {
    sentence: "Claude's API refused the request: {detail}.",
    remedy: "Whoever operates Cody has to look: a key or a model is wrong.",
    retryHelps: false,
  },
  "claude-spend-limit": {
    sentence: "Claude's API takes no more requests because a spend limit is reached: {detail}.",
    remedy:
      "Every run with the same key is held up by it. Whoever operates Cody raises the limit in the Claude Console; then try again.",
    retryHelps: true,
  },
  "model-unknown": {
    sentence: "The model {detail} is not known.",
    remedy: "Choose one from the list.",
    retryHelps: false,
  },
  "limit-reached": {
    sentence: "The run stopped at its limit: {detail}.",
    remedy: "What was done so far is in this thread. Narrow the request, or allow more.",
    retryHelps: false,
  },
  stuck: {
    sentence: "The agent got stuck: {detail}.",
    remedy: "Word the request differently, or give it the missing piece.",
    retryHelps: true,
  },
  "runner-died": {
    sentence: "The runner stopped without finishing: {detail}.",
    remedy: "Try again; if it happens again, whoever operates Cody finds the cause in the runner's log.",
    retryHelps: true,
  },
  "never-started": {
    sentence: "No machine could be had for this run: {detail}.",
    remedy: "Try again later; whoever operates Cody can check the Batch queue.",
    retryHelps: true,
  },
  unexpected: {
    sentence: "Something went wrong that Cody has no word for: {detail}.",
    remedy: "Try again; if it happens again, whoever operates Cody finds the cause in the log.",
    retryHelps: true,
  },
} satisfies Record<string, FailureKind>;

export const failureSchema = z.object({
  kind: z.enum(Object.keys(kinds) as [keyof typeof kinds, ...(keyof typeof kinds)[]]),
  detail: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

/** One sentence that says what happened. */
export function sentenceOf(failure: Failure): string {
  return kinds[failure.kind].sentence.replace("{detail}", () => failure.detail.replace(/\.$/, ""));
}

/** What to do next, in one or two sentences. */
export function remedyOf(failure: Failure): string {
  return kinds[failure.kind].remedy;
}

/** Whether a Retry button makes sense. */
export function retryHelps(failure: Failure): boolean {
  return kinds[failure.kind].retryHelps;
}

/** Thrown where a story cannot go on; roots turn it into the failure of its run. */
export class Failed extends Error {
  readonly failure: Failure;

  constructor(kind: Failure["kind"], detail: string, cause?: unknown) {
    super(sentenceOf({ kind, detail }), { cause });
    this.name = "Failed";
    this.failure = { kind, detail };
  }
}

/** Slack wants a pause of this length before anything else is sent. */
export class RateLimited extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`Slack asks to wait ${Math.ceil(retryAfterMs / 1000)} s`);
    this.name = "RateLimited";
    this.retryAfterMs = retryAfterMs;
  }
}

/** The message, or its channel, is no longer there or no longer Cody's to edit. */
export class MessageGone extends Error {
  constructor(reason: string) {
    super(`the message cannot be edited any more: ${reason}`);
    this.name = "MessageGone";
  }
}

/** A request was sent and no answer came: it may have been carried out, and may still be. */
export class AnswerLost extends Error {
  constructor(cause: unknown) {
    super("no answer came", { cause });
    this.name = "AnswerLost";
  }
}

/** The failure in anything thrown; whatever is not one of ours is `unexpected`, told by its message. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failed) return thrown.failure;
  return { kind: "unexpected", detail: thrown instanceof Error ? thrown.message : String(thrown) };
}
