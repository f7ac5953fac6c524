// GitHub as one person, and how people let Cody act for them.
import type { Account } from "../pull-request-schema.ts";
import type { RepositoryName } from "./code-host.ts";

/** What came of something done as a person. Never thrown: a refusal is a sentence for that person. */
export type Done = { done: true } | { done: false; words: string };

/** One pull request, and the head that a person saw. */
export interface SeenPullRequest {
  repository: RepositoryName;
  number: number;
  sha: string;
}

/**
 * GitHub as one person, with that person's own token. Approvals and merges exist here and nowhere else. Throws `Failed`
 * where GitHub does not answer, so that nobody knows.
 */
export interface PersonalCodeHost {
  account(): Promise<Account>;
  /** What this person may do, read live. */
  rights(repository: RepositoryName): Promise<"none" | "read" | "write">;
  /** One review with this verdict on this head, however often it is asked for. */
  review(
    pull: SeenPullRequest,
    verdict: { kind: "approve" | "request-changes"; text: string },
  ): Promise<Done>;
  /** Merges by a method that the repository allows, where the head is still this. */
  merge(pull: SeenPullRequest): Promise<Done>;
  enableAutoMerge(pull: SeenPullRequest): Promise<Done>;
  close(pull: SeenPullRequest): Promise<Done>;
}

/** Tokens of a person, as GitHub gave them. Times in milliseconds since 1970. */
export interface PersonTokens {
  access: string;
  /** Undefined: the token never expires. */
  expiresAt?: number;
  refresh?: string;
  refreshExpiresAt?: number;
}

/** How people let Cody act for them on GitHub. */
export interface Linking {
  /** Where the person's browser is sent. `challenge` is PKCE's, S256. */
  authorizeUrl(wanted: { state: string; challenge: string; redirectUrl: string }): string;
  /** Undefined where GitHub does not take the code. */
  exchange(given: { code: string; verifier: string; redirectUrl: string }): Promise<PersonTokens | undefined>;
  /** Undefined where the person has to link again. */
  refresh(refreshToken: string): Promise<PersonTokens | undefined>;
}
