// The refusals of GitHub's REST API: status, wording and field errors, as the real service gives them.
import type { components } from "@octokit/openapi-types";

export type FieldError = NonNullable<components["schemas"]["validation-error"]["errors"]>[number];

const DOCUMENTATION_URL = "https://docs.github.com/rest";
const RATE_LIMIT_DOCUMENTATION_URL =
  "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

/** An answer that is no success. `errors` is a list of fields, or of sentences where GitHub sends those. */
export class GitHubError extends Error {
  readonly status: number;
  readonly errors: FieldError[] | string[] | undefined;
  readonly headers: Record<string, string>;
  readonly extra: Record<string, unknown>;

  constructor(
    status: number,
    message: string,
    more: {
      errors?: FieldError[] | string[];
      headers?: Record<string, string>;
      extra?: Record<string, unknown>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.extra = more.extra ?? {};
  }

  /** The JSON body that GitHub would send with this refusal. */
  get body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      documentation_url: DOCUMENTATION_URL,
      status: String(this.status),
      ...this.extra,
    };
  }
}

export const badCredentials = () => new GitHubError(401, "Bad credentials");

export const requiresAuthentication = () => new GitHubError(401, "Requires authentication");

export const notFound = (message = "Not Found") => new GitHubError(404, message);

export const forbidden = (message: string) => new GitHubError(403, message);

export const archivedRepository = () => forbidden("Repository was archived so is read-only.");

export const emptyRepository = () => new GitHubError(409, "Git Repository is empty.");

export const conflict = (message: string) => new GitHubError(409, message);

export const notMergeable = (message = "Pull Request is not mergeable") => new GitHubError(405, message);

/** A 422 whose details are field errors; the resource and code tell a program what was wrong. */
export const validationFailed = (...errors: FieldError[]) =>
  new GitHubError(422, "Validation Failed", { errors });

/** A 422 whose details are sentences: reviews answer like this. */
export const unprocessable = (...sentences: string[]) =>
  new GitHubError(422, "Unprocessable Entity", { errors: sentences });

/** A 422 with a message alone: references and request schemas answer like this. */
export const refused = (message: string) => new GitHubError(422, message);

/** The primary limit: the caller waits for `x-ratelimit-reset`. */
export const rateLimitExceeded = (who: string) =>
  forbiddenWithDocumentation(`API rate limit exceeded for ${who}.`, {});

/** The secondary limit: the caller waits for `retry-after` seconds. */
export const secondaryLimitExceeded = (retryAfterSeconds: number) =>
  forbiddenWithDocumentation(
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.",
    { "retry-after": String(retryAfterSeconds) },
  );

function forbiddenWithDocumentation(message: string, headers: Record<string, string>): GitHubError {
  return new GitHubError(403, message, {
    headers,
    extra: { documentation_url: RATE_LIMIT_DOCUMENTATION_URL },
  });
}
