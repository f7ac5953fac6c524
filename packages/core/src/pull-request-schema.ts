// Shapes of what Cody knows of GitHub: accounts, pull requests and how they stand, what a next round is for.
import * as z from "zod";

/** Milliseconds since 1970. */
const time = z.number().int();

/** An account on GitHub; the id never changes, the login may. */
export const accountSchema = z.object({ id: z.number().int(), login: z.string() });
export type Account = z.infer<typeof accountSchema>;

/** A pull request as people see it on GitHub, as it was when it was last read. */
export const standingSchema = z.object({
  state: z.enum(["open", "merged", "closed"]),
  headSha: z.string(),
  draft: z.boolean(),
  /** What GitHub makes of the reviews; `none` where nobody reviewed and no rule asks for it. */
  review: z.enum(["none", "required", "approved", "changes requested"]),
  /** Each reviewer's newest verdict, where it is an approval, and of which commit. */
  approvals: z.array(z.object({ account: accountSchema, sha: z.string() })),
  /** Of the head, required or not; `none` is no success. */
  checks: z.enum(["none", "pending", "passed", "failed"]),
  /** The checks that failed, those that the rules require first. */
  failing: z.array(z.object({ name: z.string(), required: z.boolean(), url: z.string().optional() })),
  /** Review conversations that nobody resolved. */
  openThreads: z.number().int(),
  /** `unknown` while GitHub has not worked it out. */
  mergeable: z.enum(["clean", "blocked", "behind", "conflicts", "unstable", "unknown"]),
  /** GitHub merges it by itself as soon as its rules allow. */
  autoMerge: z.boolean(),
  /** Login of who merged or closed it. */
  endedBy: z.string().optional(),
  /** When it was read; where nothing changed since, the first of these times. */
  readAt: time,
  /** GitHub's mark of the answer, by which asking again costs nothing where nothing changed. */
  etag: z.string().optional(),
});
export type Standing = z.infer<typeof standingSchema>;

export const pullRequestSchema = z.object({
  number: z.number().int(),
  url: z.string(),
  headSha: z.string(),
  draft: z.boolean(),
  /** What Cody wrote last: digests of title and body, labels, draft. What people changed since stays theirs. */
  written: z
    .object({
      title: z.string(),
      body: z.string(),
      labels: z.array(z.string()),
      draft: z.boolean().optional(),
    })
    .optional(),
  standing: standingSchema.optional(),
});
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** What a round after the first is for. */
export const taskSchema = z.discriminatedUnion("kind", [
  /** From the beginning, after a failure. */
  z.object({ kind: z.literal("again"), by: z.string() }),
  z.object({ kind: z.literal("follow-up"), by: z.string(), text: z.string() }),
  /** `sha`: the head whose checks failed. `by` undefined: nobody pressed, the job wants it so. */
  z.object({ kind: z.literal("fix-checks"), by: z.string().optional(), sha: z.string() }),
  z.object({ kind: z.literal("address-review"), by: z.string() }),
  z.object({ kind: z.literal("resolve-conflicts"), by: z.string() }),
  /** Delivers the stored patch as a pull request, without the model. */
  z.object({ kind: z.literal("apply-patch"), by: z.string(), to: z.enum(["branch", "fork"]) }),
]);
export type Task = z.infer<typeof taskSchema>;

/** What becomes of a branch that holds commits of people, or of a pull request that somebody closed. */
export const branchChoices = ["build-on-top", "new-branch", "overwrite", "reopen"] as const;
export type BranchChoice = (typeof branchChoices)[number];
