// Who may do what on the local AWS: a key of a role only what the role allows, any other key everything.
import { accountId } from "./client-settings.ts";
import { type Asked, covers, parsePermission } from "./permission.ts";

export interface Role {
  name: string;
  /** Of whoever took the role on: a function's name, a task's id. */
  session: string;
  /** Permissions in words. */
  allowed: readonly string[];
}

export interface Access {
  /** AWS's sentence where the caller may not do one of these; undefined where it may do all of them. */
  refusal(accessKeyId: string, asked: readonly Asked[]): string | undefined;
  /** Whether the key is of a role. All others are the operator's, who may do everything. */
  isOfRole(accessKeyId: string): boolean;
  /** Every sentence with which something was refused, once, oldest first. */
  refusals(): string[];
}

/** Access for these roles, by the id of the access key that each signs with. Throws at words that are no permission. */
export function openAccess(roles: Readonly<Record<string, Role>>): Access {
  const callers = new Map(
    Object.entries(roles).map(([accessKeyId, { name, session, allowed }]) => [
      accessKeyId,
      {
        arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${session}`,
        permissions: allowed.map(parsePermission),
      },
    ]),
  );
  const refused = new Set<string>();
  return {
    refusal(accessKeyId, asked) {
      const caller = callers.get(accessKeyId);
      const missing = caller && asked.find((one) => !caller.permissions.some((has) => covers(has, one)));
      if (!missing) return undefined;
      const { action, arn } = missing;
      const sentence = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn} because no identity-based policy allows the ${action} action`;
      refused.add(sentence);
      return sentence;
    },
    isOfRole: (accessKeyId) => callers.has(accessKeyId),
    refusals: () => [...refused],
  };
}

/** The id of the key that a request is signed with; empty where it is not signed. */
export function accessKeyIn(authorization: string | undefined): string {
  return /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\//.exec(authorization ?? "")?.[1] ?? "";
}
