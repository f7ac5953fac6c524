// What Cody's GitHub App is given, and nothing more.

export type Level = "read" | "write" | "admin";

/** In GitHub's names, each at the highest level that any operation of Cody's asks for. */
export const appPermissions = {
  metadata: "read",
  contents: "write",
  pull_requests: "write",
  checks: "read",
  statuses: "read",
  actions: "read",
  members: "read",
} as const satisfies Record<string, Level>;

/** Without it GitHub asks no teams for reviews; everything else works. */
export const optionalPermission = "members";

/** What an App that pushes code must never hold: with these a change could rewrite what guards changes. */
export const dangerousPermissions: readonly string[] = [
  "administration",
  "environments",
  "organization_administration",
  "organization_hooks",
  "organization_secrets",
  "organization_self_hosted_runners",
  "repository_hooks",
  "secrets",
  "workflows",
];

const levels: readonly string[] = ["read", "write", "admin"] satisfies Level[];

/** Whether `given` is at least `wanted`; what was not given is less than anything. */
export function reaches(given: string | undefined, wanted: Level): boolean {
  return levels.indexOf(given ?? "") >= levels.indexOf(wanted);
}
