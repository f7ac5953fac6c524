// A press on a button or a choice in a menu, of a message or of a view.
import { type Block, findElement } from "./blocks.ts";
import type { Context } from "./context.ts";
import type { FormValues, PageAnswers, PageRequests } from "./contract.ts";
import { choiceOf, chosen, knownOptions, stateOf } from "./form.ts";
import { isRecord, type Json } from "./json.ts";
import { newTrigger } from "./methods/views.ts";
import { channelName, interactionHead, messageObject } from "./payloads.ts";
import { newResponseUrl } from "./response-url.ts";
import { failureSentence } from "./sentences.ts";
import type { StoredMessage, StoredView } from "./state.ts";

/** A press on an element of a message or a view. */
export async function act(
  context: Context,
  user: string,
  request: Omit<PageRequests["act"], "user">,
): Promise<PageAnswers["act"]> {
  const place = request.message
    ? messagePlace(context, user, request.message)
    : viewPlace(context, user, request.viewId);
  if (!place) return { error: "This message or form is no longer there." };
  const { block_id, action_id } = request.action;
  const element = findElement(place.blocks, block_id, action_id);
  if (element?.type !== request.action.type) return { error: "This element is no longer there." };
  const choice = choiceOf(element, request.action);
  const picked = [chosen(element, choice) ?? request.action.selected_option].flat().filter(isRecord);
  const known = knownOptions(block_id, element, place.view?.offered ?? new Map());
  const isForeign = picked.some((option) => !known.some((one) => one.value === option.value));
  if (isForeign) return { error: "This choice is not in the list." };

  const own: FormValues = choice ? { [block_id]: { [action_id]: choice } } : {};
  const values = stateOf(place.blocks, place.view?.json.state.values, request.values, own);
  if (place.view) place.view.json.state.values = values;
  const block = place.blocks.find((one) => one.block_id === block_id);
  if (block?.type === "input" && block.dispatch_action !== true) return {};

  const answer = await context.deliverer.interaction({
    type: "block_actions",
    ...interactionHead(context, user),
    trigger_id: newTrigger(context, user, place.view?.json.id),
    ...place.payload(),
    ...(place.view ? {} : { state: { values } }),
    actions: [
      {
        type: element.type,
        action_id,
        block_id,
        ...(choice ?? pressed(element, request.action)),
        action_ts: context.state.nextTs(),
      },
    ],
  });
  return answer.isGood ? {} : { error: failureSentence(answer) };
}

/** Text and value of a button are the message's own, whatever the client says. */
function pressed(element: Json, action: Json): Json {
  if (element.type === "overflow") return { selected_option: action.selected_option };
  if (element.type === "feedback_buttons") {
    const sides = [element.positive_button, element.negative_button].filter(isRecord);
    const side = sides.find((one) => one.value === action.value) ?? sides[0];
    return { text: side?.text, value: side?.value };
  }
  const { text, value, url, style, icon } = element;
  return Object.fromEntries(
    Object.entries({ text, value, url, style, icon }).filter(([, one]) => one !== undefined),
  );
}

interface PressedPlace {
  blocks: Block[];
  view?: StoredView;
  payload: () => Json;
}

function messagePlace(
  context: Context,
  user: string,
  where: { channel: string; ts: string },
): PressedPlace | undefined {
  const channel = context.state.channels.get(where.channel);
  const message = context.state.message(where.channel, where.ts);
  if (!channel || !message?.byBot || !context.state.sees(user, channel)) return undefined;
  if (message.ephemeralTo && message.ephemeralTo !== user) return undefined;
  return {
    blocks: message.blocks,
    payload: () => ({
      container: container(context, message),
      channel: { id: channel.id, name: channelName(channel) },
      // Slack does not repeat an ephemeral message to the app.
      ...(message.ephemeralTo ? {} : { message: messageObject(context, message) }),
      response_url: newResponseUrl(context, { channel: channel.id, user, original: message.ts }),
    }),
  };
}

function container(context: Context, message: StoredMessage): Json {
  const threadTs = messageObject(context, message).thread_ts;
  return {
    type: "message",
    message_ts: message.ts,
    channel_id: message.channel,
    is_ephemeral: message.ephemeralTo !== undefined,
    ...(threadTs ? { thread_ts: threadTs } : {}),
  };
}

function viewPlace(context: Context, user: string, viewId: string | undefined): PressedPlace | undefined {
  const view = context.state.view(viewId ?? "");
  if (view?.user !== user) return undefined;
  return {
    blocks: view.json.blocks,
    view,
    payload: () => ({ container: { type: "view", view_id: view.json.id }, view: view.json }),
  };
}

/** A shortcut of the app, on a message or from anywhere. */
export async function shortcut(
  context: Context,
  user: string,
  callbackId: string,
  on?: { channel: string; ts: string },
): Promise<{ error?: string }> {
  const message = on && context.state.message(on.channel, on.ts);
  const channel = on && context.state.channels.get(on.channel);
  if (on && (!message || !channel)) return { error: "This message is no longer there." };
  const answer = await context.deliverer.interaction({
    type: message ? "message_action" : "shortcut",
    ...interactionHead(context, user),
    callback_id: callbackId,
    action_ts: context.state.nextTs(),
    trigger_id: newTrigger(context, user),
    ...(message && channel
      ? {
          message_ts: message.ts,
          message: messageObject(context, message),
          channel: { id: channel.id, name: channelName(channel) },
          response_url: newResponseUrl(context, { channel: channel.id, user }),
        }
      : {}),
  });
  return answer.isGood ? {} : { error: failureSentence(answer) };
}
