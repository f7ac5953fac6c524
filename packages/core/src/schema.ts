// Every shape that is stored or passed between programs, as zod schemas; parsed where data enters, trusted after that.
import * as z from "zod";
import { failureSchema } from "./failure.ts";
import { maxNameChars, maxPlanStepChars, maxPlanSteps, maxPromptChars, maxRepositories } from "./limits.ts";
import { effortSchema, usageSchema } from "./models.ts";
import { accountSchema, branchChoices, pullRequestSchema, taskSchema } from "./pull-request-schema.ts";
import { fullNameSchema } from "./repository.ts";

/** Milliseconds since 1970. */
const time = z.number().int();

export const changeKinds = ["upgrade", "vulnerability", "refactor", "anything"] as const;
export const deliveries = ["pull-request", "draft", "patch"] as const;

/** Claude keeps a run waiting for an answer: why, in a few words, and when Cody gives up. */
export const heldSchema = z.object({ since: time, why: z.string(), until: time });
export type Held = z.infer<typeof heldSchema>;

/** A repository as GitHub told it; the id never changes, the name may. */
export const repositorySchema = z.object({
  id: z.number().int(),
  fullName: fullNameSchema,
  defaultBranch: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  /** Whether Cody may push branches. */
  mayPush: z.boolean(),
});
export type Repository = z.infer<typeof repositorySchema>;

/** What one person asked for. */
export const jobSchema = z.object({
  id: z.string(),
  team: z.string(),
  requester: z.string(),
  channel: z.string(),
  /** The channel was not open to the whole workspace when the job began. */
  isPrivate: z.boolean().optional(),
  name: z.string().min(1).max(maxNameChars),
  prompt: z.string().min(1).max(maxPromptChars),
  kind: z.enum(changeKinds),
  deliver: z.enum(deliveries),
  model: z.string(),
  effort: effortSchema,
  /** Undefined: each repository's default branch. */
  baseBranch: z.string().optional(),
  repositories: z.array(repositorySchema).min(1).max(maxRepositories),
  budgetUsd: z.number().positive(),
  /** What its pull requests get; a reviewer is a login, or a team as `owner/team`. */
  labels: z.array(z.string()).optional(),
  reviewers: z.array(z.string()).optional(),
  /** GitHub merges each pull request as soon as its rules allow, in the name of who asked. */
  autoMerge: z.boolean().optional(),
  /** Failing checks start a round by themselves, at most `maxAutomaticRounds` times a run. */
  fixChecks: z.boolean().optional(),
  /** Who asked, on GitHub, where that person had linked an account when the job began. */
  requesterAccount: accountSchema.optional(),
  createdAt: time,
  /** The board's message, known once it is posted; every other message is a reply to it. */
  thread: z.object({ channel: z.string(), ts: z.string(), link: z.string().optional() }).optional(),
  /** Why nothing was started at all. */
  refused: failureSchema.optional(),
  /** When everything that follows from the job had been done; nobody looks after it from then on. */
  closedAt: time.optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const runStates = ["queued", "submitted", "running", "waiting", "publishing", "done"] as const;
export const outcomes = ["changed", "unchanged", "failed", "cancelled"] as const;

export const diffSchema = z.object({
  files: z.number().int(),
  additions: z.number().int(),
  deletions: z.number().int(),
  patchBytes: z.number().int(),
  /** The first lines of the diff, for the result message. */
  preview: z.string(),
});
export type Diff = z.infer<typeof diffSchema>;

/** A spend limit of the key that all runs share: when a run met it first, and what the API said. */
export const spendLimitSchema = z.object({ since: time, reached: z.string() });
export type SpendLimit = z.infer<typeof spendLimitSchema>;

/** What a run waits for, without a machine. Everything needed to go on is stored. */
export const waitingSchema = z.discriminatedUnion("for", [
  z.object({ for: z.literal("question"), since: time, question: z.string(), options: z.array(z.string()) }),
  /** The cap that was reached, in words; more is offered in dollars. */
  z.object({ for: z.literal("budget"), since: time, reached: z.string(), offerUsd: z.number() }),
  z.object({ for: z.literal("paused"), since: time, by: z.string() }),
  /** The spend limit of the key that all runs share. `since` is the limit's own, and so the same for all of them. */
  z.object({ for: z.literal("spend-limit"), ...spendLimitSchema.shape }),
  /** The change touches what a person has to look at before it is pushed. */
  z.object({
    for: z.literal("hold"),
    since: time,
    reasons: z.array(z.string()),
    /** Which change that is, as `Change.id` names it. */
    change: z.string(),
  }),
  /** Its branch holds commits that are not Cody's, or its pull request was closed by a person. */
  z.object({
    for: z.literal("branch"),
    since: time,
    why: z.enum(["commits", "closed"]),
    /** Whose commits, or who closed it; as GitHub names them. */
    people: z.array(z.string()),
    commits: z.number().int(),
    /** The head that the person is asked about. */
    headSha: z.string(),
  }),
  /** GitHub takes no more changes for now; it goes on by itself. */
  z.object({ for: z.literal("limited"), since: time, until: time, reached: z.string() }),
]);
export type Waiting = z.infer<typeof waitingSchema>;

/** How the repository's check went before the first change; a runner that goes on need not measure it again. */
export const baseCheckSchema = z.object({
  round: z.number().int(),
  command: z.string(),
  fetching: z.string().optional(),
  source: z.string(),
  went: z.enum(["passed", "failed", "not run"]),
  /** Why it was not run. */
  because: z.string().optional(),
  cause: z.enum(["missing", "download", "time"]).optional(),
  ms: z.number().int(),
});
export type BaseCheck = z.infer<typeof baseCheckSchema>;

export const checkOutcomes = ["passed", "failed before and after", "newly failing", "not run"] as const;

/** How a change was checked, measured by the runner and not told by the agent. */
export const checksSchema = z.object({
  /** Undefined where the repository does not say how it is checked. */
  command: z.string().optional(),
  outcome: z.enum(checkOutcomes),
  /** Why it was not run. */
  because: z.string().optional(),
  /** Which change was measured, as `Change.id` names it. */
  change: z.string().optional(),
  /** Paths that the check wrote into the tree and that could not be put back. */
  leftBehind: z.array(z.string()).optional(),
  beforeMs: z.number().int().optional(),
  afterMs: z.number().int().optional(),
  /** The end of what it printed after the change, where it failed. */
  tail: z.string().optional(),
});
export type Checks = z.infer<typeof checksSchema>;

/** The steps of a run as the agent planned them, for the board. */
export const planSchema = z
  .array(
    z.object({
      step: z.string().min(1).max(maxPlanStepChars),
      status: z.enum(["open", "doing", "done"]),
    }),
  )
  .max(maxPlanSteps);
export type Plan = z.infer<typeof planSchema>;

/** A job's work on one repository. Every write raises `revision`, and is refused where another came between. */
export const runSchema = z.object({
  job: z.string(),
  number: z.number().int(),
  revision: z.number().int(),
  repository: repositorySchema,
  baseBranch: z.string(),
  branch: z.string(),
  round: z.number().int(),
  /** What this round is for; undefined in the first, which is for the job's request. */
  task: taskSchema.optional(),
  /** How the latest rounds before this one went, oldest first. */
  earlier: z
    .array(
      z.object({
        round: z.number().int(),
        outcome: z.enum(outcomes),
        task: taskSchema.optional(),
        summary: z.string().optional(),
        headSha: z.string().optional(),
      }),
    )
    .optional(),
  /** What a person decided about the branch in this round, and about which head. */
  branchChoice: z.object({ choice: z.enum(branchChoices), by: z.string(), headSha: z.string() }).optional(),
  /** Rounds that failing checks started without anybody. */
  automaticRounds: z.number().int().optional(),
  state: z.enum(runStates),
  outcome: z.enum(outcomes).optional(),
  /** Why it failed. */
  reason: failureSchema.optional(),
  /** Why only a patch is delivered although a pull request was asked for. */
  patchOnly: z.string().optional(),
  /** The Batch job that works on this round now, or did last. */
  queueJob: z.string().optional(),
  /** Batch jobs and their attempts that began this round. */
  attempts: z.number().int(),
  /** How the last runner died, and after how many turns; the same death twice ends the run. */
  death: z.object({ turns: z.number().int(), how: z.string(), count: z.number().int() }).optional(),
  /** Who asked to stop, and when; wins over publishing if it came first. */
  stop: z.object({ by: z.string(), at: time }).optional(),
  /** When publishing began in this round; from then on a stop comes too late, whatever happens to the runner. */
  publishingSince: time.optional(),
  /** Who asked to pause; the runner stores where it is and gives its machine back. */
  pause: z.object({ by: z.string(), at: time }).optional(),
  waiting: waitingSchema.optional(),
  /** What a person answered to the question that the run waited for. */
  reply: z.string().optional(),
  /** Dollars and turns that people allowed beyond the run's share. */
  grantedUsd: z.number().optional(),
  grantedTurns: z.number().int().optional(),
  /** Milliseconds that they allowed beyond `maxRoundMs`: what had been worked by then. */
  grantedMs: z.number().int().optional(),
  /** Milliseconds that machines have worked on this round. */
  workedMs: z.number().int().optional(),
  /** When the machine that works now, or did last, began, and how many milliseconds the round had left by then. */
  machine: z.object({ since: time, leftMs: z.number().int() }).optional(),
  /** Somebody wants what is there delivered as it is, without another turn. */
  deliverAsIs: z.boolean().optional(),
  /** Who let a change that was held be pushed, and which; any other change is judged anew. */
  released: z.object({ by: z.string(), at: time, change: z.string() }).optional(),
  baseSha: z.string().optional(),
  /** The commit of the base branch that this round merges into its own. */
  mergeSha: z.string().optional(),
  headSha: z.string().optional(),
  diff: diffSchema.optional(),
  pullRequest: pullRequestSchema.optional(),
  /** The repository that holds its branch, where that is a fork. */
  fork: fullNameSchema.optional(),
  /** Whether GitHub signed its commits; undefined while there are none. */
  isSigned: z.boolean().optional(),
  /** What could not be done beside the change, each in a sentence: a reviewer that GitHub refused, a label. */
  notes: z.array(z.string()).optional(),
  /** When GitHub is asked about its pull request next; undefined where nobody need ask. */
  lookAt: time.optional(),
  /** When it was asked last. */
  lookedAt: time.optional(),
  /** The agent's own last words: what it did, or the evidence that nothing was needed. */
  summary: z.string().optional(),
  /** How the change was checked, or why not, in the agent's words. */
  verification: z.string().optional(),
  baseCheck: baseCheckSchema.optional(),
  checks: checksSchema.optional(),
  /** What Claude's API calls the model that works on it. */
  modelName: z.string().optional(),
  /** What keeps the tools from the runner's keys, as it was measured. */
  isolation: z.string().optional(),
  /** Hosts that the tools asked for and were refused, most often refused first. */
  denied: z.array(z.object({ host: z.string(), count: z.number().int() })).optional(),
  /** What it is doing now, for the board. */
  progress: z.string().optional(),
  held: heldSchema.optional(),
  plan: planSchema.optional(),
  turns: z.number().int(),
  usage: usageSchema,
  costUsd: z.number().nullable(),
  queuedAt: time,
  submittedAt: time.optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
});
export type Run = z.infer<typeof runSchema>;

/**
 * `message` is what somebody wrote in the thread: runners read it before their next call. `reply` answers a question,
 * `more` allows more money, `deliver` takes what is there, `release` lets a held change be pushed, `branch` decides about
 * a branch that others changed. From `approve` to `auto-merge` it is done on GitHub as the person who pressed. The last
 * ones begin another round; `apply-patch` makes a pull request of a patch.
 */
export const askKinds = [
  "stop",
  "pause",
  "resume",
  "conversation",
  "message",
  "reply",
  "more",
  "deliver",
  "release",
  "branch",
  "approve",
  "approve-all",
  "request-changes",
  "merge",
  "auto-merge",
  "close",
  "close-all",
  "update-branch",
  "resolve-conflicts",
  "fix-checks",
  "address-review",
  "follow-up",
  "apply-patch",
  "retry",
] as const;
export type AskKind = (typeof askKinds)[number];

/** The answer to a message that no run's question waited for: it is there for every run to read. */
export const noted = "noted";

/** Something a person wants of a job that exists. */
export const askSchema = z.object({
  id: z.string(),
  job: z.string(),
  kind: z.enum(askKinds),
  /** Of one run; undefined: of the whole job. */
  run: z.number().int().optional(),
  /** What was written, or the number of the option that was chosen. */
  text: z.string().optional(),
  /** Of an answer: which waiting it answers, by when that began. */
  since: time.optional(),
  /** The heads that the person saw, by run; nothing is done to any other. */
  heads: z.array(z.object({ run: z.number().int(), sha: z.string() })).optional(),
  by: z.string(),
  at: time,
  /** Where the private answer goes. */
  responseUrl: z.string().optional(),
  /** What became of it, in a sentence for the person. */
  answer: z.string().optional(),
});
export type Ask = z.infer<typeof askSchema>;

/** One Slack message of a job: claimed before it is sent, recorded after. */
export const postSchema = z.object({
  job: z.string(),
  key: z.string(),
  /** When it was claimed first. */
  firstAt: time.optional(),
  /** Until then whoever claimed it is at work; after that it is looked up and taken over. */
  claimedUntil: time,
  ts: z.string().optional(),
  /** An upload's file, recorded before it is shared. */
  file: z.string().optional(),
  /** Of the board: whose drawer draws it. */
  team: z.string().optional(),
  /** What the board showed when it was last drawn. */
  drawn: z.string().optional(),
  drawnAt: time.optional(),
});
export type Post = z.infer<typeof postSchema>;

/** Everything small about one job, read in one query. */
export interface JobRecord {
  job: Job;
  runs: Run[];
  asks: Ask[];
  posts: Post[];
}

/** What one turn sent and received, byte for byte as the API had it, and what it cost. */
export const turnSchema = z.object({
  turn: z.number().int(),
  round: z.number().int(),
  at: time,
  /** Messages that this turn added to the conversation: the answer, then the results of its tools. */
  messages: z.array(z.unknown()),
  /** The conversation begins anew with this turn's messages, which tell what came before; that is not sent again. */
  restarts: z.boolean().optional(),
  /** Ids of the asks whose words this turn gave to the model. */
  heard: z.array(z.string()).optional(),
  usage: usageSchema,
  costUsd: z.number().nullable(),
});
export type Turn = z.infer<typeof turnSchema>;
