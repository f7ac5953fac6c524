// Socket Mode with Slack's own client: what goes through the connection, what the app answers, and a connection anew.
import { SocketModeReceiver } from "@slack/bolt";
import { LogLevel, WebClient } from "@slack/web-api";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { free } from "./client-fixture.ts";
import { startWorkspace, type Workspace } from "./workspace.ts";

const appToken = "xapp-1-of-the-test";

interface Heard {
  body: Record<string, unknown>;
}

let workspace: Workspace;
let heard: Heard[];
let answer: (body: Record<string, unknown>) => unknown;
let receiver: SocketModeReceiver;

beforeEach(async () => {
  heard = [];
  answer = () => undefined;
  workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token: "xoxb-1" },
    appToken,
    signingSecret: "secret",
    limits: free,
    requestUrl: () => "http://127.0.0.1:9/nobody",
    people: [{ id: "UANN", name: "ann", realName: "Ann Example" }],
    channels: [{ id: "CIN", name: "in", kind: "public", members: ["UANN", "UBOT"] }],
  });
  receiver = new SocketModeReceiver({
    appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 50,
    installerOptions: { clientOptions: { slackApiUrl: workspace.apiUrl } },
  });
  receiver.init({
    async processEvent({
      body,
      ack,
    }: {
      body: Record<string, unknown>;
      ack: (answer?: unknown) => Promise<void>;
    }) {
      heard.push({ body });
      await ack(answer(body));
    },
  } as never);
  onTestFinished(async () => {
    await receiver.client.disconnect();
    await workspace.close();
  });
});

test("commands, events and presses come through the connection, and the answer goes back", async () => {
  await receiver.start();
  answer = (body) => (body.command === "/cody" ? { response_type: "ephemeral", text: "Hello." } : undefined);
  expect(await workspace.as("UANN").send("CIN", "/cody upgrade")).toEqual({});
  expect(heard[0]?.body).toMatchObject({ command: "/cody", text: "upgrade", user_id: "UANN" });
  expect(workspace.as("UANN").state().messages.at(-1)).toMatchObject({ text: "Hello.", ephemeralTo: "UANN" });
  await workspace.as("UANN").send("CIN", "a long word ".repeat(10_000));
  await workspace.settled();
  expect(heard.at(-1)?.body).toMatchObject({ type: "event_callback", event: { type: "message" } });
  expect(workspace.record.deliveries.map(({ status }) => status)).toEqual([200, 200]);
});

test("an app that is not connected is not reached, and one whose connection is renewed is again", async () => {
  expect(await workspace.as("UANN").send("CIN", "/cody")).toMatchObject({ error: expect.any(String) });
  await receiver.start();
  expect(await workspace.as("UANN").send("CIN", "/cody")).toEqual({});
  const isConnected = new Promise((resolve) => receiver.client.once("connected", resolve));
  workspace.reconnect();
  await isConnected;
  expect(await workspace.as("UANN").send("CIN", "/cody")).toEqual({});
});

test("an address is good once, and for the app's own token alone", async () => {
  const client = (token: string) =>
    new WebClient(token, { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } });
  await expect(client("xoxb-1").apps.connections.open()).rejects.toThrow("not_allowed_token_type");
  await expect(client(appToken).auth.test()).rejects.toThrow("not_allowed_token_type");
  const { url = "" } = await client(appToken).apps.connections.open();
  const opened = () =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(url);
      socket.onerror = () => resolve(false);
      socket.onmessage = ({ data }) => {
        socket.close();
        resolve(JSON.parse(data).type === "hello");
      };
    });
  expect(await opened()).toBe(true);
  expect(await opened()).toBe(false);
});
