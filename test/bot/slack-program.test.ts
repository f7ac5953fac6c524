// The program behind the public address, by its front door: who gets in, what is at which address, and the Home tab.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atOnce, now, open, serveTable, tableName } from "../core/adapters/table/table-server.ts";
import { endedRun, exampleJob } from "../core/examples.ts";
import { startFunctionUrl } from "../world/aws/function-url.ts";
import { free } from "../world/slack/client-fixture.ts";
import { signedHeaders } from "../world/slack/delivery.ts";
import { startWorkspace, type Workspace } from "../world/slack/workspace.ts";

serveTable();

const token = "xoxb-test";
const signingSecret = "the secret of the app";
const newSigningSecret = "the next secret of the app";
let workspace: Workspace;
let address: string;
let closeUrl: () => Promise<void>;
let handler: (event: unknown, context: unknown) => Promise<{ statusCode?: number; body?: string }>;

const refused = {
  UGUEST: /you are a guest/,
  USINGLE: /you are a guest/,
  UGONE: /is deactivated/,
  UOTHER: /from another one/,
};

beforeAll(async () => {
  ({ handler } = await import("../../packages/bot/src/slack.ts"));
  const url = await startFunctionUrl({ invoke: (event) => handler(event, {}) });
  address = url.url.replace(/\/$/, "");
  closeUrl = url.close;
  workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token },
    signingSecret,
    limits: free,
    requestUrl: () => `${address}/slack/events`,
    people: [
      { id: "UANN", name: "ann", realName: "Ann Example" },
      { id: "UADMIN", name: "ada", realName: "Ada Example", admin: true },
      { id: "UGUEST", name: "gus", realName: "Gus Example", guest: true },
      { id: "USINGLE", name: "sid", realName: "Sid Example", singleChannelGuest: true },
      { id: "UGONE", name: "gil", realName: "Gil Example", deactivated: true },
      { id: "UOTHER", name: "olu", realName: "Olu Example", otherTeam: "T2" },
    ],
    channels: [
      {
        id: "CIN",
        name: "in",
        kind: "public",
        members: ["UANN", "UADMIN", "UGUEST", "USINGLE", "UGONE", "UOTHER", "UBOT"],
      },
    ],
  });
  Object.assign(process.env, {
    CODY_TABLE: tableName,
    SLACK_BOT_TOKEN: token,
    // Slack was asked for a new one, and signs with the old one still.
    SLACK_SIGNING_SECRET: `${newSigningSecret},${signingSecret}`,
    SLACK_API_URL: workspace.apiUrl,
    ALLOWED_REPOS: "acme/*",
    BATCH_QUEUE: "runs",
    LOG_LEVEL: "error",
    // Where nobody is.
    AWS_ENDPOINT_URL_BATCH: "http://127.0.0.1:9",
    GITHUB_API_URL: "http://127.0.0.1:9",
    ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
    GITHUB_URL: "https://github.example.com",
    GITHUB_CLIENT_ID: "Iv1.test",
    GITHUB_CLIENT_SECRET: "the secret of the client",
    LINK_KEY: Buffer.alloc(32, 7).toString("base64"),
    PUBLIC_URL: address,
  });
});

afterAll(async () => {
  await workspace.close();
  await closeUrl();
});

beforeEach(() => workspace.settled());

/** A job with its board in the channel, as effects would have posted it. */
async function postedJob(id: string, requester = "UANN") {
  const { jobs } = open();
  const blocks = [
    {
      type: "actions",
      block_id: "board",
      elements: [
        { type: "button", action_id: "stop", text: { type: "plain_text", text: "Stop" }, value: id },
      ],
    },
  ];
  const posted = await fetch(`${workspace.apiUrl}chat.postMessage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ channel: "CIN", text: "board", blocks }),
  });
  const { ts } = (await posted.json()) as { ts: string };
  const thread = { channel: "CIN", ts, link: "https://slack.example.com/thread" };
  await jobs.create(exampleJob({ id, requester, createdAt: now, thread }));
  await jobs.nameThread("CIN", ts, id);
  return ts;
}

const press = (user: string, ts: string) =>
  workspace.as(user).act({
    message: { channel: "CIN", ts },
    action: { type: "button", action_id: "stop", block_id: "board" },
  });

const lastSeenBy = (user: string) => workspace.as(user).state().messages.at(-1)?.text;

describe.each(Object.entries(refused))("F8: %s is refused, privately and with the reason", (user, why) => {
  test("at the command", async () => {
    await workspace.as(user).send("CIN", "/cody upgrade Log4j");
    expect(lastSeenBy(user)).toMatch(why);
    expect(workspace.as(user).state().modal).toBeNull();
    expect(
      workspace
        .as("UANN")
        .state()
        .messages.map(({ text }) => text),
    ).not.toContainEqual(expect.stringMatching(why));
  });

  test("at a button", async () => {
    const id = `press${user.toLowerCase().slice(1, 4)}22`;
    const ts = await postedJob(id);
    expect(await press(user, ts)).toEqual({});
    expect(lastSeenBy(user)).toMatch(why);
    expect(await open().jobs.asksOf(id)).toEqual([]);
  });

  test("in the thread of a job", async () => {
    const id = `words${user.toLowerCase().slice(1, 4)}22`;
    const ts = await postedJob(id);
    await workspace.as(user).send("CIN", "Delete everything.", ts);
    await workspace.settled();
    const seen = workspace.as(user).state().messages.at(-1);
    expect(seen).toMatchObject({ text: expect.stringMatching(why), threadTs: ts, ephemeralTo: user });
    expect(await open().jobs.asksOf(id)).toEqual([]);
  });

  test("in the Home tab, which shows nothing else", async () => {
    workspace.as(user).openHome();
    await workspace.settled();
    const home = workspace.as(user).state().home;
    expect(home?.blocks).toHaveLength(1);
    expect(JSON.stringify(home)).toMatch(why);
  });

  test("at a form that was opened before", async () => {
    const values = { labels: { labels: { type: "plain_text_input", value: "mine" } } };
    const answer = await submitAs(user, "defaults-form", values);
    expect(answer).toMatchObject({
      response_action: "errors",
      errors: { deliver: expect.stringMatching(why) },
    });
    expect(await open().teams.defaults("T1")).toEqual({});
  });

  test("at the type-ahead, which names no repository", async () => {
    const payload = {
      type: "block_suggestion",
      action_id: "repositories",
      block_id: "repositories",
      value: "",
    };
    const answer = await interaction(user, { ...payload, container: { type: "view" } });
    expect(JSON.stringify(answer)).toContain("Only full members");
  });
});

test("a full member gets the form, and a press becomes an ask", async () => {
  await workspace.as("UANN").send("CIN", "/cody");
  const modal = workspace.as("UANN").state().modal;
  expect(modal).not.toBeNull();
  await workspace.as("UANN").close(modal?.id ?? "");
  const ts = await postedJob("pressann22");
  expect(await press("UANN", ts)).toEqual({});
  expect(await open().jobs.asksOf("pressann22")).toMatchObject([{ kind: "stop", by: "UANN" }]);
});

test("whose team a request names does not matter: a stranger's own is not Cody's", async () => {
  const answer = await interaction("UOTHER", {
    team: { id: "T2", domain: "other" },
    type: "view_submission",
    view: {
      id: "V1",
      type: "modal",
      callback_id: "defaults-form",
      blocks: [{ type: "input", block_id: "deliver" }],
    },
  });
  expect(answer).toMatchObject({ errors: { deliver: expect.stringMatching(/from another one/) } });
});

/** A signed interaction, as a client sends it that Slack would not have shown the button to. */
async function interaction(user: string, payload: object): Promise<unknown> {
  const head = {
    team: { id: "T1", domain: "acme" },
    user: { id: user, team_id: "T1" },
    api_app_id: "ABOT",
    token: "x",
    trigger_id: "1.2.3",
    view: { id: "V1", type: "modal", callback_id: "job-form", blocks: [], state: { values: {} } },
  };
  const body = new URLSearchParams({ payload: JSON.stringify({ ...head, ...payload }) }).toString();
  const answer = await fetch(`${address}/slack/events`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...signedHeaders(signingSecret, Math.floor(Date.now() / 1000), body),
    },
    body,
  });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  return text && JSON.parse(text);
}

function submitAs(user: string, callbackId: string, values: object): Promise<unknown> {
  const blocks = [{ type: "input", block_id: "deliver" }];
  const view = { id: "V1", type: "modal", callback_id: callbackId, blocks, state: { values } };
  return interaction(user, { type: "view_submission", view });
}

describe("the Home tab", () => {
  const homeOf = (user: string) => JSON.stringify(workspace.as(user).state().home);
  const opened = async (user: string) => {
    workspace.as(user).openHome();
    await workspace.settled();
    return homeOf(user);
  };
  const pressIn = (user: string, actionId: string, blockId: string) =>
    workspace.as(user).act({
      viewId: workspace.as(user).state().home?.id,
      action: { type: "button", action_id: actionId, block_id: blockId },
    });

  test("offers to connect GitHub, with an address for this person alone, good once", async () => {
    expect(await opened("UANN")).toContain("Connect GitHub");
    expect(homeOf("UANN")).not.toContain("/github/link");
    expect(await pressIn("UANN", "connect-github", "home-github")).toEqual({});
    const modal = JSON.stringify(workspace.as("UANN").state().modal);
    const [, request = ""] = new RegExp(`${address}/github/link\\?request=([\\w-]{43})`).exec(modal) ?? [];
    expect(await open().people.readLink(request, Date.now())).toMatchObject({ team: "T1", user: "UANN" });
    const page = await fetch(`${address}/github/link?request=${request}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Ann Example (@ann) in the Slack workspace Acme");
    const blockId = "connect";
    const viewId = workspace.as("UANN").state().modal?.id;
    const followed = await workspace
      .as("UANN")
      .act({ viewId, action: { type: "button", action_id: "continue-to-github", block_id: blockId } });
    expect(followed).toEqual({});
    await workspace.as("UANN").close(viewId ?? "");
  });

  test("says who somebody is on GitHub, and forgets it where asked", async () => {
    const { people } = open();
    const account = { id: 7, login: "ann" };
    await people.link({ team: "T1", user: "UANN", account, sealedTokens: "sealed-secret", linkedAt: now });
    const home = await opened("UANN");
    expect(home).toContain("You are *ann* on GitHub");
    expect(home).not.toContain("sealed-secret");
    expect(home).not.toContain("Connect GitHub");
    expect(await pressIn("UANN", "unlink-github", "home-github")).toEqual({});
    expect(await people.read("T1", "UANN")).toBeUndefined();
    expect(homeOf("UANN")).toContain("Connect GitHub");
  });

  test("lists somebody's own latest jobs with their threads and pull requests", async () => {
    const { jobs } = open();
    const thread = { channel: "CIN", ts: "1.1", link: "https://slack.example.com/own" };
    await jobs.create(exampleJob({ id: "homejob222", requester: "UADMIN", createdAt: now, thread }));
    await jobs.create(exampleJob({ id: "homejob333", requester: "UANN", name: "Of Ann", createdAt: now }));
    const pullRequest = {
      number: 12,
      url: "https://github.com/acme/shop/pull/12",
      headSha: "f00",
      draft: false,
    };
    await jobs.createRun(endedRun("changed", { job: "homejob222", queuedAt: now, pullRequest }));
    const home = await opened("UADMIN");
    expect(home).toContain("<https://slack.example.com/own|Upgrade Log4j> · done");
    expect(home).toContain("<https://github.com/acme/shop/pull/12|acme/shop#12> open");
    expect(home).not.toContain("Of Ann");
  });

  test("lets admins set what the team's jobs begin with, and shows it to all", async () => {
    expect(await opened("UANN")).not.toContain('"edit-defaults"');
    expect(await opened("UADMIN")).toContain('"edit-defaults"');
    expect(await pressIn("UADMIN", "edit-defaults", "home-defaults")).toEqual({});
    const modal = workspace.as("UADMIN").state().modal;
    const answer = await workspace.as("UADMIN").submit(modal?.id ?? "", {
      labels: { labels: { type: "plain_text_input", value: "security, dependencies" } },
      reviewers: { reviewers: { type: "plain_text_input", value: "ben, acme/shop" } },
    });
    expect(answer).toEqual({});
    expect(await open().teams.defaults("T1")).toMatchObject({
      deliver: "pull-request",
      labels: ["security", "dependencies"],
      reviewers: ["ben", "acme/shop"],
    });
    expect(await opened("UANN")).toContain("`security` and `dependencies`");
    const forged = await submitAs("UANN", "defaults-form", {});
    expect(forged).toMatchObject({ errors: { deliver: expect.stringMatching(/Only admins/) } });
  });
});

describe("what arrives at the address", () => {
  test.each([
    ["the secret of before", signingSecret, 200],
    ["the new secret", newSigningSecret, 200],
    ["both as they are written", `${newSigningSecret},${signingSecret}`, 401],
    ["none", "", 401],
    ["another", "another secret", 401],
  ])("is heard or not, signed with %s", async (_name, secret, status) => {
    const body = JSON.stringify({ type: "url_verification", challenge: "the challenge" });
    const answer = await fetch(`${address}/slack/events`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...signedHeaders(secret, Math.floor(Date.now() / 1000), body),
      },
      body,
    });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(status === 200 ? '{"challenge":"the challenge"}' : "");
  });

  test.each<[string, string, number]>([
    ["GET", "/health", 503],
    ["GET", "/", 404],
    ["GET", "/slack/events", 405],
    ["POST", "/health", 405],
    ["DELETE", "/github/link", 405],
    ["POST", "/github/callback", 405],
    ["GET", "/github/webhook", 405],
    // Nobody has set one up.
    ["POST", "/github/webhook", 404],
    ["GET", "/github/link", 410],
    ["GET", "/github/link?request=", 410],
    ["GET", "/github/link?request=%00%FF&request=x", 410],
    ["GET", "/github/callback", 400],
    ["GET", "/github/callback?state=a.b&code=c", 400],
    ["POST", "/github/link", 400],
    ["GET", "/constructor", 404],
    ["GET", "/github/link/", 404],
  ])("%s %s is answered with %i", async (method, path, status) => {
    const answer = await fetch(`${address}${path}`, { method, redirect: "manual" });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await answer.text();
  });

  test("an id that is too long for any table is simply unknown", async () => {
    const long = "x".repeat(4_000);
    expect((await fetch(`${address}/github/link?request=${long}`)).status).toBe(410);
    expect((await fetch(`${address}/github/callback?state=${long}.${long}`)).status).toBe(400);
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [[]],
    ["text"],
    [{ requestContext: null }],
    [{ requestContext: { http: { method: 1, path: [] } } }],
    [{ requestContext: { http: { method: "GET", path: "/health" } }, headers: 7 }],
    [{ requestContext: { http: { method: "GET", path: "__proto__" } } }],
    [{ requestContext: { http: { method: "GET", path: "/github/link" } }, cookies: [";=;", "a"] }],
    [{ requestContext: { http: { method: "POST", path: "/github/link" } }, body: "\u0000", headers: {} }],
    [
      {
        requestContext: { http: { method: "POST", path: "/slack/events" } },
        body: "{",
        isBase64Encoded: true,
      },
    ],
  ])("junk like %j is refused and throws nothing", async (event) => {
    const { statusCode } = await handler(event, {});
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
  });

  test("many at once are all answered", async () => {
    const statuses = await atOnce(30, async () => (await fetch(`${address}/github/callback?state=x`)).status);
    expect(new Set(statuses)).toEqual(new Set([400]));
  });
});
