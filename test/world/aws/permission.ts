// Permissions in words, as test/infra/allowed.ts lists them, and whether they cover what somebody asks for.

export interface Permission {
  /** As policies write it: `dynamodb:GetItem`. */
  action: string;
  /** A resource of the deployment by what it is, `table` or `index open`; `*` where AWS knows no resource. */
  resource: string;
  /** Patterns, of which each leading key has to match one (ForAllValues:StringLike); no condition if left out. */
  keys?: readonly string[];
}

export interface Asked {
  action: string;
  /** In the words of permissions. */
  resource: string;
  /** As a refusal names the resource. */
  arn: string;
  /** Partition keys that the request names; undefined where it has some that could not be read. */
  keys: readonly string[] | undefined;
}

const form = /^(?<action>[a-z0-9]+:[A-Za-z]+) (?<resource>\S.*?)(?: where keys are (?<keys>\S.*))?$/;

/** Reads `dynamodb:Query table where keys are JOB#* KEY*`. Throws where these are no such words. */
export function parsePermission(words: string): Permission {
  const { action, resource, keys } = form.exec(words)?.groups ?? {};
  if (!action || !resource) {
    throw new Error(
      `"${words}" is no permission: write an action, a resource and, if need be, "where keys are" with patterns.`,
    );
  }
  return { action, resource, ...(keys === undefined ? {} : { keys: keys.split(" ") }) };
}

/** Whether the permission covers all of what is asked. As on AWS, a request without leading keys meets any condition. */
export function covers(permission: Permission, asked: Asked): boolean {
  if (permission.action !== asked.action || permission.resource !== asked.resource) return false;
  const { keys: patterns } = permission;
  if (patterns === undefined) return true;
  return asked.keys?.every((key) => patterns.some((pattern) => isLike(key, pattern))) ?? false;
}

/** StringLike: `*` stands for any characters, `?` for one, and case counts. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su").test(text);
}
