// What a route gives back, and how long lists become pages with the `Link` header GitHub sends.
import type { Account } from "./accounts.ts";
import type { App, Grant } from "./apps.ts";
import type { Body } from "./body.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

export interface Answer {
  status: number;
  /** What is sent as JSON; undefined where `text` is sent, or nothing. */
  json?: unknown;
  text?: string | Buffer;
  contentType?: string;
  headers?: Record<string, string>;
}

/** One request, read and admitted. */
export interface Call {
  site: Site;
  url: URL;
  query: URLSearchParams;
  params: Record<string, string>;
  accept: string;
  body: Body;
  account: Account | undefined;
  /** What the token may do, where it was made for an App. */
  grant: Grant | undefined;
}

/** A request of an App as itself. */
export interface AppCall extends Call {
  app: App;
  /** The one that the address names, where it names one. */
  repository: Repository | undefined;
}

/** A request below `/repos/{owner}/{repo}`: the caller may see this repository. */
export interface RepositoryCall extends Call {
  repository: Repository;
}

/** A request that changes something there, and so comes from somebody. */
export interface WriteCall extends RepositoryCall {
  account: Account;
}

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 100;

export function json(value: unknown, status = 200): Answer {
  return { status, json: value };
}

export function noContent(): Answer {
  return { status: 204 };
}

export function plain(text: string | Buffer, contentType = "text/plain; charset=utf-8"): Answer {
  return { status: 200, text, contentType };
}

/** What the caller wants instead of JSON, from an `Accept` such as `application/vnd.github.diff`. */
export function mediaOf(call: Call): "diff" | "patch" | "sha" | "raw" | "json" {
  const [, media] = /application\/vnd\.github(?:\.v3)?\.(diff|patch|sha|raw)\b/.exec(call.accept) ?? [];
  return (media as "diff" | "patch" | "sha" | "raw" | undefined) ?? "json";
}

/** The page that was asked for, and the `Link` header where there is more than one. */
export function pageOf<Item>(
  call: Call,
  items: readonly Item[],
): { items: Item[]; headers: Record<string, string> } {
  const perPage = Math.min(positive(call.query.get("per_page"), DEFAULT_PER_PAGE), MAX_PER_PAGE);
  const page = positive(call.query.get("page"), 1);
  const lastPage = Math.max(1, Math.ceil(items.length / perPage));
  const link = (relation: string, target: number) => {
    const url = new URL(call.url);
    url.searchParams.set("page", String(target));
    return `<${url.href}>; rel="${relation}"`;
  };
  const links = [
    ...(page > 1 ? [link("prev", Math.min(page - 1, lastPage))] : []),
    ...(page < lastPage ? [link("next", page + 1), link("last", lastPage)] : []),
    ...(page > 1 ? [link("first", 1)] : []),
  ];
  return {
    items: items.slice((page - 1) * perPage, page * perPage),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

/** A list as the whole answer. Only the items of the page are turned into JSON. */
export async function list<Item>(
  call: Call,
  items: readonly Item[],
  toJson: (item: Item) => unknown,
): Promise<Answer> {
  const page = pageOf(call, items);
  return { status: 200, json: await Promise.all(page.items.map(toJson)), headers: page.headers };
}

function positive(text: string | null, otherwise: number): number {
  const number = Number(text ?? "");
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
