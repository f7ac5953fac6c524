// Buttons of boards and replies: each press becomes one ask, and effects answer it.
import { idFrom } from "@cody/core/ids.ts";
import type { Store } from "@cody/core/ports/store.ts";
import { type Ask, type AskKind, askKinds } from "@cody/core/schema.ts";
import type { App, BlockAction } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { type AskForm, askForm, askFormId, readAskForm } from "../views/ask-form.ts";
import { errorAtFirstField } from "../views/form-error.ts";
import { homeActions } from "../views/home.ts";
import { buttonElsewhere, buttonUnknown, formNotOpened, jobUnknown } from "../views/messages.ts";
import { type Press, readPress } from "../views/press.ts";
import { openPullRequest } from "../views/pull-request.ts";

/** What a press makes, by the button's action id; a question and a branch have a button for each answer. */
const severalButtons: { action: RegExp; kind: AskKind }[] = [
  { action: /^reply-\d+$/, kind: "reply" },
  { action: /^branch-[a-z-]+$/, kind: "branch" },
];

/** These need words first, so the press opens a form. */
const withForm: readonly AskForm["kind"][] = ["request-changes", "follow-up"];

/** Slack reports a press on a link as well, and shows an error where nobody answers. */
const elsewhere: string[] = [openPullRequest, ...Object.values(homeActions)];

/** The kind of ask behind an action id; undefined where no button of Cody's has it. */
function kindOf(action: string): AskKind | undefined {
  const several = severalButtons.find(({ action: known }) => known.test(action))?.kind;
  const isButton = action !== "message" && action !== "reply" && action !== "branch";
  return several ?? (isButton ? askKinds.find((kind) => kind === action) : undefined);
}

export function listenToButtons(app: App, { store, now, log }: BotContext): void {
  app.action(/./, async ({ ack, action, body, respond, client }) => {
    const id = "action_id" in action ? action.action_id : action.type;
    // Bolt runs every listener that matches, and the Home tab has its own.
    if (elsewhere.includes(id)) return id === openPullRequest ? ack() : undefined;
    const say = async (text: string) => {
      await respond({ response_type: "ephemeral", replace_original: false, text });
      return ack();
    };
    const kind = kindOf(id);
    if (!kind || body.type !== "block_actions" || action.type !== "button" || !("action_ts" in action)) {
      log.warn("unknown action", { action: id });
      return say(buttonUnknown);
    }
    const value = action.value ?? "";
    const press = readPress(value);
    const stores = await store();
    const obstacle = await wrongPlace(press, body, stores);
    if (!press || obstacle) return say(obstacle ?? jobUnknown);
    const needsWords = withForm.find((known) => known === kind);
    if (needsWords) {
      const form = {
        kind: needsWords,
        value,
        pressedAt: action.action_ts,
        responseUrl: body.response_url,
      };
      try {
        await client.views.open({ trigger_id: body.trigger_id, view: askForm(form) });
      } catch (error) {
        log.warn("the form could not be opened", { error });
        return say(formNotOpened);
      }
      return ack();
    }
    const { user, response_url: responseUrl } = body;
    const pressed = { kind, by: user.id, pressedAt: action.action_ts, at: now(), responseUrl };
    await make(askOf(press, pressed), stores);
    return ack();
  });

  app.view(askFormId, async ({ ack, body, view }) => {
    const sent = readAskForm(view);
    const press = sent && readPress(sent.form.value);
    if (!sent || !press) return ack();
    const { form, text } = sent;
    if (text === "") return ack(errorAtFirstField(view.blocks, "Say what should be different.") as never);
    const { kind, pressedAt, responseUrl } = form;
    const ask = askOf(press, { kind, by: body.user.id, pressedAt, at: now(), responseUrl });
    await make({ ...ask, text }, await store());
    return ack();
  });

  async function make(ask: Ask, { jobs }: Store): Promise<void> {
    const isNew = await jobs.ask(ask);
    log.info(isNew ? "asked" : "asked already", { job: ask.job, kind: ask.kind });
  }
}

/** The ask that a press makes. The same press makes the same one, however often Slack delivers it. */
function askOf(
  press: Press,
  given: { kind: AskKind; by: string; pressedAt: string; at: number; responseUrl: string | undefined },
): Ask {
  const { kind, by, pressedAt, at, responseUrl } = given;
  const id = idFrom(press.job, kind, by, pressedAt);
  return { ...press, id, kind, by, at, ...(responseUrl ? { responseUrl } : {}) };
}

/**
 * Why nothing is done: the job is unknown, or the button is not in its thread. A value alone could have been made up,
 * or copied from elsewhere.
 */
async function wrongPlace(
  press: Press | undefined,
  { container }: BlockAction,
  { jobs }: Pick<Store, "jobs">,
): Promise<string | undefined> {
  if (!press) return jobUnknown;
  // One small read where all is well: Slack waits for an answer.
  const { channel_id: channel, thread_ts: thread, message_ts: message } = container;
  const ts = thread ?? message;
  if (channel && ts && (await jobs.ofThread(channel, ts)) === press.job) return undefined;
  return (await jobs.read(press.job)) ? buttonElsewhere : jobUnknown;
}
