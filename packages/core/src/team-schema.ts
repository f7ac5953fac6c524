// Shapes of what a team shares: its people and their links, what was done by whom, its defaults, its repositories.
import * as z from "zod";
import { accountSchema } from "./pull-request-schema.ts";
import { deliveries, repositorySchema } from "./schema.ts";

/** Milliseconds since 1970. */
const time = z.number().int();

/** A person of a team, and the account on GitHub that is theirs. */
export const personSchema = z.object({
  team: z.string(),
  user: z.string(),
  account: accountSchema,
  /** Tokens, encrypted with a key that is not in the table. */
  sealedTokens: z.string(),
  linkedAt: time,
});
export type Person = z.infer<typeof personSchema>;

/** Somebody is about to link an account: single use, for ten minutes. */
export const linkRequestSchema = z.object({
  id: z.string(),
  team: z.string(),
  user: z.string(),
  /** PKCE's secret, and the digest of the cookie of the browser that may finish it; both from the moment of consent. */
  verifier: z.string().optional(),
  nonceDigest: z.string().optional(),
  expiresAt: time,
});
export type LinkRequest = z.infer<typeof linkRequestSchema>;

/** One press and what came of it; never changed and never deleted by Cody. */
export const auditSchema = z.object({
  id: z.string(),
  at: time,
  team: z.string(),
  job: z.string(),
  by: z.string(),
  /** As whom it was done on GitHub. */
  account: accountSchema.optional(),
  action: z.string(),
  repository: z.string().optional(),
  pull: z.number().int().optional(),
  sha: z.string().optional(),
  decision: z.enum(["done", "refused"]),
  /** What the person was told. */
  words: z.string(),
});
export type Audit = z.infer<typeof auditSchema>;

/** What a team's jobs begin with where the form is not changed. */
export const teamDefaultsSchema = z.object({
  deliver: z.enum(deliveries).optional(),
  labels: z.array(z.string()).optional(),
  reviewers: z.array(z.string()).optional(),
  autoMerge: z.boolean().optional(),
  fixChecks: z.boolean().optional(),
});
export type TeamDefaults = z.infer<typeof teamDefaultsSchema>;

/** The repositories that a team's Cody can see, and when that was read. */
export const catalogueSchema = z.object({
  repositories: z.array(repositorySchema),
  readAt: time,
});
export type Catalogue = z.infer<typeof catalogueSchema>;
