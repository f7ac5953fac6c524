// Whether a job may be done for who asked: read live from Slack and GitHub, before anything is spent.
import { Failed, type Failure } from "@cody/core/failure.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import type { Account } from "@cody/core/pull-request-schema.ts";
import type { Job, Repository } from "@cody/core/schema.ts";
import { mayUse } from "../stories/access.ts";
import { list } from "../views/words.ts";
import type { EffectContext } from "./context.ts";

/** The account of who asked, where one is linked; or why the job as a whole is not begun. */
type Requester = { account?: Account } | { refused: Failure };

/** `repositories` are those that GitHub has, as it tells of them now. Throws where Slack or GitHub do not answer. */
export async function checkRequester(
  job: Job,
  repositories: readonly Repository[],
  context: EffectContext,
): Promise<Requester> {
  const { store, chat, linked, access, allowed, mixesVisibility } = context;
  const member = await chat.member(job.requester);
  const why = mayUse(member, job.team);
  if (why !== undefined) return { refused: { kind: "not-a-member", detail: inSentence(why) } };
  const usable = repositories.filter(({ fullName }) => isAllowed(fullName, allowed));
  const person = await store.people.read(job.team, job.requester);
  if (access === "linked") {
    if (!person || !linked) {
      return { refused: { kind: "not-linked", detail: member?.name ?? job.requester } };
    }
    const host = await linked.actAs(person);
    if ("words" in host) return { refused: { kind: "link-ended", detail: person.account.login } };
    const refused = await missingRights(job, usable, { host, login: person.account.login });
    if (refused) return { refused };
  }
  const mixed = mixesVisibility ? undefined : mixedVisibility(usable);
  return mixed ? { refused: mixed } : { account: person?.account };
}

/** Write where it will be pushed to, read everywhere else: no job reads or changes more than who asked for it could. */
async function missingRights(
  job: Job,
  repositories: readonly Repository[],
  { host, login }: { host: Pick<PersonalCodeHost, "rights">; login: string },
): Promise<Failure | undefined> {
  try {
    const rights = await Promise.all(repositories.map((repository) => host.rights(repository)));
    const missing = repositories.flatMap((repository, at) => {
      const isPushed = job.deliver !== "patch" && repository.mayPush && !repository.archived;
      if (rights[at] === "none") return [`${login} cannot see ${repository.fullName}`];
      return isPushed && rights[at] !== "write" ? [`${login} may not push to ${repository.fullName}`] : [];
    });
    return missing.length > 0 ? { kind: "no-right", detail: list(missing) } : undefined;
  } catch (error) {
    if (error instanceof Failed && error.failure.kind === "link-ended") return error.failure;
    throw error;
  }
}

/** What is read in a private repository must not turn up in a public one. */
function mixedVisibility(repositories: readonly Repository[]): Failure | undefined {
  const names = (isPrivate: boolean) =>
    repositories.filter((repository) => repository.private === isPrivate).map(({ fullName }) => fullName);
  const [hidden, open] = [names(true), names(false)];
  if (hidden.length === 0 || open.length === 0) return undefined;
  const are = (some: string[], what: string) => `${list(some)} ${some.length === 1 ? "is" : "are"} ${what}`;
  return { kind: "visibility-mixed", detail: `${are(hidden, "private")}, ${are(open, "public")}` };
}

/** A sentence inside of another one. */
function inSentence(words: string): string {
  return words.replace(/\.$/, "");
}
