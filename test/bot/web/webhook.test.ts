// GitHub's webhook: only what is signed is heard, nothing is thrown, and what it says only makes Cody look.
import { createHmac } from "node:crypto";
import { makeLog } from "@cody/core/log.ts";
import type { Run } from "@cody/core/schema.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRequest } from "../../../packages/bot/src/web/http.ts";
import { hearGitHub, type WebhookContext } from "../../../packages/bot/src/web/webhook.ts";
import { open, serveTable, now as start } from "../../core/adapters/table/table-server.ts";
import { Office, type OfficeOptions } from "../office.ts";

serveTable();

const secret = "the secret of the webhook";
const repository = { id: 104, full_name: "acme/shop" };

interface Sent {
  event?: string;
  body: string | Buffer;
  signature?: string;
  base64?: boolean;
}

function hear(
  { event = "pull_request", body, signature, base64 = false }: Sent,
  more: Partial<WebhookContext> = {},
) {
  const bytes = Buffer.from(body);
  const request = readRequest({
    requestContext: { http: { method: "POST", path: "/github/webhook" } },
    headers: {
      "X-GitHub-Event": event,
      "X-Hub-Signature-256":
        signature ?? `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`,
    },
    body: base64 ? bytes.toString("base64") : bytes.toString("utf8"),
    isBase64Encoded: base64,
  });
  if (!request) throw new Error("that is no request");
  const context = { secrets: [secret], store: async () => open(), now: () => start + 60_000, log, ...more };
  return hearGitHub(request, context);
}

const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: () => start });

/** A job whose pull request is named, and looked at next in an hour. */
async function watched(options: OfficeOptions = {}): Promise<Office> {
  const at = await Office.open(open(), options);
  await open().jobs.changeRun(at.job, 1, (run) => ({ ...run, branch: `cody/${at.job}` }));
  return at;
}

let pulls = 1_000;
async function named(at: Office): Promise<number> {
  pulls += 1;
  await open().jobs.namePullRequest(repository.id, pulls, { job: at.job, number: 1 });
  return pulls;
}

const soon = async (at: Office) => (await at.run()).lookAt === start + 60_000;
const said = (payload: object) => JSON.stringify({ repository, ...payload });

describe("an event about a pull request of Cody's has it looked at", () => {
  test.each([
    ["pull_request", (number: number) => ({ pull_request: { number } })],
    ["pull_request_review", (number: number) => ({ pull_request: { number } })],
    ["pull_request_review_thread", (number: number) => ({ pull_request: { number }, thread: {} })],
    ["check_run", (number: number) => ({ check_run: { pull_requests: [{ number }] } })],
    ["check_suite", (number: number) => ({ check_suite: { head_branch: "x", pull_requests: [{ number }] } })],
  ] as const)("%s, by its number", async (event, payload) => {
    const at = await watched();
    const answer = await hear({ event, body: said(payload(await named(at))) });
    expect(answer.statusCode).toBe(202);
    expect(await soon(at)).toBe(true);
  });

  test.each([
    ["push", (branch: string) => ({ ref: `refs/heads/${branch}` })],
    ["status", (branch: string) => ({ branches: [{ name: "main" }, { name: branch }] })],
    ["check_suite", (branch: string) => ({ check_suite: { head_branch: branch, pull_requests: [] } })],
    [
      "check_run",
      (branch: string) => ({ check_run: { pull_requests: [], check_suite: { head_branch: branch } } }),
    ],
  ] as const)("%s, by its branch", async (event, payload) => {
    const at = await watched();
    await hear({ event, body: said(payload(`cody/${at.job}`)) });
    expect(await soon(at)).toBe(true);
  });

  test("however often it is delivered", async () => {
    const at = await watched();
    const body = said({ pull_request: { number: await named(at) } });
    await Promise.all([1, 2, 3, 4].map(() => hear({ body })));
    const { revision } = await at.run();
    await hear({ body });
    expect((await at.run()).revision).toBe(revision);
    expect(await soon(at)).toBe(true);
  });

  test("with letters beyond ASCII, as text and as base64", async () => {
    for (const base64 of [true, false]) {
      const at = await watched();
      const body = said({ pull_request: { number: await named(at), title: "é日本🙂" } });
      expect((await hear({ body, base64 })).statusCode).toBe(202);
      expect(await soon(at)).toBe(true);
    }
  });
});

describe("nothing is looked at", () => {
  test.each([
    ["a pull request of somebody else", { pull_request: { number: 999_999 } }],
    ["a branch that is not Cody's", { ref: "refs/heads/main" }],
    ["a branch of a job that nobody knows", { ref: "refs/heads/cody/nosuchjobs" }],
    ["no repository", { repository: null, pull_request: { number: 1 } }],
  ])("for %s", async (_name, payload) => {
    expect((await hear({ event: "push", body: said(payload) })).statusCode).toBe(202);
  });

  test("for another branch of the same job, or another repository", async () => {
    const at = await watched();
    await hear({ event: "push", body: said({ ref: `refs/heads/cody/${at.job}-2` }) });
    await hear({ event: "push", body: said({ repository: { id: 5 }, ref: `refs/heads/cody/${at.job}` }) });
    expect(await soon(at)).toBe(false);
  });

  test("once it is merged", async () => {
    const at = await watched();
    await open().jobs.changeRun(at.job, 1, (run) => ({
      ...run,
      lookAt: undefined,
      pullRequest: {
        ...run.pullRequest,
        standing: { ...run.pullRequest?.standing, state: "merged" },
      } as Run["pullRequest"],
    }));
    await hear({ body: said({ pull_request: { number: await named(at) } }) });
    expect((await at.run()).lookAt).toBeUndefined();
  });

  test("by an event of another kind", async () => {
    const at = await watched();
    await hear({ event: "issues", body: said({ pull_request: { number: await named(at) } }) });
    expect(await soon(at)).toBe(false);
  });
});

describe("who may speak", () => {
  test.each([
    ["no signature", ""],
    ["another secret", `sha256=${createHmac("sha256", "other").update("{}").digest("hex")}`],
    ["another body", `sha256=${createHmac("sha256", secret).update("{ }").digest("hex")}`],
    ["sha1", `sha1=${createHmac("sha1", secret).update("{}").digest("hex")}`],
    ["capitals", `sha256=${createHmac("sha256", secret).update("{}").digest("hex").toUpperCase()}`],
    ["half of it", `sha256=${createHmac("sha256", secret).update("{}").digest("hex").slice(0, 32)}`],
  ])("not with %s", async (_name, signature) => {
    expect((await hear({ body: "{}", signature })).statusCode).toBe(401);
  });

  test("either of two secrets, while one takes the place of the other", async () => {
    const signed = (by: string) => `sha256=${createHmac("sha256", by).update("{}").digest("hex")}`;
    const both = { secrets: ["the new secret", secret] };
    expect((await hear({ body: "{}", signature: signed("the new secret") }, both)).statusCode).toBe(202);
    expect((await hear({ body: "{}", signature: signed(secret) }, both)).statusCode).toBe(202);
    expect((await hear({ body: "{}", signature: signed("the new secret,") }, both)).statusCode).toBe(401);
    expect((await hear({ body: "{}", signature: signed("") }, both)).statusCode).toBe(401);
  });

  test("nobody where no secret is set", async () => {
    expect((await hear({ body: "{}" }, { secrets: undefined })).statusCode).toBe(404);
  });

  test("whatever is sent gets an answer below 500, and without a signature the table is not asked", async () => {
    const store = () => Promise.reject(new Error("the table was asked"));
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ maxLength: 90 }),
        async (body, signature) => {
          const answer = await hear({ body: Buffer.from(body), signature, base64: true }, { store });
          expect(answer.statusCode).toBe(401);
        },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ maxLength: 50 })), async (body) => {
        const answer = await hear({ event: "ping", body, base64: true }, { store });
        expect([202, 400]).toContain(answer.statusCode);
      }),
    );
  });

  test.each([
    "",
    "null",
    "[]",
    "7",
    "{",
    '{"pull_request":7}',
    '{"repository":{"id":"x"}}',
    "payload=%7B%7D",
  ])("signed junk is refused: %j", async (body) => {
    expect((await hear({ body })).statusCode).toBe(400);
  });
});

test("an installation that changes has the list of repositories read anew", async () => {
  const { teams } = open();
  await teams.saveCatalogue("TW", { repositories: [], readAt: start });
  expect((await hear({ event: "installation_repositories", body: "{}" })).statusCode).toBe(202);
  const known = (await teams.known()).find(({ team }) => team === "TW");
  expect(known?.wantedAt).toBe(start + 60_000);
});
