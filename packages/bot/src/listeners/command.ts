// /cody: opens the form, or answers help and status at once.

import type { JobRecord } from "@cody/core/schema.ts";
import type { App } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { mayBeListed } from "../stories/access.ts";
import { jobForm } from "../views/job-form.ts";
import { formNotOpened, help, jobList } from "../views/messages.ts";
import { typedText } from "./typed-text.ts";

/** Jobs that `/cody status` shows, and those that it chooses from: some are of channels that are not for everybody. */
const statusJobs = 10;
const readJobs = 20;

export function listenToCommand(app: App, { store, log }: BotContext): void {
  app.command("/cody", async ({ ack, command, client }) => {
    const typed = typedText(command.text).trim();
    // Phones begin what is typed with a capital.
    const word = typed.toLowerCase();
    if (word === "help") return ack({ response_type: "ephemeral", text: help });
    if (word === "status") {
      const { jobs } = await store();
      const newest = await jobs.newest(command.team_id, readJobs);
      const records = await Promise.all(newest.map((job) => jobs.read(job.id)));
      const looking = { user: command.user_id, channel: command.channel_id };
      const known = records
        .filter((record): record is JobRecord => record !== undefined && mayBeListed(record.job, looking))
        .slice(0, statusJobs);
      return ack({ response_type: "ephemeral", text: jobList(known) });
    }
    try {
      await client.views.open({ trigger_id: command.trigger_id, view: jobForm(typed, command.channel_id) });
    } catch (error) {
      log.warn("the form could not be opened", { error });
      return ack({ response_type: "ephemeral", text: formNotOpened });
    }
    return ack();
  });
}
