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
  /** Where its webhook leads; empty where it has none. */
  webhookUrl: string;
  installations: {
    account: string;
    /** What the owner has granted, which may be older than what the App asks for. */
    permissions: Record<string, string>;
    isSuspended: boolean;
    /** Where its owner finds it. */
    settingsUrl: string;
  }[];
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
  const hook = await orHidden(client.apps.getWebhookConfigForApp());
  const installations = await client.paginate(client.apps.listInstallations, { per_page: 100 });
  return {
    slug: app.data?.slug ?? "",
    permissions: named(app.data?.permissions),
    events: app.data?.events ?? [],
    webhookUrl: hook?.data.url ?? "",
    installations: installations.map(({ account, permissions, suspended_at, html_url }) => ({
      account: accountName(account),
      permissions: named(permissions),
      isSuspended: Boolean(suspended_at),
      settingsUrl: html_url,
    })),
  };
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
