// GitHub tells here that something happened; what it was is asked of GitHub itself, so a forged or late word changes nothing.
import { createHmac, timingSafeEqual } from "node:crypto";
import { isRefusal, transition } from "@cody/core/job.ts";
import type { Log } from "@cody/core/log.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { Run } from "@cody/core/schema.ts";
import * as z from "zod";
import { catalogueEvents, pullEvents } from "../github-events.ts";
import { plainAnswer, type WebAnswer, type WebRequest } from "./http.ts";

export const webhookPath = "/github/webhook";

export interface WebhookContext {
  /** Any of them is good: two while one takes the place of the other. Undefined: nobody has set a webhook up. */
  secrets: readonly string[] | undefined;
  store: () => Promise<Pick<Store, "jobs" | "teams">>;
  now: () => number;
  log: Log;
}

/** One delivery concerns one pull request; what claims to concern more than these is not looked up. */
const maxPulls = 5;

/** Answers every delivery; nothing is thrown for whatever is sent. The same one twice does no more than once. */
export async function hearGitHub(request: WebRequest, context: WebhookContext): Promise<WebAnswer> {
  const { secrets, log } = context;
  if (!secrets) return plainAnswer(404, "There is no webhook here.");
  const { headers, body } = request;
  const signature = headers["x-hub-signature-256"];
  if (!secrets.some((secret) => isSigned(body, signature, secret))) return plainAnswer(401, "");
  const event = headers["x-github-event"];
  const payload = payloadSchema.safeParse(parsed(body));
  if (!event || !payload.success) return plainAnswer(400, "This is no event that Cody understands.");
  const wanted = catalogueEvents.has(event)
    ? await wantCatalogues(context)
    : pullEvents.has(event) && (await lookSoon(payload.data, context));
  log.debug("heard from GitHub", { event, delivery: headers["x-github-delivery"], wanted });
  return plainAnswer(202, "");
}

const pullSchema = z.object({ number: z.number().int() });
const suiteSchema = z.object({
  head_branch: z.string().nullish(),
  pull_requests: z.array(pullSchema).nullish(),
});

/** What is read of events, whichever it is; anything else of them is not ours to know. */
const payloadSchema = z.object({
  repository: z.object({ id: z.number().int() }).nullish(),
  pull_request: pullSchema.nullish(),
  check_run: z
    .object({ pull_requests: z.array(pullSchema).nullish(), check_suite: suiteSchema.nullish() })
    .nullish(),
  check_suite: suiteSchema.nullish(),
  /** Of a status: the branches that the commit heads. */
  branches: z.array(z.object({ name: z.string() })).nullish(),
  /** Of a push. */
  ref: z.string().nullish(),
});
type Payload = z.infer<typeof payloadSchema>;

/** Over the bytes as they came, compared in a time that says nothing of where they differ. */
function isSigned(body: Buffer, given: string | undefined, secret: string): boolean {
  if (!given || !/^sha256=[\da-f]{64}$/.test(given)) return false;
  const digest = createHmac("sha256", secret).update(body).digest();
  return timingSafeEqual(digest, Buffer.from(given.slice("sha256=".length), "hex"));
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    // Signed, and still no JSON; the schema says no to it.
    return undefined;
  }
}

/** Has the pull requests that it concerns looked at. False where none of them is Cody's. */
async function lookSoon(payload: Payload, { store, now, log }: WebhookContext): Promise<boolean> {
  const repository = payload.repository?.id;
  if (repository === undefined) return false;
  const { jobs } = await store();
  const runs = await runsOf(payload, repository, jobs);
  for (const run of runs) {
    const after = await jobs.changeRun(run.job, run.number, (current) =>
      // A burst of events is one look.
      current.lookAt !== undefined && current.lookAt <= now()
        ? current
        : transition(current, { type: "look-at", at: now() }, now()),
    );
    if (isRefusal(after)) log.debug("no look is needed", { ...run, why: after.refused });
  }
  return runs.length > 0;
}

type RunName = Pick<Run, "job" | "number">;

async function runsOf(payload: Payload, repository: number, jobs: Store["jobs"]): Promise<RunName[]> {
  const suite = payload.check_suite ?? payload.check_run?.check_suite;
  const pulls = [
    ...(payload.pull_request ? [payload.pull_request] : []),
    ...(payload.check_run?.pull_requests ?? []),
    ...(suite?.pull_requests ?? []),
  ];
  const numbers = [...new Set(pulls.map(({ number }) => number))].slice(0, maxPulls);
  const named = await Promise.all(numbers.map((number) => jobs.ofPullRequest(repository, number)));
  const found = named.filter((run) => run !== undefined);
  if (found.length > 0) return found;
  const branches = [
    suite?.head_branch,
    payload.ref?.replace(/^refs\/heads\//, ""),
    ...(payload.branches ?? []).map(({ name }) => name),
  ];
  return runsOnBranches(branches, repository, jobs);
}

/** Pull requests from forks are not named in checks; Cody's branches carry their job in their names. */
async function runsOnBranches(
  branches: (string | null | undefined)[],
  repository: number,
  jobs: Store["jobs"],
): Promise<RunName[]> {
  const ids = branches.flatMap((branch) => /^cody\/([a-z2-7]{10})(?:-|$)/.exec(branch ?? "")?.[1] ?? []);
  const [id] = ids;
  const record = id ? await jobs.read(id) : undefined;
  return (record?.runs ?? []).filter(
    (run) => branches.includes(run.branch) && (run.repository.id === repository || run.fork !== undefined),
  );
}

async function wantCatalogues({ store, now }: WebhookContext): Promise<boolean> {
  const { teams } = await store();
  const known = await teams.known();
  await Promise.all(known.map(({ team }) => teams.wantCatalogue(team, now())));
  return known.length > 0;
}
