// The endpoints of the browser page: actions as JSON over POST, and one stream of events.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "./context.ts";
import type { PageRequests } from "./contract.ts";
import { type HttpAnswer, json, readBody } from "./http.ts";
import { personActions } from "./person.ts";
import type { Audience } from "./state.ts";

/** Changes within this time reach the page as one event. */
const gatherMs = 30;

const handlers: {
  [Name in keyof PageRequests]: (context: Context, request: PageRequests[Name]) => unknown;
} = {
  state: (context, { user }) => personActions(context, user).state(),
  send: (context, { user, channel, text, threadTs }) =>
    personActions(context, user).send(channel, text, threadTs),
  suggest: (context, { user, blockId, actionId, value }) =>
    personActions(context, user).suggest(blockId, actionId, value),
  act: (context, { user, ...request }) => personActions(context, user).act(request),
  submit: (context, { user, viewId, values }) => personActions(context, user).submit(viewId, values),
  close: (context, { user, viewId }) => personActions(context, user).close(viewId),
  openHome: (context, { user }) => personActions(context, user).openHome(),
};

/** POST /ui/<name>. */
export async function answerPage(
  context: Context,
  name: string,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  if (!Object.hasOwn(handlers, name)) return json(404, { error: `There is no /ui/${name}.` });
  const sent = JSON.parse((await readBody(request)).toString("utf8")) as PageRequests[keyof PageRequests];
  const body = { ...sent, user: sent.user || anybody(context) };
  if (!context.state.people.has(body.user)) {
    return json(400, { error: `There is no person ${body.user} in this workspace.` });
  }
  const handler = handlers[name as keyof PageRequests] as (context: Context, request: unknown) => unknown;
  return json(200, await handler(context, body));
}

/** Who acts where the page's address names nobody: the first person of the workspace. */
function anybody({ state, bot }: Context): string {
  return [...state.people.keys()].find((id) => id !== bot.userId) ?? "";
}

/** GET /ui/events?user=U…: a line whenever something that the person sees has changed. */
export function streamEvents(
  context: Context,
  named: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const user = named || anybody(context);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": connected\n\n");
  let pending: NodeJS.Timeout | undefined;
  const stop = context.state.onChange((audience) => {
    if (pending || !concerns(context, user, audience)) return;
    pending = setTimeout(() => {
      pending = undefined;
      response.write(`data: ${JSON.stringify({ changed: true })}\n\n`);
    }, gatherMs);
  });
  request.on("close", () => {
    clearTimeout(pending);
    stop();
  });
}

function concerns(context: Context, user: string, audience: Audience): boolean {
  if (audience === "everybody") return true;
  if ("user" in audience) return audience.user === user;
  const channel = context.state.channels.get(audience.channel);
  return channel !== undefined && context.state.sees(user, channel);
}
