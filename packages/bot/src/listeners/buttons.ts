// Buttons of boards and replies: each press becomes one ask, and effects answer it.
import { idFrom } from "@cody/core/ids.ts";
import type { Ask, AskKind } from "@cody/core/schema.ts";
import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { buttonUnknown, jobUnknown } from "../views/messages.ts";

/** The kind of ask that a press makes, by the button's action id; a question has a button for each option. */
const asking: { action: string | RegExp; kind: AskKind }[] = [
  { action: "stop", kind: "stop" },
  { action: "pause", kind: "pause" },
  { action: "resume", kind: "resume" },
  { action: "conversation", kind: "conversation" },
  { action: "more", kind: "more" },
  { action: "deliver", kind: "deliver" },
  { action: "release", kind: "release" },
  { action: /^reply-\d+$/, kind: "reply" },
];

/** Slack reports a press on a link as well, and shows an error where nobody answers. */
const link = "open-pull-request";

export function listenToButtons(app: App, { store, now, log }: BotContext): void {
  for (const { action: id, kind } of asking) {
    app.action<BlockAction<ButtonAction>>(id, async ({ ack, action, body, respond }) => {
      const pressed = readValue(action.value ?? "");
      const ask: Ask = {
        ...pressed,
        id: idFrom(pressed.job, kind, body.user.id, action.action_ts),
        kind,
        by: body.user.id,
        at: now(),
        responseUrl: body.response_url,
      };
      const { jobs } = await store();
      const record = await jobs.read(ask.job);
      // The button's own thread has to be the job's: a value alone could have been copied from elsewhere.
      const thread = record?.job.thread?.ts;
      if (!thread || ![body.container.message_ts, body.container.thread_ts].includes(thread)) {
        await respond({ response_type: "ephemeral", replace_original: false, text: jobUnknown });
        return ack();
      }
      const isNew = await jobs.ask(ask);
      log.info(isNew ? "asked" : "asked already", { job: ask.job, kind });
      return ack();
    });
  }

  app.action(link, async ({ ack }) => ack());

  // Bolt runs every listener that matches, so the last one has to leave out what the others answer.
  app.action(/./, async ({ ack, action, respond }) => {
    const id = "action_id" in action ? action.action_id : action.type;
    if (id === link || asking.some(({ action: known }) => id.match(known)?.[0] === id)) return;
    log.warn("unknown action", { action: id });
    await respond({ response_type: "ephemeral", replace_original: false, text: buttonUnknown });
    return ack();
  });
}

/** `job`, or `job.run.since.choice`. Whatever else it is names no job that anybody knows. */
function readValue(value: string): Pick<Ask, "job" | "run" | "since" | "text"> {
  const [job = "", run, since, text] = value.split(".");
  if (run === undefined) return { job };
  return { job, run: Number(run), since: Number(since), ...(text ? { text } : {}) };
}
