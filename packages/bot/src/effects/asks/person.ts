// Who pressed: whether that person may use Cody at all, which account on GitHub is theirs, and what they may do there.
import type { PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import type { Ask, Job, Run } from "@cody/core/schema.ts";
import type { Person } from "@cody/core/team-schema.ts";
import { mayUse } from "../../stories/access.ts";
import { linkButton, pullRequestButtons } from "../../views/private.ts";
import type { EffectContext } from "../context.ts";
import { refused, type Told } from "./told.ts";

export interface OnGitHub {
  person: Person;
  host: PersonalCodeHost;
}

/** Undefined where this person may use Cody; what they are told otherwise. Read live, for people come and go. */
export async function stranger(
  user: string,
  { team }: Job,
  { chat }: EffectContext,
): Promise<Told | undefined> {
  const words = mayUse(await chat.member(user), team);
  return words === undefined ? undefined : refused(words);
}

/** This person on GitHub, with their own token; without one, what they have to do first. */
export async function onGitHub(
  user: string,
  { team }: Job,
  runs: readonly Run[],
  context: EffectContext,
): Promise<OnGitHub | Told> {
  const { linked, store } = context;
  if (!linked) {
    const words =
      "Cody cannot act as you on GitHub here, because linking accounts is not set up. Do it on GitHub.";
    return refused(words, pullRequestButtons(words, runs));
  }
  const link = async (words: string) => refused(words, linkButton(words, await linked.linkUrl(team, user)));
  const person = await store.people.read(team, user);
  if (!person) {
    return link(
      "Cody does this on GitHub as you, so it has to know which account is yours. Connect GitHub once, then press again.",
    );
  }
  const host = await linked.actAs(person);
  return "words" in host ? link(host.words) : { person, host };
}

export function isTold(answer: OnGitHub | Told): answer is Told {
  return "words" in answer;
}

/**
 * Undefined where this person may decide about the run: a full member of the workspace, and where access is by linked
 * accounts, with the right to push to the repository. What they are told otherwise.
 */
export async function mayWrite(
  ask: Pick<Ask, "by">,
  job: Job,
  run: Run,
  context: EffectContext,
): Promise<Told | undefined> {
  const strange = await stranger(ask.by, job, context);
  if (strange || context.access === "members") return strange;
  const known = await onGitHub(ask.by, job, [run], context);
  if (isTold(known)) return known;
  return (await known.host.rights(run.repository)) === "write" ? undefined : noRight(known, run);
}

export function noRight({ person }: OnGitHub, run: Run): Told {
  const { login } = person.account;
  return refused(
    `Your GitHub account ${login} may not push to ${run.repository.fullName}, so Cody does not do this for you.`,
  );
}
