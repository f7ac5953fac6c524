// Apps of the workspace as their manifests make them: whose token it takes, what is refused, and what comes of a change.
import { WebClient } from "@slack/web-api";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { free } from "./client-fixture.ts";
import { startWorkspace } from "./workspace.ts";

const whole = JSON.parse(JSON.stringify(manifest).replaceAll("REQUEST-URL", "cody.example.com"));
let admin: WebClient;
let app: WebClient;

beforeEach(async () => {
  const workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token: "xoxb-1" },
    configurationToken: "xoxe.xoxp-1",
    signingSecret: "secret",
    limits: free,
    requestUrl: () => "http://127.0.0.1:9",
    people: [],
    channels: [],
  });
  onTestFinished(workspace.close);
  const options = { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } };
  admin = new WebClient("xoxe.xoxp-1", options);
  app = new WebClient("xoxb-1", options);
});

const change = (path: string, value: unknown) => {
  const copy = structuredClone(whole);
  const names = path.split("/");
  const last = names.pop() ?? "";
  const parent = names.reduce((part, name) => part[name], copy);
  parent[last] = value;
  return copy;
};

test("an app is made of a manifest, exported as it is, and changed as a whole", async () => {
  const made = await admin.apps.manifest.create({ manifest: whole });
  expect(made).toMatchObject({
    app_id: expect.stringMatching(/^A/),
    credentials: { signing_secret: expect.any(String) },
  });
  const id = made.app_id ?? "";
  expect((await admin.apps.manifest.export({ app_id: id })).manifest).toEqual(whole);
  const renamed = change("display_information/name", "Cody Two");
  expect((await admin.apps.manifest.update({ app_id: id, manifest: renamed })).permissions_updated).toBe(
    false,
  );
  const scoped = change("oauth_config/scopes/bot", ["chat:write"]);
  expect((await admin.apps.manifest.update({ app_id: id, manifest: scoped })).permissions_updated).toBe(true);
});

test("tokens are good for their own methods alone", async () => {
  await expect(app.apps.manifest.export({ app_id: "ABOT" })).rejects.toThrow("not_allowed_token_type");
  await expect(admin.auth.test()).rejects.toThrow("not_allowed_token_type");
  await expect(admin.apps.manifest.export({ app_id: "ANONE" })).rejects.toThrow("invalid_app_id");
  expect((await app.bots.info({ bot: "BBOT" })).bot).toMatchObject({ app_id: "ABOT", user_id: "UBOT" });
  await expect(app.bots.info({ bot: "BOTHER" })).rejects.toThrow("bot_not_found");
});

describe("a manifest is refused with the place", () => {
  test.each([
    ["display_information/name", "x".repeat(36), "/display_information/name"],
    ["display_information/name", undefined, "/display_information/name"],
    [
      "features/slash_commands/0/url",
      "http://cody.example.com/slack/events",
      "/features/slash_commands/0/url",
    ],
    ["features/slash_commands/0/command", "cody", "/features/slash_commands/0/command"],
    ["settings/event_subscriptions/request_url", undefined, "/settings/event_subscriptions"],
    ["settings/interactivity/request_url", "not an address", "/settings/interactivity"],
    ["settings/rotation", true, "/settings"],
  ])("%s: %j", async (path, value, pointer) => {
    const refused = await admin.apps.manifest
      .create({ manifest: change(path, value) })
      .catch((error: { data: unknown }) => error.data);
    expect(refused).toMatchObject({ error: "invalid_manifest", errors: [{ pointer }] });
  });

  test("but needs no addresses where everything comes through a socket", async () => {
    const manifest = change("settings/socket_mode_enabled", true);
    manifest.features.slash_commands[0].url = undefined;
    manifest.settings.event_subscriptions.request_url = undefined;
    manifest.settings.interactivity = { is_enabled: true };
    await admin.apps.manifest.create({ manifest });
  });
});
