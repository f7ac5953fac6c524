// The pages on which people let a program act for them, and the endpoint at which it gets its tokens.
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Account } from "./accounts.ts";
import { type Markup, markup, page } from "./markup.ts";
import type { Site } from "./site.ts";
import type { AuthorizeRequest, OAuthClient, UserTokens } from "./user-tokens.ts";

export interface PageRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface PageAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const AUTHORIZE = "/login/oauth/authorize";
/** So long a consent page may lie open. */
const PAGE_LIFE_MS = 600_000;
const MISMATCH = "The redirect_uri MUST match the registered callback URL for this application.";
const HELP = "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors";

/** Everything below `/login/oauth/`. */
export class OAuthPages {
  readonly #site: Site;
  readonly #tokens: UserTokens;
  readonly #open = new Map<string, { request: AuthorizeRequest; atMs: number }>();

  constructor(site: Site, tokens: UserTokens) {
    this.#site = site;
    this.#tokens = tokens;
  }

  /** Answers a request; undefined where no page of these has that address. */
  answer(request: PageRequest): PageAnswer | undefined {
    const { pathname } = request.url;
    if (pathname === "/login/oauth/access_token" && request.method === "POST") return this.#token(request);
    if (pathname !== AUTHORIZE) return undefined;
    if (request.method === "GET") return this.#ask(request.url);
    return request.method === "POST" ? this.#decide(request) : undefined;
  }

  /** What a person does who opens this address and consents as this account: where the browser goes next. */
  consent(authorizeUrl: string, account: Account): string {
    const asked = this.#read(new URL(authorizeUrl));
    if ("refusal" in asked) throw new Error(`GitHub does not ask: HTTP ${asked.refusal.status}.`);
    return this.#afterConsent(asked, account);
  }

  #ask(url: URL): PageAnswer {
    const request = this.#read(url);
    if ("refusal" in request) return request.refusal;
    const consent = randomBytes(20).toString("hex");
    for (const [id, { atMs }] of this.#open) {
      if (this.#site.now() >= atMs + PAGE_LIFE_MS) this.#open.delete(id);
    }
    this.#open.set(consent, { request, atMs: this.#site.now() });
    const people = this.#site.accounts.people();
    const wanted = url.searchParams.get("login");
    return html(200, consentPage(request.client, people, consent, wanted));
  }

  #decide({ body }: PageRequest): PageAnswer {
    const given = new URLSearchParams(body);
    const consent = given.get("consent") ?? "";
    const open = this.#open.get(consent);
    this.#open.delete(consent);
    if (open === undefined || this.#site.now() >= open.atMs + PAGE_LIFE_MS) {
      return html(422, messagePage("This page is out of date", "Begin again where you came from."));
    }
    const account = this.#site.accounts.people().find(({ login }) => login === given.get("login"));
    if (given.get("decision") === "cancel" || account === undefined) {
      return back(open.request.redirectUri, {
        error: "access_denied",
        error_description: "The user has denied your application access.",
        error_uri: `${HELP}/#access-denied`,
        state: open.request.state,
      });
    }
    return redirect(this.#afterConsent(open.request, account));
  }

  #afterConsent(request: AuthorizeRequest, account: Account): string {
    const code = this.#tokens.consent(request, account);
    return withParameters(request.redirectUri, { code, state: request.state });
  }

  /** What a program asks for, or the answer that it gets in place of the page. */
  #read(url: URL): AuthorizeRequest | { refusal: PageAnswer } {
    const field = (name: string) => url.searchParams.get(name) ?? undefined;
    const client = this.#tokens.byId(field("client_id"));
    if (client === undefined) {
      return { refusal: html(404, messagePage("Not found", "No application has this client id.")) };
    }
    const [usual] = client.callbackUrls;
    const state = field("state");
    const named = field("redirect_uri");
    if (usual === undefined) {
      const why = "The application has no callback address, so nobody can be sent back to it.";
      return { refusal: html(400, messagePage("Be careful!", why)) };
    }
    const redirectUri = named ?? usual;
    if (!mayReturnTo(client, redirectUri)) {
      const error = { error: "redirect_uri_mismatch", error_description: MISMATCH };
      return { refusal: back(usual, { ...error, error_uri: `${HELP}/#redirect-uri-mismatch`, state }) };
    }
    const challenge = field("code_challenge");
    const isReadable =
      challenge === undefined
        ? field("code_challenge_method") === undefined
        : field("code_challenge_method") === "S256" && /^[\w-]{43}$/.test(challenge);
    if (!isReadable) {
      const error_description = "The code challenge must be 43 characters long, with the method S256.";
      return { refusal: back(redirectUri, { error: "invalid_request", error_description, state }) };
    }
    // A GitHub App has permissions in place of scopes.
    const scope = client.app === undefined ? (field("scope") ?? "") : "";
    return { client, redirectUri, state, challenge, scope };
  }

  #token({ url, headers, body }: PageRequest): PageAnswer {
    const isJson = /^application\/json\b/.test(headers["content-type"] ?? "");
    const fields = isJson ? jsonFields(body) : Object.fromEntries(new URLSearchParams(body));
    const field = (name: string) => fields[name] ?? url.searchParams.get(name) ?? undefined;
    const answer = this.#tokens.answer(field);
    const status = answer === undefined ? 404 : 200;
    const values = answer ?? { error: "Not Found" };
    if (/\bjson\b/.test(headers.accept ?? "")) {
      const type = { "content-type": "application/json; charset=utf-8" };
      return { status, headers: { ...type, "cache-control": "no-store" }, body: JSON.stringify(values) };
    }
    const type = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const pairs = Object.entries(values).map(([name, value]) => [name, String(value)]);
    return { status, headers: type, body: new URLSearchParams(pairs).toString() };
  }
}

/** A GitHub App's address has to be one of its own, to the letter; an OAuth App's may be below it. */
function mayReturnTo({ callbackUrls, app }: OAuthClient, address: string): boolean {
  if (callbackUrls.includes(address)) return true;
  if (app !== undefined || !URL.canParse(address)) return false;
  const asked = new URL(address);
  return callbackUrls.some((each) => {
    const known = new URL(each);
    const isBelow = `${asked.pathname}/`.startsWith(`${known.pathname.replace(/\/$/, "")}/`);
    return known.origin === asked.origin && isBelow;
  });
}

function consentPage(client: OAuthClient, people: Account[], consent: string, wanted: string | null): Markup {
  const choices = people.map(
    ({ login }) =>
      markup`<p><button name="login" value="${login}">Continue as <b>${login}</b>${login === wanted ? " (suggested)" : ""}</button></p>`,
  );
  const none = markup`<p class="note">There is no person on this GitHub.</p>`;
  return page(
    `Authorize ${client.name}`,
    markup`<h1>Authorize ${client.name}</h1>
<p><b>${client.name}</b> asks to act on your behalf. It can do what both it and you may do.</p>
<form method="post" action="${AUTHORIZE}"><input type="hidden" name="consent" value="${consent}">
<section class="box"><h2>Who are you?</h2>${choices.length === 0 ? none : choices}</section>
<p><button name="decision" value="cancel">Cancel</button></p></form>
<p class="quiet">You are sent to <code>${new URL(client.callbackUrls[0] ?? "").origin}</code>.</p>`,
  );
}

function messagePage(title: string, text: string): Markup {
  return page(title, markup`<h1>${title}</h1><p>${text}</p>`);
}

function html(status: number, content: Markup): PageAnswer {
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "cache-control": "no-store",
    },
    body: content.text,
  };
}

function back(address: string, parameters: Record<string, string | undefined>): PageAnswer {
  return redirect(withParameters(address, parameters));
}

function redirect(location: string): PageAnswer {
  return { status: 302, headers: { location, "cache-control": "no-store" }, body: "" };
}

function withParameters(address: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

function jsonFields(body: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(body);
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}
