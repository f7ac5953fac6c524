// Does on GitHub what a person pressed, as that person: approves, requests changes, merges, closes.
import { twoDigits } from "@cody/core/ids.ts";
import { isRefusal, transition } from "@cody/core/job.ts";
import type { Done, PersonalCodeHost, SeenPullRequest } from "@cody/core/ports/personal-code-host.ts";
import type { Account } from "@cody/core/pull-request-schema.ts";
import type { Ask, Job, JobRecord, Run } from "@cody/core/schema.ts";
import { escaped } from "../../views/blocks.ts";
import type { EffectContext } from "../context.ts";
import { writeAudit } from "./audit.ts";
import { judge, type PersonalKind, personalKind, short } from "./judge.ts";
import { onceAtATime, orRefused } from "./once.ts";
import { isTold, noRight, onGitHub, stranger } from "./person.ts";
import { done, refused, type Told, together } from "./told.ts";

/** Acts on every pull request that the press names, on the head that the person saw; one record for each. */
export function actAsPerson(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told | undefined> {
  return onceAtATime(ask, context, async (isAgain) => {
    const kind = personalKind(ask.kind);
    const seen = (ask.heads ?? []).flatMap(({ run: number, sha }) => {
      const run = record.runs.find((one) => one.number === number);
      return run?.pullRequest ? [{ run, sha }] : [];
    });
    if (!kind || seen.length === 0) return refused("There is no pull request to do that to.");
    const isOne = ask.kind === kind;
    const outcomes: Told[] = [];
    for (const { run, sha } of seen) {
      const press = { kind, by: ask.by, text: ask.text ?? "", sha, isAgain, onlyGreen: !isOne };
      const outcome = await orRefused(ask, context, () => actOn(press, record.job, run, context));
      outcomes.push(outcome);
      const id = isOne ? ask.id : `${ask.id}-${twoDigits(run.number)}`;
      await writeAudit({ id, action: ask.kind, by: ask.by, run, sha, outcome }, record.job, context);
      await lookNext(run, context);
    }
    // Of several, those who are told how to link need not read it several times.
    const told = outcomes.filter((one, at) => outcomes.findIndex(({ words }) => words === one.words) === at);
    return together(told);
  });
}

export interface PersonalPress {
  kind: PersonalKind;
  by: string;
  text: string;
  sha: string;
  isAgain: boolean;
  onlyGreen: boolean;
}

/** Judges the pull request as it stands at this moment, then acts. Throws `Failed` where GitHub does not answer. */
export async function actOn(press: PersonalPress, job: Job, run: Run, context: EffectContext): Promise<Told> {
  const { github, twoPerson } = context;
  const { pullRequest, repository } = run;
  if (!pullRequest) return refused(`${repository.fullName} has no pull request.`);
  const name = `${repository.fullName}#${pullRequest.number}`;
  const known = (await stranger(press.by, job, context)) ?? (await onGitHub(press.by, job, [run], context));
  if (isTold(known)) return known;
  const { person, host } = known;
  if ((await host.rights(repository)) !== "write") return noRight(known, run);
  const standing = await github.standing(repository, pullRequest.number, pullRequest.standing);
  const own = press.by === job.requester ? person.account : undefined;
  const requesters = await requestersOf(job, own, context);
  const judgement = judge(standing, { ...press, account: person.account, requesters, twoPerson });
  const success = `${verbs[press.kind]} ${name} at ${short(press.sha)}, as ${escaped(person.account.login)}.`;
  if (!judgement.act) {
    return judgement.isDone ? done(success) : refused(`${name} ${escaped(judgement.words)}`);
  }
  const result = await act(press, host, { repository, number: pullRequest.number, sha: press.sha });
  return result.done ? done(success) : refused(`${name}: ${escaped(result.words)}`);
}

const verbs: Record<PersonalKind, string> = {
  approve: "Approved",
  "request-changes": "Requested changes of",
  merge: "Merged",
  "auto-merge": "GitHub merges as soon as its rules allow:",
  close: "Closed",
};

function act({ kind, text }: PersonalPress, host: PersonalCodeHost, pull: SeenPullRequest): Promise<Done> {
  switch (kind) {
    case "approve":
    case "request-changes":
      return host.review(pull, { kind, text });
    case "merge":
      return host.merge(pull);
    case "auto-merge":
      return host.enableAutoMerge(pull);
    case "close":
      return host.close(pull);
  }
}

/** Every account of who asked: the one of then, and those of now. The same account is the same person. */
export async function requestersOf(
  job: Job,
  own: Account | undefined,
  { store }: Pick<EffectContext, "store">,
): Promise<ReadonlySet<number>> {
  const person = await store.people.read(job.team, job.requester);
  const accounts = [job.requesterAccount, person?.account, own];
  return new Set(accounts.flatMap((account) => account?.id ?? []));
}

/** Whatever was done, the board shows it once GitHub does. */
export async function lookNext(run: Run, { store, now, log }: EffectContext): Promise<void> {
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    transition(current, { type: "look-at", at: now() }, now()),
  );
  if (isRefusal(after)) log.debug("no look is needed", { job: run.job, run: run.number, why: after.refused });
}
