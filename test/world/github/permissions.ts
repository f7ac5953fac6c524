// What a GitHub App's token may do: the permission that each address needs, and whether a token has it.

export type Level = "read" | "write";
export type Permissions = Record<string, Level>;

/** The permissions that this GitHub knows. */
export const PERMISSION_NAMES = [
  "actions",
  "administration",
  "checks",
  "contents",
  "issues",
  "members",
  "metadata",
  "pull_requests",
  "statuses",
  "workflows",
];

/** What a request needs: one of these is enough. */
export interface Needed {
  names: string[];
  level: Level;
}

/** By the part of the path behind `/repos/{owner}/{repo}`; the first that matches counts. */
const NEEDED: { path: RegExp; names: string[]; write?: string[] }[] = [
  { path: /^$/, names: ["metadata"], write: ["administration"] },
  { path: /^\/actions\//, names: ["actions"] },
  { path: /^\/forks$/, names: ["metadata"], write: ["administration"] },
  { path: /^\/rules\//, names: ["metadata"] },
  { path: /^\/pulls\/\d+\/merge$/, names: ["pull_requests"], write: ["contents"] },
  { path: /^\/pulls(\/|$)/, names: ["pull_requests"] },
  { path: /^\/issues(\/|$)/, names: ["issues", "pull_requests"] },
  { path: /^\/(check-runs(\/.*)?$|commits\/.+\/check-runs$)/, names: ["checks"] },
  { path: /^\/(statuses\/|commits\/.+\/status(es)?$)/, names: ["statuses"] },
  { path: /^\/(branches|git|contents|commits|compare)(\/|$)/, names: ["contents"] },
];

/** What a request below `/repos/{owner}/{repo}` needs; an address that nobody thought of needs what nobody has. */
export function neededFor(method: string, rest: string): Needed {
  const found = NEEDED.find(({ path }) => path.test(rest));
  const level = method === "GET" ? "read" : "write";
  const names = (level === "write" ? found?.write : undefined) ?? found?.names ?? ["administration"];
  return { names, level };
}

/** Whether the permissions hold one of what is needed; who may write may read. */
export function has(permissions: Permissions, { names, level }: Needed): boolean {
  return names.some((name) => permissions[name] === "write" || permissions[name] === level);
}
