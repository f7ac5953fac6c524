// Merging as one person: only what the rules of the repository let through, and otherwise what is missing.
import type { SeenPullRequest } from "../ports/personal-code-host.ts";
import { statusOf, wordsOf } from "./github-errors.ts";
import { Declined, graphqlErrors, once, type PersonClient } from "./github-person-client.ts";
import {
  doOnce,
  type Looked,
  readPull,
  refuseEnded,
  refuseMoved,
  refuseWithoutPush,
  type ShownPull,
  type Wait,
} from "./github-person-look.ts";
import { whatIsMissing } from "./github-person-missing.ts";

const methods = ["squash", "merge", "rebase"] as const;
type Method = (typeof methods)[number];

/** GitHub works out whether a pull request can be merged when it is first asked. */
const workedOutAfterMs = [1_000, 2_000, 3_000];
/** Another merge into the same branch came between; GitHub says to try again. */
const baseMovedAfterMs = [500, 1_500];
/** Rules do not hold it back; `unstable` is a check that no rule asks for. */
const letThrough = ["clean", "unstable", "has_hooks"];

const isMethodRefusal = (words: string) =>
  /(?:merges?|commits?|merging|rebas\w+) (?:are|is) not allowed|must not contain merge commits/i.test(words);

export async function merge(
  client: PersonClient,
  looked: Looked,
  seen: SeenPullRequest,
  wait: Wait,
): Promise<void> {
  const isMerged = async () => {
    const now = await readPull(client, looked);
    const isDone = wasMerged(now, looked, seen);
    if (!isDone) refuseEnded(now);
    return isDone;
  };
  if (wasMerged(looked.pull, looked, seen)) return;
  refuseEnded(looked.pull);
  refuseMoved(looked.pull, seen);
  refuseWithoutPush(looked, "so it cannot merge there");
  if (looked.pull.draft)
    throw new Declined("The pull request is a draft. It has to be ready for review first.");
  if ((await refuseHeldBack(client, looked, seen, wait)) === "merged") return;
  await byAllowedMethod(looked, (method) =>
    doOnce(() => tryMerge(client, looked, seen, method, wait), isMerged, wait),
  ).catch(async (error: unknown) => {
    if (error instanceof Declined || ![405, 409, 422].includes(statusOf(error) ?? 0)) throw error;
    const now = await readPull(client, looked);
    if (wasMerged(now, looked, seen)) return;
    refuseEnded(now);
    refuseMoved(now, seen);
    throw new Declined((await whatIsMissing(client, looked, now)) ?? notYet(looked, wordsOf(error)));
  });
}

/** True where this very press, or one like it of the same person, had its effect. */
function wasMerged(pull: ShownPull, { me }: Looked, seen: SeenPullRequest): boolean {
  return pull.merged && pull.merged_by?.id === me.id && pull.head.sha === seen.sha;
}

/** An administrator's merge would go past the rules; here nobody's does. `merged`: the same person did it meanwhile. */
async function refuseHeldBack(
  client: PersonClient,
  looked: Looked,
  seen: SeenPullRequest,
  wait: Wait,
): Promise<"ready" | "merged"> {
  let { pull } = looked;
  for (const ms of workedOutAfterMs) {
    if (pull.mergeable_state !== "unknown") break;
    await wait(ms);
    pull = await readPull(client, looked);
    if (wasMerged(pull, looked, seen)) return "merged";
    refuseEnded(pull);
    refuseMoved(pull, seen);
  }
  if (letThrough.includes(pull.mergeable_state)) return "ready";
  if (pull.mergeable_state === "unknown")
    throw new Declined("GitHub is still working out whether it can be merged. Press again in a moment.");
  throw new Declined((await whatIsMissing(client, looked, pull)) ?? notYet(looked, undefined));
}

async function tryMerge(
  client: PersonClient,
  { owner, repo, pull }: Looked,
  { sha }: SeenPullRequest,
  method: Method,
  wait: Wait,
): Promise<void> {
  const asked = { owner, repo, pull_number: pull.number, sha, merge_method: method, ...once };
  for (const ms of [...baseMovedAfterMs, undefined]) {
    try {
      await client.pulls.merge(asked);
      return;
    } catch (error) {
      if (ms === undefined || !/Base branch was modified/i.test(wordsOf(error))) throw error;
      await wait(ms);
    }
  }
}

export async function enableAutoMerge(
  client: PersonClient,
  looked: Looked,
  seen: SeenPullRequest,
  wait: Wait,
): Promise<void> {
  const { pull, me, fullName, repository } = looked;
  if (wasMerged(pull, looked, seen)) return;
  refuseEnded(pull);
  refuseMoved(pull, seen);
  const enabledBy = pull.auto_merge?.enabled_by;
  if (enabledBy?.id === me.id) return;
  if (enabledBy) throw new Declined(`Auto-merge is on already: ${enabledBy.login} enabled it.`);
  refuseWithoutPush(looked, "so it cannot merge there");
  if (pull.draft) throw new Declined("The pull request is a draft. It has to be ready for review first.");
  if (repository.allow_auto_merge === false) throw new Declined(autoMergeIsOff(fullName));
  const wasEnabled = async () => {
    const now = await readPull(client, looked);
    return now.auto_merge?.enabled_by?.id === me.id || wasMerged(now, looked, seen);
  };
  await byAllowedMethod(looked, (method) =>
    doOnce(() => askAutoMerge(client, looked, seen, method), wasEnabled, wait),
  );
}

const enabling = `mutation EnableAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`;

async function askAutoMerge(
  client: PersonClient,
  { pull, fullName }: Looked,
  { sha }: SeenPullRequest,
  method: Method,
): Promise<void> {
  const input = { pullRequestId: pull.node_id, mergeMethod: method.toUpperCase(), expectedHeadOid: sha };
  try {
    await client.graphql(enabling, { input, ...once });
  } catch (error) {
    const words = graphqlErrors(error)?.[0]?.message ?? "";
    const told = autoMergeWords.find(([pattern]) => pattern.test(words))?.[1];
    throw told === undefined ? error : new Declined(told({ fullName, base: pull.base.ref }));
  }
}

const autoMergeIsOff = (fullName: string) =>
  `${fullName} does not allow auto-merge. Whoever administers it can turn that on in its settings on GitHub.`;

/** What GitHub says in place of enabling it, and what that means. */
const autoMergeWords: [RegExp, (about: { fullName: string; base: string }) => string][] = [
  [
    /clean status/i,
    () => "Nothing holds the pull request back any more, so there is nothing to wait for. Press Merge.",
  ],
  [
    /unstable status/i,
    () =>
      "No rule holds the pull request back, only a check that none asks for. Wait for it, or press Merge.",
  ],
  [/auto.?merge is not allowed/i, ({ fullName }) => autoMergeIsOff(fullName)],
  [/branch rules not configured/i, ({ base }) => `${base} has no rules to wait for. Press Merge.`],
  [
    /dirty status/i,
    ({ base }) => `The pull request has conflicts with ${base}, which have to be resolved first.`,
  ],
  [
    /head (?:branch|sha|oid).*(?:modified|out of date|match)|expectedHeadOid/i,
    () => "The pull request has changed since you saw it. Look at it again, then press once more.",
  ],
];

/** GitHub shows what a repository allows only to some; what it does not show is tried, in the same order. */
async function byAllowedMethod({ repository, fullName }: Looked, act: (method: Method) => Promise<void>) {
  const flags = {
    squash: repository.allow_squash_merge,
    merge: repository.allow_merge_commit,
    rebase: repository.allow_rebase_merge,
  };
  const allowed = methods.filter((method) => flags[method] !== false);
  let refusal: unknown = new Declined(`${fullName} allows no way to merge that Cody knows.`);
  for (const method of allowed) {
    try {
      await act(method);
      return;
    } catch (error) {
      const words = graphqlErrors(error)?.[0]?.message ?? wordsOf(error);
      if (error instanceof Declined || !isMethodRefusal(words)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function notYet({ fullName, pull }: Looked, words: string | undefined): string {
  const why = words ? `GitHub says: ${words.trim().replace(/\s+/g, " ").replace(/\.$/, "")}.` : "";
  return `The rules of ${pull.base.ref} in ${fullName} do not let the pull request be merged yet. ${why || "It says on GitHub what is missing."}`;
}
