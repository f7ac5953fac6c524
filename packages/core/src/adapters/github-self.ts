// Who Cody is on GitHub, and what it was given there, as GitHub tells it to Cody itself.
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { clientOptions } from "./github-access.ts";
import { orHidden, statusOf } from "./github-errors.ts";

export interface AppSelf {
  slug: string;
  /** What it asks for wherever it is installed. */
  permissions: Record<string, string>;
  /** What its webhook was subscribed to. */
  events: string[];
  /** Undefined where it has none. */
  webhook: AppWebhook | undefined;
  installations: {
    account: string;
    /** What the owner has granted, which may be older than what the App asks for. */
    permissions: Record<string, string>;
    isSuspended: boolean;
    /** Where its owner finds it. */
    settingsUrl: string;
  }[];
}

export interface AppWebhook {
  url: string;
  /** `json` or `form`, in which GitHub writes what happened. */
  contentType: string;
  /** Whether GitHub sends to whoever answers at the address, with any certificate. */
  isInsecure: boolean;
  /** How the newest delivery to this address went; undefined where there was none in the days that GitHub remembers. */
  newest: WebhookDelivery | undefined;
}

export interface WebhookDelivery {
  /** Milliseconds since 1970. */
  at: number;
  /** Where nobody answered, GitHub names the status that a gateway would have given. */
  status: number;
  /** In GitHub's words. */
  outcome: string;
}

export interface AccountSelf {
  login: string;
  /** Of a classic token; undefined for one whose rights GitHub does not tell. */
  scopes: string[] | undefined;
}

/** The App that this key belongs to; undefined where GitHub knows no such App, or another key of it. */
export async function readApp(
  apiUrl: string,
  { appId, privateKey }: { appId: number; privateKey: string },
): Promise<AppSelf | undefined> {
  const client = new Octokit({
    ...clientOptions(apiUrl),
    authStrategy: createAppAuth,
    auth: { appId, privateKey },
  });
  const app = await unlessUnknown(client.apps.getAuthenticated());
  if (!app) return undefined;
  const webhook = await readWebhook(client);
  const installations = await client.paginate(client.apps.listInstallations, { per_page: 100 });
  return {
    slug: app.data?.slug ?? "",
    permissions: named(app.data?.permissions),
    events: app.data?.events ?? [],
    webhook,
    installations: installations.map(({ account, permissions, suspended_at, html_url }) => ({
      account: accountName(account),
      permissions: named(permissions),
      isSuspended: Boolean(suspended_at),
      settingsUrl: html_url,
    })),
  };
}

async function readWebhook(client: Octokit): Promise<AppWebhook | undefined> {
  const hook = await orHidden(client.apps.getWebhookConfigForApp());
  const { url, content_type: contentType = "form", insecure_ssl: insecure } = hook?.data ?? {};
  if (!url) return undefined;
  // Newest first; older ones say nothing that the newest does not say better.
  const { data: deliveries } = await client.apps.listWebhookDeliveries({ per_page: 1 });
  const newest = deliveries[0] && (await deliveryTo(url, deliveries[0].id, client));
  return { url, contentType, isInsecure: String(insecure ?? "0") !== "0", newest };
}

/** Undefined where it went to another address: the list does not say where to, and the address may have changed since. */
async function deliveryTo(url: string, id: number, client: Octokit): Promise<WebhookDelivery | undefined> {
  const { data } = await client.apps.getWebhookDelivery({ delivery_id: id });
  if (data.url !== url) return undefined;
  return { at: Date.parse(data.delivered_at), status: data.status_code, outcome: data.status };
}

/** The account of this token; undefined where GitHub does not know the token. */
export async function readAccount(apiUrl: string, token: string): Promise<AccountSelf | undefined> {
  const client = new Octokit({ ...clientOptions(apiUrl), auth: token });
  const user = await unlessUnknown(client.users.getAuthenticated());
  if (!user) return undefined;
  const scopes = user.headers["x-oauth-scopes"];
  return { login: user.data.login, scopes: scopes ? scopes.split(/[\s,]+/).filter(Boolean) : undefined };
}

async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    // GitHub says 404 to a well signed question of an App that is not there.
    const status = statusOf(error);
    if (status === 401 || status === 404) return undefined;
    throw error;
  }
}

function named(permissions: object | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(permissions ?? {}).map(([name, level]) => [name, String(level)]));
}

/** An enterprise has a slug where people and organizations have a login. */
function accountName(account: { login?: string; slug?: string } | null): string {
  return account?.login ?? account?.slug ?? "somebody who is gone";
}
