// Opening a closed pull request again, which GitHub allows only while its branch still continues what it was.
import { validationFailed } from "./errors.ts";
import { pullReference } from "./pulls.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";

/** Opens it, or throws 422 with the reason. */
export async function reopen(repository: Repository, pull: PullRequest): Promise<void> {
  const refuse = (why: string) =>
    validationFailed({
      resource: "PullRequest",
      code: "custom",
      field: "state",
      message: `state cannot be changed. ${why}`,
    });
  if (pull.closed?.merge) throw refuse("The pull request cannot be reopened.");
  const references = await repository.references();
  const head = await (pull.fork ?? repository).objectOf(`refs/heads/${pull.head}`);
  const base = references.get(`refs/heads/${pull.base}`);
  const kept = references.get(pullReference(pull));
  if (head === undefined) throw refuse(`The ${pull.head} branch has been deleted.`);
  if (base === undefined) throw refuse(`The ${pull.base} branch has been deleted.`);
  if (pull.fork !== undefined) await repository.fetch(pull.fork, head);
  if (kept === undefined || !(await repository.isAncestor(kept, head))) {
    throw refuse(`The ${pull.head} branch was force-pushed or recreated.`);
  }
  const twin = repository.pulls.find(
    (other) =>
      !other.closed &&
      other.head === pull.head &&
      other.headOwner === pull.headOwner &&
      other.base === pull.base,
  );
  if (twin !== undefined) {
    throw refuse(
      `There is already an open pull request (#${twin.number}) from ${pull.head} to ${pull.base}.`,
    );
  }
  if ((await repository.countBetween(base, head)) === 0) {
    throw refuse(`There are no new commits on the ${pull.headOwner}:${pull.head} branch.`);
  }
  await repository.moveReference({ reference: pullReference(pull), before: kept, after: head });
  pull.closed = undefined;
}
