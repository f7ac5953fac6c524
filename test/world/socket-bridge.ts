// Carries what Slack sends through Socket Mode to the slack program, as the signed requests that it sends otherwise.
import { SocketModeReceiver } from "@slack/bolt";
import { LogLevel } from "@slack/web-api";
import { signedHeaders } from "./slack/delivery.ts";
import { isRecord, type Json } from "./slack/json.ts";

interface BridgeOptions {
  /** `xapp-…`, with the scope `connections:write`. */
  appToken: string;
  /** Slack's own where nothing is given. */
  slackApiUrl?: string;
  /** What the slack program believes to be Slack's. */
  signingSecret: string;
  requestUrl: string;
  /** Told of what could not be handed over. */
  onTrouble: (sentence: string) => void;
}

/** Connects, and keeps connected until it is closed. Throws where Slack refuses the token. */
export async function startBridge(options: BridgeOptions): Promise<{ close(): Promise<void> }> {
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: { slackApiUrl: options.slackApiUrl, retryConfig: { retries: 2 } } },
  });
  receiver.init({
    processEvent: async ({ body, ack }: { body: Json; ack: (answer?: unknown) => Promise<void> }) => {
      try {
        const answer = await handOver(body, options);
        // Slack sends an event again that nobody has acknowledged.
        if (answer.ok) await ack(answerIn(await answer.text()));
        else options.onTrouble(`The slack program answered with HTTP ${answer.status}.`);
      } catch (error) {
        options.onTrouble(error instanceof Error ? error.message : String(error));
      }
    },
  } as never);
  await receiver.start();
  return { close: async () => void (await receiver.client.disconnect()) };
}

function handOver(payload: Json, { signingSecret, requestUrl }: BridgeOptions): Promise<Response> {
  const { type, body } = requestOf(payload);
  const seconds = Math.floor(Date.now() / 1000);
  return fetch(requestUrl, {
    method: "POST",
    headers: { "content-type": type, ...signedHeaders(signingSecret, seconds, body) },
    body,
  });
}

/** Commands are plain fields, events are JSON, and everything that is pressed or submitted is JSON in a field. */
function requestOf(payload: Json): { type: string; body: string } {
  if (isRecord(payload.event)) return { type: "application/json", body: JSON.stringify(payload) };
  const form = "application/x-www-form-urlencoded";
  const isCommand = typeof payload.command === "string";
  const fields = isCommand
    ? Object.entries(payload).map(([name, value]) => [name, String(value)])
    : [["payload", JSON.stringify(payload)]];
  return { type: form, body: new URLSearchParams(fields).toString() };
}

function answerIn(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // An answer to a command may be plain words.
    return { text };
  }
}
