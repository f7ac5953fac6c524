// Buttons of the board: each press becomes one ask, and effects answer it.

import { idFrom } from "@cody/core/ids.ts";
import type { Ask } from "@cody/core/schema.ts";
import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { buttonUnknown, jobUnknown } from "../views/messages.ts";

const asking = ["stop", "conversation"] as const;

export function listenToButtons(app: App, { store, now, log }: BotContext): void {
  for (const kind of asking) {
    app.action<BlockAction<ButtonAction>>(kind, async ({ ack, action, body, respond }) => {
      const job = action.value ?? "";
      const ask: Ask = {
        id: idFrom(job, kind, body.user.id, action.action_ts),
        job,
        kind,
        by: body.user.id,
        at: now(),
        responseUrl: body.response_url,
      };
      const { jobs } = await store();
      const record = await jobs.read(job);
      // The button's own thread has to be the job's: a value alone could have been copied from elsewhere.
      const here = body.container.message_ts;
      if (!record || (here !== record.job.thread?.ts && body.container.thread_ts !== record.job.thread?.ts)) {
        await respond({ response_type: "ephemeral", replace_original: false, text: jobUnknown });
        return ack();
      }
      const isNew = await jobs.ask(ask);
      log.info(isNew ? "asked" : "asked already", { job, kind });
      return ack();
    });
  }

  // Slack reports a press on a link as well, and shows an error where nobody answers.
  app.action("open-pull-request", async ({ ack }) => ack());

  // Bolt runs every listener that matches, so the last one has to leave out what the others answer.
  app.action(
    new RegExp(`^(?!(?:${[...asking, "open-pull-request"].join("|")})$)`),
    async ({ ack, action, respond }) => {
      log.warn("unknown action", { action: "action_id" in action ? action.action_id : action.type });
      await respond({ response_type: "ephemeral", replace_original: false, text: buttonUnknown });
      return ack();
    },
  );
}
