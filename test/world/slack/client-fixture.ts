// A workspace without an app, and the real client of the Web API, for the tests of its methods.
import { type WebAPICallResult, WebClient } from "@slack/web-api";
import { silent } from "./bolt-app.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "./workspace.ts";

export const token = "xoxb-test";
const scopes = [
  "chat:write",
  "chat:write.public",
  "channels:read",
  "channels:history",
  "channels:join",
  "groups:read",
  "groups:history",
  "im:read",
  "im:history",
  "im:write",
  "users:read",
  "files:read",
  "files:write",
  "reactions:write",
];

/** A workspace with members, guests, and channels of every kind, and nobody behind the request URL. */
export async function workspaceWith(more: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  return await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token, scopes },
    signingSecret: "secret",
    requestUrl: () => "http://127.0.0.1:9/",
    subscriptions: [],
    people: [
      { id: "UANN", name: "ann", realName: "Ann Example" },
      { id: "UGUEST", name: "gus", realName: "Gus Example", guest: true },
      { id: "UGONE", name: "gil", realName: "Gil Example", deactivated: true },
    ],
    channels: [
      { id: "CIN", name: "in", kind: "public", members: ["UANN", "UBOT"] },
      { id: "COUT", name: "out", kind: "public", members: ["UANN"] },
      { id: "COLD", name: "old", kind: "public", members: ["UANN", "UBOT"], archived: true },
      { id: "CPRIVATE", name: "private", kind: "private", members: ["UANN"] },
      { id: "CSHARED", name: "shared", kind: "public", members: ["UANN"], shared: true },
    ],
    ...more,
  });
}

export function clientOf(workspace: Workspace, withToken: string | undefined = token): WebClient {
  return new WebClient(withToken, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
}

/** The code Slack refuses a call with, or `ok`. */
export async function codeOf(call: Promise<WebAPICallResult>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    const { code, data } = error as { code: string; data?: { error: string } };
    return data?.error ?? code;
  }
}

/** Limits that no test runs into. */
export const free = { callsPerMinute: {}, channelPostBurst: 1000 };
