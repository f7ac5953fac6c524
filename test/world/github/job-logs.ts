// What a job of GitHub's own Actions printed: the API leads to an address elsewhere that is good for a minute.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Answer, RepositoryCall } from "./answer.ts";
import { GitHubError, notFound } from "./errors.ts";
import type { Site } from "./site.ts";

const LINK_LIFE_MS = 60_000;
const KEY = randomBytes(32);
const PATH = /^\/_storage\/job-logs\/(\d+)\/(\d+)$/;

/** The id of a job is that of its check run. */
export function jobLog({ site, repository, params }: RepositoryCall): Answer {
  const run = repository.checkRuns.find(({ id }) => String(id) === params.id);
  if (run?.app.login !== "github-actions[bot]") throw notFound();
  if (run.log === undefined) throw new GitHubError(410, "The job logs have expired");
  const expiry = site.now() + LINK_LIFE_MS;
  const path = `/_storage/job-logs/${repository.id}/${run.id}`;
  const location = `${site.url}${path}?se=${expiry}&sig=${signature(path, String(expiry))}`;
  return { status: 302, headers: { location } };
}

/** What the storage answers; undefined where the address is not one of its own. */
export function answerStorage(
  site: Site,
  url: URL,
  authorization: string | undefined,
): { status: number; contentType: string; body: string } | undefined {
  const [, repositoryId, id] = PATH.exec(url.pathname) ?? [];
  if (id === undefined) return undefined;
  // It knows signed addresses alone, and takes any other credentials for an attempt to be somebody.
  if (authorization !== undefined) return refusal(401, "InvalidAuthenticationInfo");
  const expiry = url.searchParams.get("se") ?? "";
  const given = Buffer.from(url.searchParams.get("sig") ?? "");
  const wanted = Buffer.from(signature(url.pathname, expiry));
  const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!isOurs || Number(expiry) < site.now()) return refusal(403, "AuthenticationFailed");
  const repository = site.repositories.byId(Number(repositoryId));
  const log = repository?.checkRuns.find((run) => String(run.id) === id)?.log;
  if (log === undefined) return refusal(404, "BlobNotFound");
  return { status: 200, contentType: "text/plain; charset=utf-8", body: log };
}

function refusal(status: number, code: string) {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code></Error>`;
  return { status, contentType: "application/xml", body };
}

function signature(path: string, expiry: string): string {
  return createHmac("sha256", KEY).update(`${path} ${expiry}`).digest("hex");
}
