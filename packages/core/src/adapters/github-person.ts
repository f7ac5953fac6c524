// GitHub as one person, with that person's own token: reviews, merges and closes what that person saw.
import type { Log } from "../log.ts";
import type { RepositoryName } from "../ports/code-host.ts";
import type { Done, PersonalCodeHost, SeenPullRequest } from "../ports/personal-code-host.ts";
import { statusOf } from "./github-errors.ts";
import {
  answerFor,
  Declined,
  doneBy,
  once,
  type PersonClient,
  personClient,
} from "./github-person-client.ts";
import {
  doOnce,
  type Looked,
  look,
  mayPush,
  readAccount,
  readPull,
  readRepository,
  refuseEnded,
  refuseMoved,
  refuseWithoutPush,
  usualWait,
  type Wait,
} from "./github-person-look.ts";
import { enableAutoMerge, merge } from "./github-person-merge.ts";

interface PersonOptions {
  apiUrl: string;
  log: Log;
  wait?: Wait;
}

type Verdict = Parameters<PersonalCodeHost["review"]>[1];

const stateOf = { approve: "APPROVED", "request-changes": "CHANGES_REQUESTED" } as const;
const eventOf = { approve: "APPROVE", "request-changes": "REQUEST_CHANGES" } as const;

/** GitHub with this person's access token, which is good for as long as GitHub takes it. */
export function makePersonalCodeHost(
  accessToken: string,
  { apiUrl, log, wait = usualWait }: PersonOptions,
): PersonalCodeHost {
  const client = personClient(accessToken, apiUrl);

  /** Looks at the pull request as this person, then acts. */
  function act(seen: SeenPullRequest, work: (looked: Looked) => Promise<void>): Promise<Done> {
    return doneBy(async () => work(await look(client, seen)), { fullName: seen.repository.fullName, log });
  }

  return {
    account: () => answerFor(() => readAccount(client), "GitHub"),
    rights: ({ id, fullName }) => answerFor(() => rightsOn(client, { id, fullName }), fullName),
    review: (seen, verdict) => act(seen, (looked) => review(client, looked, seen, verdict, wait)),
    merge: (seen) => act(seen, (looked) => merge(client, looked, seen, wait)),
    enableAutoMerge: (seen) => act(seen, (looked) => enableAutoMerge(client, looked, seen, wait)),
    close: (seen) => act(seen, (looked) => close(client, looked, seen, wait)),
  };
}

async function rightsOn(client: PersonClient, { id }: RepositoryName): Promise<"none" | "read" | "write"> {
  try {
    const repository = await readRepository(client, id);
    if (mayPush(repository)) return "write";
    const { permissions: may } = repository;
    return may?.pull || may?.triage ? "read" : "none";
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 451) return "none";
    throw error;
  }
}

async function review(
  client: PersonClient,
  looked: Looked,
  seen: SeenPullRequest,
  verdict: Verdict,
  wait: Wait,
): Promise<void> {
  const { owner, repo, pull, me } = looked;
  refuseMoved(pull, seen);
  const isGiven = () => wasReviewed(client, looked, seen, verdict);
  if (await isGiven()) return;
  refuseEnded(pull);
  if (pull.user?.id === me.id)
    throw new Declined(
      `Your GitHub account ${me.login} opened this pull request, and GitHub takes no review of it from its author.`,
    );
  refuseWithoutPush(looked, "and GitHub counts reviews only of people who may");
  if (verdict.kind === "request-changes" && verdict.text.trim() === "")
    throw new Declined("GitHub wants to know which changes. Press again and say what should be different.");
  const event = eventOf[verdict.kind];
  const asked = { owner, repo, pull_number: pull.number, commit_id: seen.sha, event, body: verdict.text };
  await doOnce(() => client.pulls.createReview({ ...asked, ...once }).catch(tellPending), isGiven, wait);
}

/** Whether this person's newest verdict is this one on this commit; a dismissed one no longer is a verdict. */
async function wasReviewed(
  client: PersonClient,
  { owner, repo, pull, me }: Looked,
  { sha }: SeenPullRequest,
  { kind, text }: Verdict,
): Promise<boolean> {
  const asked = { owner, repo, pull_number: pull.number, per_page: 100 };
  const reviews = await client.paginate(client.pulls.listReviews, asked);
  const verdicts: string[] = Object.values(stateOf);
  const newest = reviews.filter(({ user, state }) => user?.id === me.id && verdicts.includes(state)).at(-1);
  if (newest?.state !== stateOf[kind] || newest.commit_id !== sha) return false;
  // What else should change is something else to say.
  return kind === "approve" || newest.body.trim() === text.trim();
}

function tellPending(error: unknown): never {
  const { data } = (error as { response?: { data?: unknown } }).response ?? {};
  if (statusOf(error) === 422 && /one pending review/i.test(JSON.stringify(data ?? "")))
    throw new Declined(
      "You have begun a review of this pull request on GitHub. Submit or discard it there, then press once more.",
    );
  throw error;
}

async function close(client: PersonClient, looked: Looked, seen: SeenPullRequest, wait: Wait): Promise<void> {
  const { owner, repo, pull, me, fullName, repository } = looked;
  const closedBy = async () => {
    const { data } = await client.issues.get({ owner, repo, issue_number: pull.number });
    return data.closed_by;
  };
  if (pull.state === "closed" && !pull.merged) {
    const by = await closedBy();
    if (by?.id === me.id) return;
    throw new Declined(`The pull request is closed already${by ? `, by ${by.login}` : ""}.`);
  }
  refuseEnded(pull);
  refuseMoved(pull, seen);
  const may = looked.mayPush || repository.permissions?.triage === true || pull.user?.id === me.id;
  if (!may) throw new Declined(`Your GitHub account ${me.login} may not close pull requests of ${fullName}.`);
  const asked = { owner, repo, pull_number: pull.number, state: "closed" as const };
  const isClosed = async () => (await readPull(client, looked)).state === "closed";
  await doOnce(() => client.pulls.update({ ...asked, ...once }), isClosed, wait);
}
