// A small app on real Bolt, called as a function URL calls it, for the tests of the workspace.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { App, AwsLambdaReceiver, type Logger, LogLevel } from "@slack/bolt";
import { readBody } from "./http.ts";

export interface BoltApp {
  url: string;
  close(): Promise<void>;
}

/** Says nothing: refusals are what these tests are about. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** Starts an app with these listeners on any free port of 127.0.0.1. */
export async function startBoltApp(options: {
  signingSecret: string;
  token: string;
  apiUrl: string;
  listen: (app: App) => void;
}): Promise<BoltApp> {
  const { signingSecret, token, apiUrl } = options;
  const receiver = new AwsLambdaReceiver({ signingSecret, logger: silent });
  const app = new App({
    receiver,
    token,
    tokenVerificationEnabled: false,
    convoStore: false,
    logger: silent,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true },
  });
  options.listen(app);
  app.error(async () => {});
  const handler = receiver.toHandler();
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await readBody(request)).toString("utf8");
      const event = { version: "2.0", rawPath: "/slack/events", headers: request.headers, body };
      const answer = await handler({ ...event, isBase64Encoded: false } as never, {});
      response.writeHead(answer.statusCode, answer.headers as Record<string, string>).end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
