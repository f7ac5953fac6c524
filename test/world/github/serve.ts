// Answers one request: to git, to the API, to the pages, or to a program that asks for a person's tokens.
import type { IncomingMessage, ServerResponse } from "node:http";
import { GitHubError, secondaryLimitExceeded } from "./errors.ts";
import type { Fault, Faults } from "./faults.ts";
import { answerGit, gitRequestOf, type Push } from "./git-http.ts";
import { answerPage } from "./html.ts";
import { answerStorage } from "./job-logs.ts";
import type { OAuthPages } from "./oauth-pages.ts";
import type { Recorder } from "./recorder.ts";
import { type ApiResponse, answerApi } from "./rest.ts";
import type { Site } from "./site.ts";

/** The part of an address below which the API is. */
export const API_PREFIX = "/api";
const MAX_API_BODY_BYTES = 25 * 1024 * 1024;

export interface Parts {
  site: Site;
  recorder: Recorder;
  faults: Faults;
  pages: OAuthPages;
}

export async function answer(
  { site, recorder, faults, pages }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", site.url);
  const method = request.method ?? "GET";
  const isApi = url.pathname.startsWith(`${API_PREFIX}/`);
  const git = isApi ? undefined : gitRequestOf(url);
  if (faults.down) {
    request.destroy();
    return;
  }
  const stored = isApi ? undefined : answerStorage(site, url, request.headers.authorization);
  if (stored !== undefined) {
    response.writeHead(stored.status, { "content-type": stored.contentType }).end(stored.body);
    return;
  }
  if (url.pathname.startsWith("/login/oauth/")) {
    await answerOAuth({ site, recorder, faults, pages }, url, request, response);
    return;
  }
  if (!isApi && git === undefined) {
    await answerPage(site, url, method, response);
    return;
  }
  const path = isApi ? url.pathname.slice(API_PREFIX.length) : url.pathname;
  const caller = site.apps.caller(request.headers.authorization, site.accounts);
  const login = caller.kind === "account" ? caller.account.login : undefined;
  const fault = faults.take(method, path);
  const refusal = fault === undefined ? undefined : refusalOf(fault);
  const call = recorder.called({ method, path, status: refusal?.status ?? 0, login });
  const loseAnswer = fault !== undefined && "loseAnswer" in fault;
  if (refusal !== undefined) {
    request.resume();
    response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  } else if (git !== undefined) {
    const onPush = (push: Push) => recorder.pushed(push);
    call.status = await answerGit(site, git, { request, response, caller, onPush, loseAnswer });
  } else {
    const body = await read(request);
    const sent = await answerApi(site, { method, path, url, headers: request.headers, body });
    call.status = sent.status;
    if (loseAnswer) response.destroy();
    else response.writeHead(sent.status, sent.headers).end(sent.body);
  }
}

/** The pages are for people and not recorded; what programs ask for tokens is, and meets faults. */
async function answerOAuth(
  { recorder, faults, pages }: Parts,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", headers } = request;
  const path = url.pathname;
  const body = await read(request);
  const isProgram = path.endsWith("/access_token");
  const fault = isProgram ? faults.take(method, path) : undefined;
  const refusal = fault === undefined ? undefined : refusalOf(fault);
  const sent = refusal ?? pages.answer({ method, url, headers, body });
  if (isProgram) recorder.called({ method, path, status: sent?.status ?? 404, login: undefined });
  if (fault !== undefined && "loseAnswer" in fault) response.destroy();
  else if (sent === undefined) response.writeHead(404, { "content-type": "text/plain" }).end("Not Found\n");
  else response.writeHead(sent.status, sent.headers).end(sent.body);
}

function refusalOf(fault: Fault): Omit<ApiResponse, "login"> | undefined {
  if ("loseAnswer" in fault) return undefined;
  const error =
    "answer" in fault
      ? new GitHubError(fault.answer, "Server Error")
      : secondaryLimitExceeded(fault.secondaryLimit.retryAfterSeconds);
  return {
    status: error.status,
    headers: { "content-type": "application/json; charset=utf-8", ...error.headers },
    body: JSON.stringify(error.body),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_API_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_API_BODY_BYTES) throw new GitHubError(413, "Payload too large");
  return Buffer.concat(chunks).toString("utf8");
}

/** What nobody foresaw is a bug of this stand-in: said in the answer, so that the test that meets it shows it. */
export function fail(response: ServerResponse, error: unknown): void {
  const refusal =
    error instanceof GitHubError
      ? error
      : new GitHubError(500, `The local GitHub has a bug: ${error instanceof Error ? error.stack : error}`);
  if (response.headersSent || response.destroyed) response.destroy();
  else {
    response.writeHead(refusal.status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(refusal.body));
  }
}
