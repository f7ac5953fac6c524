// Linking an account through its pages: the way it goes, and every way in which somebody could be led into another name.
import { createHash } from "node:crypto";
import { linkMs } from "@cody/core/limits.ts";
import { makeLog } from "@cody/core/log.ts";
import type { Member } from "@cody/core/ports/chat.ts";
import type { PersonTokens } from "@cody/core/ports/personal-code-host.ts";
import { openTokens } from "@cody/core/seal.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { beginLink } from "../../../packages/bot/src/stories/link-account.ts";
import { finishLink } from "../../../packages/bot/src/web/callback.ts";
import { readRequest, type WebAnswer } from "../../../packages/bot/src/web/http.ts";
import { acceptLink, type LinkPages, showLink } from "../../../packages/bot/src/web/link.ts";
import { open, now as realNow, serveTable } from "../../core/adapters/table/table-server.ts";

serveTable();

const key = Buffer.alloc(32, 7).toString("base64");
const olderKey = Buffer.alloc(32, 6).toString("base64");
const publicUrl = "https://cody.example.com";
const tokens: PersonTokens = { access: "ghu_of-the-person-who-agreed", refresh: "ghr_x" };

let time: number;
let team: string;
let told: { user: string; text: string }[];
let homes: { team: string; user: string }[];
let logged: string[];
let members: Map<string, Partial<Member>>;
let context: LinkPages;
/** Codes that GitHub would take, with the challenge that each was given for. */
let codes: Map<string, { challenge: string; account: { id: number; login: string } }>;
let count = 0;

beforeEach(() => {
  count += 1;
  time = realNow;
  team = `T${count}`;
  told = [];
  homes = [];
  logged = [];
  members = new Map();
  codes = new Map();
  const accounts = new Map<string, { id: number; login: string }>();
  context = {
    people: open().people,
    keys: [key, olderKey],
    publicUrl,
    githubUrl: "https://github.example.com",
    linking: {
      authorizeUrl: ({ state, challenge, redirectUrl }) =>
        `https://github.example.com/authorize?${new URLSearchParams({ state, challenge, redirectUrl })}`,
      exchange: async ({ code, verifier, redirectUrl }) => {
        const given = codes.get(code);
        codes.delete(code);
        const challenge = createHash("sha256").update(verifier).digest("base64url");
        if (given?.challenge !== challenge || redirectUrl !== `${publicUrl}/github/callback`)
          return undefined;
        accounts.set(`${tokens.access}-${given.account.id}`, given.account);
        return { ...tokens, access: `${tokens.access}-${given.account.id}` };
      },
      refresh: async () => undefined,
    },
    host: (accessToken) => ({
      account: async () => {
        const account = accounts.get(accessToken);
        if (!account) throw new Error("GitHub knows no such token");
        return account;
      },
    }),
    chat: {
      member: async (user) => memberOf(user),
      teamName: async () => "Acme & <Sons>",
      tell: async (user, text) => {
        told.push({ user, text });
        return "1.1";
      },
    },
    showHome: async (person) => {
      homes.push(person);
    },
    now: () => time,
    log: makeLog({
      level: "debug",
      redact: (text) => text,
      write: (line) => void logged.push(line),
      now: () => time,
    }),
  };
});

function memberOf(user: string): Member {
  const full = { isStranger: false, isGuest: false, isDeactivated: false, isBot: false, isAdmin: false };
  return { name: `${user} <script>alert("x")</script>`, teams: [team], ...full, ...members.get(user) };
}

/** Somebody's browser: keeps cookies as a browser would, and says which of them another site's form takes along. */
class Browser {
  readonly #cookies = new Map<string, { value: string; isStrict: boolean }>();

  async get(url: string): Promise<WebAnswer> {
    return this.#keep(await this.#route("GET", new URL(url, publicUrl), "", false));
  }

  /** `isForeign`: the form stands on another site. */
  async post(path: string, fields: Record<string, string>, isForeign = false): Promise<WebAnswer> {
    const body = new URLSearchParams(fields).toString();
    return this.#keep(await this.#route("POST", new URL(path, publicUrl), body, isForeign));
  }

  has(name: string): boolean {
    return this.#cookies.has(name);
  }

  async #route(method: string, url: URL, body: string, isForeign: boolean): Promise<WebAnswer> {
    const sent = [...this.#cookies].filter(
      ([, { isStrict }]) => !isForeign || (!isStrict && method === "GET"),
    );
    const request = readRequest({
      requestContext: { http: { method, path: url.pathname } },
      rawQueryString: url.search.slice(1),
      headers: body ? { "content-type": "application/x-www-form-urlencoded" } : {},
      cookies: sent.map(([name, { value }]) => `${name}=${value}`),
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
    });
    if (!request) throw new Error("no request");
    if (url.pathname === "/github/callback") return finishLink(request, context);
    return method === "POST" ? acceptLink(request, context) : showLink(request, context);
  }

  #keep(answer: WebAnswer): WebAnswer {
    for (const line of answer.cookies ?? []) {
      const [pair = "", ...flags] = line.split("; ");
      expect(flags).toEqual(expect.arrayContaining(["Secure", "HttpOnly", "Path=/"]));
      const [name = "", value = ""] = pair.split("=");
      expect(name).toMatch(/^__Host-/);
      if (flags.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, { value, isStrict: flags.includes("SameSite=Strict") });
    }
    return answer;
  }
}

/** The fields of the form on a page. */
function fieldsOf({ body = "" }: WebAnswer): Record<string, string> {
  const inputs = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  return Object.fromEntries(inputs.map(([, name, value]) => [name, value]));
}

async function begin(user = "UANN"): Promise<string> {
  return beginLink(context, { team, user });
}

/** Opens the page and agrees on it; gives the state and the challenge that the browser is sent to GitHub with. */
async function agreed(browser: Browser, address: string) {
  const page = await browser.get(address);
  expect(page.statusCode).toBe(200);
  const answer = await browser.post("/github/link", fieldsOf(page));
  expect(answer.statusCode).toBe(303);
  const { searchParams } = new URL(String(answer.headers?.location));
  return { state: searchParams.get("state") ?? "", challenge: searchParams.get("challenge") ?? "" };
}

/** What GitHub leads back with after somebody of this account allowed it. */
function allowedBy(id: number, login: string, { state, challenge }: { state: string; challenge: string }) {
  const code = `code-of-${login}`;
  codes.set(code, { challenge, account: { id, login } });
  return `/github/callback?${new URLSearchParams({ code, state })}`;
}

const linked = (user = "UANN") => context.people.read(team, user);

describe("the way it goes", () => {
  test("a person agrees on the page, allows it on GitHub, is linked, and is told in Slack", async () => {
    const browser = new Browser();
    const sent = await agreed(browser, await begin());
    const done = await browser.get(allowedBy(7, "ann", sent));
    expect(done.statusCode).toBe(200);
    expect(done.body).toContain("The GitHub account ann is linked");
    const person = await linked();
    expect(person).toMatchObject({ team, user: "UANN", account: { id: 7, login: "ann" }, linkedAt: time });
    const opened = openTokens(person?.sealedTokens ?? "", person as never, [key]);
    expect(opened).toEqual({ tokens: { ...tokens, access: `${tokens.access}-7` } });
    expect(told).toEqual([{ user: "UANN", text: expect.stringMatching(/^Linked: .* as \*ann\*/) }]);
    expect(homes).toEqual([{ team, user: "UANN" }]);
    expect(browser.has("__Host-cody-link")).toBe(false);
  });

  test("the page names the person and the workspace, and shows foreign text as text", async () => {
    const page = await new Browser().get(await begin());
    expect(page.body).toContain("UANN &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(page.body).toContain("Acme &amp; &lt;Sons&gt;");
    expect(page.body).not.toContain("<script");
    expect(page.body).toMatch(/approve, request changes, merge and close/);
  });

  test("no page is kept, framed, or tells the next site where it came from", async () => {
    const browser = new Browser();
    const address = await begin();
    const pages = [
      await browser.get(address),
      await browser.get("/github/callback"),
      await browser.get("/github/link"),
    ];
    for (const { headers } of pages) {
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
      });
      const policy = String(headers?.["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
    }
    expect(pages[0]?.headers?.["content-security-policy"]).toContain(
      "form-action 'self' https://github.example.com;",
    );
  });

  test("a page that is loaded twice, or in two tabs, is still good", async () => {
    const browser = new Browser();
    const address = await begin();
    const first = await browser.get(address);
    await browser.get(address);
    expect((await browser.post("/github/link", fieldsOf(first))).statusCode).toBe(303);
  });

  test("another account takes the place of the one before", async () => {
    for (const [id, login] of [
      [7, "ann"],
      [8, "ann-at-work"],
    ] as const) {
      const browser = new Browser();
      await browser.get(allowedBy(id, login, await agreed(browser, await begin())));
    }
    expect((await linked())?.account).toEqual({ id: 8, login: "ann-at-work" });
  });

  test("an account that somebody else linked is linked as well, and it is said with whom", async () => {
    for (const user of ["UBEN", "UANN"]) {
      const browser = new Browser();
      await browser.get(allowedBy(7, "shared", await agreed(browser, await begin(user))));
    }
    expect(await linked("UBEN")).toBeDefined();
    expect(await linked("UANN")).toBeDefined();
    expect(told[0]?.text).not.toContain("<@");
    expect(told[1]?.text).toMatch(/<@UBEN> linked the same account.*you count as one person/);
  });

  test("what was signed with an older key is still good", async () => {
    const browser = new Browser();
    const address = await begin();
    const newest = context.keys;
    context = { ...context, keys: [olderKey] };
    const sent = await agreed(browser, address);
    context = { ...context, keys: newest };
    expect((await browser.get(allowedBy(7, "ann", sent))).statusCode).toBe(200);
    expect(await linked()).toBeDefined();
  });

  test("a Slack that cannot be told does not undo the link", async () => {
    context.chat.tell = async () => {
      throw new Error("Slack is away");
    };
    const browser = new Browser();
    const done = await browser.get(allowedBy(7, "ann", await agreed(browser, await begin())));
    expect(done.statusCode).toBe(200);
    expect(await linked()).toBeDefined();
    expect(logged.join("\n")).toContain("could not be told of the link");
  });

  test("who says no on GitHub is not linked, and the request is used up", async () => {
    const browser = new Browser();
    const { state } = await agreed(browser, await begin());
    const no = await browser.get(
      `/github/callback?${new URLSearchParams({ error: "access_denied", state })}`,
    );
    expect(no.statusCode).toBe(200);
    expect(no.body).toContain("You said no on GitHub");
    expect(await linked()).toBeUndefined();
    expect((await browser.get(`/github/callback?code=x&state=${state}`)).statusCode).toBe(410);
  });
});

describe("nobody is linked into a foreign name", () => {
  test("by a callback that another browser is led to", async () => {
    const attacker = new Browser();
    const sent = await agreed(attacker, await begin("UMALLORY"));
    const callback = allowedBy(7, "ann", sent);
    const victim = new Browser();
    expect((await victim.get(callback)).statusCode).toBe(400);
    expect(await linked("UMALLORY")).toBeUndefined();
    // The request is not used up by it: whoever began it can go on.
    expect((await attacker.get(callback)).statusCode).toBe(200);
  });

  test("by a callback that is led to a browser with a link of its own under way", async () => {
    const attacker = new Browser();
    const foreign = allowedBy(66, "mallory", await agreed(attacker, await begin("UMALLORY")));
    const victim = new Browser();
    const own = allowedBy(7, "ann", await agreed(victim, await begin("UANN")));
    expect((await victim.get(foreign)).statusCode).toBe(400);
    expect(await linked("UMALLORY")).toBeUndefined();
    expect((await victim.get(own)).statusCode).toBe(200);
    expect((await linked("UANN"))?.account.login).toBe("ann");
  });

  test("by a code of another browser under the state of one's own", async () => {
    const attacker = new Browser();
    const stolen = await agreed(attacker, await begin("UMALLORY"));
    codes.set("stolen", { challenge: stolen.challenge, account: { id: 66, login: "mallory" } });
    const victim = new Browser();
    const { state } = await agreed(victim, await begin("UANN"));
    const answer = await victim.get(`/github/callback?${new URLSearchParams({ code: "stolen", state })}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain("GitHub did not accept");
    expect(await linked("UANN")).toBeUndefined();
  });

  test("by a form that another site sends", async () => {
    const address = await begin("UMALLORY");
    const attacker = new Browser();
    const fields = fieldsOf(await attacker.get(address));
    const victim = new Browser();
    // Even one who has looked at the very page agrees only on it.
    await victim.get(address);
    expect((await victim.post("/github/link", fields, true)).statusCode).toBe(400);
    expect((await victim.post("/github/link", fields)).statusCode).toBe(400);
    expect(victim.has("__Host-cody-link")).toBe(false);
  });

  test("by a form without the page", async () => {
    const request = new URL(await begin()).searchParams.get("request") ?? "";
    const browser = new Browser();
    for (const fields of [{ request }, { request, consent: "" }, { request, consent: "x".repeat(43) }]) {
      expect((await browser.post("/github/link", fields as Record<string, string>)).statusCode).toBe(400);
    }
    expect(await context.people.readLink(request, time)).not.toHaveProperty("verifier");
  });

  test("by the consent to another request", async () => {
    const browser = new Browser();
    const own = fieldsOf(await browser.get(await begin("UANN")));
    const foreign = new URL(await begin("UMALLORY")).searchParams.get("request") ?? "";
    expect((await browser.post("/github/link", { ...own, request: foreign })).statusCode).toBe(400);
  });

  test("by a callback without any form", async () => {
    const request = new URL(await begin()).searchParams.get("request") ?? "";
    const browser = new Browser();
    for (const state of [
      request,
      `${request}.`,
      `${request}.${"x".repeat(43)}`,
      "",
      ".",
      "..",
      `${request}.a.b`,
    ]) {
      const answer = await browser.get(`/github/callback?${new URLSearchParams({ code: "x", state })}`);
      expect(answer.statusCode).toBe(400);
    }
  });

  test("by the state of another request", async () => {
    const browser = new Browser();
    const first = await agreed(browser, await begin("UMALLORY"));
    const second = await agreed(browser, await begin("UANN"));
    // The cookie is the second one's by now.
    expect((await browser.get(allowedBy(7, "ann", first))).statusCode).toBe(400);
    const [id] = second.state.split(".");
    const [, signature] = first.state.split(".");
    const mixed = { ...second, state: `${id}.${signature}` };
    expect((await browser.get(allowedBy(7, "ann", mixed))).statusCode).toBe(400);
    expect(await linked("UANN")).toBeUndefined();
    expect(await linked("UMALLORY")).toBeUndefined();
  });

  test("by a second use of the state, at once or later", async () => {
    const browser = new Browser();
    const sent = await agreed(browser, await begin());
    const callback = allowedBy(7, "ann", sent);
    const both = await Promise.all([browser.get(callback), browser.get(callback)]);
    expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 410]);
    expect([400, 410]).toContain((await browser.get(allowedBy(66, "mallory", sent))).statusCode);
    expect((await linked())?.account.login).toBe("ann");
    expect(told).toHaveLength(1);
  });

  test("by a second agreement to one request", async () => {
    const address = await begin();
    const [one, other] = [new Browser(), new Browser()];
    const fields = [fieldsOf(await one.get(address)), fieldsOf(await other.get(address))] as const;
    const both = await Promise.all([
      one.post("/github/link", fields[0]),
      other.post("/github/link", fields[1]),
    ]);
    expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([303, 410]);
    expect((await new Browser().get(address)).statusCode).toBe(410);
  });

  test.each([
    ["the page", "page"],
    ["the form", "form"],
    ["the callback", "callback"],
  ])("after ten minutes, at %s", async (_where, step) => {
    const browser = new Browser();
    const address = await begin();
    const late = () => {
      time += linkMs;
    };
    if (step === "page") {
      late();
      expect((await browser.get(address)).statusCode).toBe(410);
    } else if (step === "form") {
      const fields = fieldsOf(await browser.get(address));
      late();
      expect((await browser.post("/github/link", fields)).statusCode).toBe(410);
    } else {
      const sent = await agreed(browser, address);
      late();
      expect((await browser.get(allowedBy(7, "ann", sent))).statusCode).toBe(410);
    }
    expect(await linked()).toBeUndefined();
  });

  test.each<[string, Partial<Member>]>([
    ["a guest", { isGuest: true }],
    ["who is deactivated", { isDeactivated: true }],
    ["a stranger", { teams: ["T-other"] }],
  ])("as %s, neither before nor after the consent", async (_who, member) => {
    const browser = new Browser();
    const address = await begin();
    const sent = await agreed(browser, address);
    members.set("UANN", member);
    expect((await browser.get(allowedBy(7, "ann", sent))).statusCode).toBe(403);
    expect((await new Browser().get(await begin())).statusCode).toBe(403);
    expect(await linked()).toBeUndefined();
  });

  test("and no secret is on a page, in an address or in the log", async () => {
    const browser = new Browser();
    const address = await begin();
    const page = await browser.get(address);
    const answer = await browser.post("/github/link", fieldsOf(page));
    const { searchParams } = new URL(String(answer.headers?.location));
    const request = await context.people.readLink(new URL(address).searchParams.get("request") ?? "", time);
    const sent = { state: searchParams.get("state") ?? "", challenge: searchParams.get("challenge") ?? "" };
    const done = await browser.get(allowedBy(7, "ann", sent));
    const seen = [
      page.body,
      String(answer.headers?.location),
      done.body,
      ...logged,
      ...told.map(({ text }) => text),
    ];
    for (const secret of [key, tokens.access, "ghr_x", request?.verifier, request?.nonceDigest]) {
      expect(secret).toBeTruthy();
      expect(seen.join("\n")).not.toContain(secret);
    }
  });
});
