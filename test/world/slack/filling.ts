// Filling, submitting and closing the form a person has open.
import { findElement } from "./blocks.ts";
import type { Context } from "./context.ts";
import type { PageAnswers, PageRequests } from "./contract.ts";
import { chosen, complaints, offerKey, stateOf } from "./form.ts";
import { isRecord, type Json, records } from "./json.ts";
import { newTrigger } from "./methods/views.ts";
import { interactionHead } from "./payloads.ts";
import { newResponseUrl } from "./response-url.ts";
import { list, problemsOf } from "./rules.ts";
import { failureSentence, troubleSentence } from "./sentences.ts";
import type { StoredView } from "./state.ts";
import { applySubmissionAnswer } from "./submission.ts";
import { optionGroup, selectOption } from "./text-rules.ts";

/** What a client does that is not Slack's own: its own checks are left out. */
export interface ClientOptions {
  forged?: boolean;
}

/** Slack asks the app once this much was typed, unless the menu says otherwise. */
const normalMinQueryLength = 3;

/** Type-ahead of an external menu in the person's topmost form. */
export async function suggest(
  context: Context,
  user: string,
  request: Omit<PageRequests["suggest"], "user">,
): Promise<PageAnswers["suggest"]> {
  const view = context.state.stack(user).at(-1);
  const element = view && findElement(view.json.blocks, request.blockId, request.actionId);
  if (!view || (element?.type !== "external_select" && element?.type !== "multi_external_select")) {
    return { options: [], error: "This menu is no longer there." };
  }
  const minLength = Number(element.min_query_length ?? normalMinQueryLength);
  if (request.value.length < minLength) return { options: [] };
  const answer = await context.deliverer.interaction({
    type: "block_suggestion",
    ...interactionHead(context, user),
    container: { type: "view", view_id: view.json.id },
    action_id: request.actionId,
    block_id: request.blockId,
    value: request.value,
    view: view.json,
  });
  if (!answer.isGood) return { options: [], error: failureSentence(answer) };
  const problems = problemsOfOptions(answer.json);
  if (problems.length > 0) {
    answer.delivery.problem = `options: ${problems.join("; ")}`;
    return { options: [], error: "The options could not be loaded." };
  }
  const groups = records(answer.json?.option_groups).flatMap((group) => records(group.options));
  const options = [...records(answer.json?.options), ...groups];
  for (const option of options) {
    view.offered.set(offerKey(request.blockId, request.actionId, option.value), option);
  }
  return { options: options as unknown as PageAnswers["suggest"]["options"] };
}

function problemsOfOptions(answer: Json | undefined): string[] {
  if (answer?.options !== undefined) {
    return problemsOf(list(selectOption, { max: 100 }), answer.options, "/options");
  }
  if (answer?.option_groups !== undefined) {
    return problemsOf(list(optionGroup, { max: 100 }), answer.option_groups, "/option_groups");
  }
  return ["must define either `options` or `option_groups`"];
}

/** Sends the topmost form; with `forged` the values go out as they are, unchecked. */
export async function submit(
  context: Context,
  user: string,
  request: Omit<PageRequests["submit"], "user">,
  options: ClientOptions = {},
): Promise<PageAnswers["submit"]> {
  const view = context.state.stack(user).at(-1);
  if (view?.json.id !== request.viewId) return { error: "This form is no longer open." };
  const values = stateOf(view.json.blocks, view.json.state.values, request.values);
  if (!options.forged) {
    const errors = complaints(view.json.blocks, values, view.offered);
    if (Object.keys(errors).length > 0) return { errors };
  }
  view.json.state.values = options.forged ? { ...values, ...request.values } : values;
  const answer = await context.deliverer.interaction({
    type: "view_submission",
    ...interactionHead(context, user),
    trigger_id: newTrigger(context, user, view.json.id),
    view: view.json,
    response_urls: responseUrls(context, view),
  });
  if (!answer.isGood) return { error: troubleSentence };
  return applySubmissionAnswer(context, view, answer);
}

/** One response URL for each channel menu of the form that asked for it. */
function responseUrls(context: Context, view: StoredView): Json[] {
  return view.json.blocks.flatMap((block) => {
    const element = block.element;
    if (!isRecord(element) || element.response_url_enabled !== true) return [];
    const value = chosen(element, view.json.state.values[block.block_id]?.[String(element.action_id)]);
    if (typeof value !== "string") return [];
    const url = newResponseUrl(context, { channel: value, user: view.user });
    return [{ block_id: block.block_id, action_id: element.action_id, channel_id: value, response_url: url }];
  });
}

/** Closes the topmost form, all of them if it says so. */
export async function close(context: Context, user: string, viewId: string): Promise<PageAnswers["close"]> {
  const stack = context.state.stack(user);
  const view = stack.at(-1);
  if (view?.json.id !== viewId) return { error: "This form is no longer open." };
  const closesAll = view.json.clear_on_close === true;
  const closed = closesAll ? stack.splice(0).reverse() : stack.splice(-1);
  context.state.changed({ user });
  const told = closed.filter((one) => one.json.notify_on_close === true);
  const answers = await Promise.all(
    told.map((one) =>
      context.deliverer.interaction({
        type: "view_closed",
        ...interactionHead(context, user),
        view: one.json,
        is_cleared: closesAll,
      }),
    ),
  );
  const failed = answers.find((answer) => !answer.isGood);
  return failed ? { error: failureSentence(failed) } : {};
}
