// A route of the REST API: what it matches, what the caller needs, and what answers.
import type { Answer, AppCall, Call, RepositoryCall, WriteCall } from "./answer.ts";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** `read`: whoever may see the repository. `write`: who may push to it. `app`: a GitHub App that may push. */
export type Need = "read" | "write" | "app";

interface Common {
  method: Method;
  pattern: RegExp;
}

export type Route =
  | (Common & { scope: "site"; anonymous: boolean; handle: (call: Call) => Promise<Answer> | Answer })
  | (Common & { scope: "app"; handle: (call: AppCall) => Promise<Answer> | Answer })
  | (Common & { scope: "read"; handle: (call: RepositoryCall) => Promise<Answer> | Answer })
  | (Common & {
      scope: "change";
      need: Need;
      /** Counts against the secondary limit for new content. */
      createsContent: boolean;
      handle: (call: WriteCall) => Promise<Answer> | Answer;
    });

/** A route outside of repositories. Only `anonymous` ones answer without a token. */
export function siteRoute(
  method: Method,
  path: string,
  handle: (call: Call) => Promise<Answer> | Answer,
  { anonymous = false } = {},
): Route {
  return { scope: "site", method, pattern: patternOf(path), anonymous, handle };
}

/** What only an App may ask, with a JSON web token that it has signed. */
export function appRoute(
  method: Method,
  path: string,
  handle: (call: AppCall) => Promise<Answer> | Answer,
): Route {
  return { scope: "app", method, pattern: patternOf(path), handle };
}

/** A GET below `/repos/{owner}/{repo}`; a public repository answers it without a token. */
export function readRoute(path: string, handle: (call: RepositoryCall) => Promise<Answer> | Answer): Route {
  return { scope: "read", method: "GET", pattern: patternOf(`/repos/:owner/:repo${path}`), handle };
}

/** A change below `/repos/{owner}/{repo}`: it needs a token, and a repository that is not archived. */
export function changeRoute(
  method: Exclude<Method, "GET">,
  path: string,
  need: Need,
  handle: (call: WriteCall) => Promise<Answer> | Answer,
  { createsContent = false } = {},
): Route {
  const pattern = patternOf(`/repos/:owner/:repo${path}`);
  return { scope: "change", method, pattern, need, createsContent, handle };
}

/** `:name` matches one segment, `:name*` all that follow. */
function patternOf(path: string): RegExp {
  const source = path.replace(/:(\w+)(\*?)/g, (_, name, rest) => `(?<${name}>${rest ? ".+" : "[^/]+"})`);
  return new RegExp(`^${source}$`);
}
