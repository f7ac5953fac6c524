// git over HTTP: GitHub's answers about who may fetch and push, in front of `git http-backend`.
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Account, type Caller, mayRead, mayWrite } from "./accounts.ts";
import { covers, isChangeable } from "./apps.ts";
import { gitEnvironment, gitSettings } from "./git.ts";
import { type WorkflowLack, withRefusals, workflowRefusals } from "./git-workflows.ts";
import { has } from "./permissions.ts";
import { referencesMoved } from "./pulls.ts";
import type { ReferenceMove, Repository } from "./repository.ts";
import type { Site } from "./site.ts";

const GIT_PATH = /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GitRequest {
  fullName: string;
  operation: string;
  /** True for every request of a push, its first question included. */
  writes: boolean;
}

/** What a push changed: nothing where every reference was refused. */
export interface Push {
  repository: Repository;
  by: Account;
  moves: ReferenceMove[];
}

export interface GitExchange {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  /** Told before the one who pushed is answered, so that whoever has the answer finds everything done. */
  onPush: (push: Push) => void;
  /** The work is done, and the connection then broken. */
  loseAnswer: boolean;
}

/** What of git this address asks for; undefined if it is no address of git's. */
export function gitRequestOf(url: URL): GitRequest | undefined {
  const [, fullName, operation] = GIT_PATH.exec(url.pathname) ?? [];
  if (fullName === undefined || operation === undefined) return undefined;
  const writes = operation === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  return { fullName, operation, writes };
}

/** Answers one request of git, and gives the status. */
export async function answerGit(site: Site, asked: GitRequest, exchange: GitExchange): Promise<number> {
  const { request, response, caller, loseAnswer } = exchange;
  const found = admit(site, asked, caller, new URL(request.url ?? "/", site.url));
  if ("refusal" in found) {
    const { status, text, headers } = found.refusal;
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(text);
    return status;
  }
  const { repository } = found;
  await repository.onDisk();
  const isPush = asked.operation === "git-receive-pack" && caller.kind === "account";
  const answer = new HeldAnswer(response, isPush || loseAnswer);
  const serve = () => runBackend(repository, asked, request, response, answer);
  if (!isPush) await serve();
  else {
    await repository.exclusively(async () => {
      const before = await repository.references();
      await serve();
      const pushed = movesBetween(before, await repository.references());
      const lack = lackForWorkflows(caller);
      const refusals = lack === undefined ? new Map() : await workflowRefusals(repository, pushed, lack);
      for (const { reference, before: old, after } of pushed) {
        if (refusals.has(reference)) {
          await repository.moveReference({ reference, before: after, after: old });
        }
      }
      if (refusals.size > 0) answer.change((body) => withRefusals(body, refusals));
      const moves = pushed.filter(({ reference }) => !refusals.has(reference));
      if (moves.length > 0) await referencesMoved(site, repository, caller.account, moves);
      exchange.onPush({ repository, by: caller.account, moves });
    });
  }
  if (loseAnswer) response.destroy();
  else answer.release();
  return answer.status;
}

/** What who pushes lacks to change workflows; undefined where nothing. A fine-grained token is not looked at here. */
function lackForWorkflows({ account, grant }: Caller & { kind: "account" }): WorkflowLack | undefined {
  if (grant !== undefined) return "workflows" in grant.permissions ? undefined : "permission";
  const { scopes } = account;
  return scopes.length === 0 || scopes.includes("workflow") ? undefined : "scope";
}

interface Refusal {
  status: number;
  text: string;
  headers?: Record<string, string>;
}

/** git shows these texts to its user as `remote: …`. */
function admit(
  site: Site,
  { fullName, writes }: GitRequest,
  caller: Caller,
  url: URL,
): { repository: Repository } | { refusal: Refusal } {
  const unauthorized = (text: string) => ({
    refusal: { status: 401, text, headers: { "www-authenticate": 'Basic realm="GitHub"' } },
  });
  if (caller.kind === "wrong" || caller.kind === "jwt") {
    return unauthorized(
      "Invalid username or token. Password authentication is not supported for Git operations.\n",
    );
  }
  const account = caller.kind === "account" ? caller.account : undefined;
  const grant = caller.kind === "account" ? caller.grant : undefined;
  const isVisible = (found: Repository) => mayRead(account, found) && covers(grant, found);
  const repository = site.repositories.byName(fullName);
  if (repository === undefined || !isVisible(repository)) {
    const moved = repository === undefined ? site.repositories.byFormerName(fullName) : undefined;
    if (moved !== undefined && isVisible(moved)) {
      const rest = url.pathname.slice(1 + fullName.length).replace(/^\.git/, "");
      const location = `${site.url}/${moved.fullName}.git${rest}${url.search}`;
      return { refusal: { status: 301, text: "", headers: { location } } };
    }
    if (account === undefined) return unauthorized("Repository not found.\n");
    return { refusal: { status: 404, text: "Repository not found.\n" } };
  }
  if (grant && !has(grant.permissions, { names: ["contents"], level: "read" })) {
    return { refusal: { status: 403, text: "Write access to repository not granted.\n" } };
  }
  if (!writes) return { repository };
  if (account === undefined) return unauthorized("Authentication is needed to push.\n");
  const isGranted =
    !grant ||
    (isChangeable(grant, repository) && has(grant.permissions, { names: ["contents"], level: "write" }));
  if (!isGranted || !mayWrite(account, repository)) {
    const text = `Permission to ${repository.fullName}.git denied to ${account.login}.\n`;
    return { refusal: { status: 403, text } };
  }
  if (repository.archived) {
    return { refusal: { status: 403, text: "This repository was archived so it is read-only.\n" } };
  }
  return { repository };
}

/** What git http-backend says, passed on as it comes, or held back until it is released. */
class HeldAnswer {
  status = 500;
  readonly #response: ServerResponse;
  #held: Buffer[] | undefined;
  #headers: Record<string, string> = {};

  constructor(response: ServerResponse, hold: boolean) {
    this.#response = response;
    this.#held = hold ? [] : undefined;
  }

  head({ status = "200", ...headers }: Record<string, string>): void {
    this.status = Number.parseInt(status, 10);
    this.#headers = headers;
    if (this.#held === undefined) this.#response.writeHead(this.status, headers);
  }

  async body(chunk: Buffer): Promise<void> {
    if (this.#held !== undefined) this.#held.push(chunk);
    else if (!this.#response.destroyed && !this.#response.write(chunk)) {
      await roomIn(this.#response);
    }
  }

  /** Puts something else in the place of what is held. */
  change(to: (body: Buffer) => Buffer): void {
    if (this.#held !== undefined) this.#held = [to(Buffer.concat(this.#held))];
  }

  release(): void {
    if (!this.#response.headersSent) this.#response.writeHead(this.status, this.#headers);
    this.#response.end(Buffer.concat(this.#held ?? []));
  }
}

/** Waits until the reader has caught up, or is gone. */
function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

/** Runs `git http-backend` as a CGI program until it has ended. */
async function runBackend(
  repository: Repository,
  asked: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
  answer: HeldAnswer,
): Promise<void> {
  const child = spawn("git", ["http-backend"], { env: backendEnvironment(repository, asked, request) });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const stop = () => child.kill();
  response.once("close", stop);
  child.stderr.resume();
  // A backend that has refused stops reading; what it answers tells why, and the broken pipe adds nothing.
  const received = pipeline(request, child.stdin).catch(() => undefined);
  await readAnswer(child.stdout, answer);
  await Promise.all([ended, received]);
  response.off("close", stop);
}

/** A CGI answer is headers, an empty line, and the body. */
async function readAnswer(output: AsyncIterable<Buffer>, answer: HeldAnswer): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    if (head === undefined) {
      await answer.body(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    answer.head(readHeaders(head.subarray(0, end).toString("latin1")));
    await answer.body(head.subarray(end + 4));
    head = undefined;
  }
}

function readHeaders(text: string): Record<string, string> {
  const lines = text.split("\r\n").map((line) => [line.indexOf(":"), line] as const);
  return Object.fromEntries(
    lines.map(([colon, line]) => [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]),
  );
}

/** The settings GitHub is known for: any filter and any object may be fetched, nobody pushes to `refs/pull`. */
function backendEnvironment(
  repository: Repository,
  { operation, writes }: GitRequest,
  request: IncomingMessage,
): Record<string, string> {
  const { headers } = request;
  const length = headers["content-length"];
  return gitEnvironment({
    ...gitSettings({
      "http.receivepack": String(writes),
      "http.getanyfile": "false",
      "uploadpack.allowFilter": "true",
      "uploadpack.allowAnySHA1InWant": "true",
      "receive.fsckObjects": "true",
      "receive.hideRefs": "refs/pull",
      "safe.directory": "*",
    }),
    GIT_PROJECT_ROOT: repository.directory,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${operation}`,
    QUERY_STRING: new URL(request.url ?? "/", "http://localhost").search.slice(1),
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    REMOTE_ADDR: "127.0.0.1",
    ...(length === undefined ? {} : { CONTENT_LENGTH: length }),
  });
}

function movesBetween(before: Map<string, string>, after: Map<string, string>): ReferenceMove[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((reference) => ({ reference, before: before.get(reference), after: after.get(reference) }))
    .filter((move) => move.before !== move.after);
}
