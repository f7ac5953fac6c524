// /cody: opens the form, or answers help and status at once.

import type { JobRecord } from "@cody/core/schema.ts";
import type { App } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { jobForm } from "../views/job-form.ts";
import { formNotOpened, help, jobList } from "../views/messages.ts";
import { typedText } from "./typed-text.ts";

/** Jobs that `/cody status` shows. */
const statusJobs = 10;

export function listenToCommand(app: App, { store, log }: BotContext): void {
  app.command("/cody", async ({ ack, command, client }) => {
    const typed = typedText(command.text).trim();
    if (typed === "help") return ack({ response_type: "ephemeral", text: help });
    if (typed === "status") {
      const { jobs } = await store();
      const newest = await jobs.newest(command.team_id, statusJobs);
      const records = await Promise.all(newest.map((job) => jobs.read(job.id)));
      const known = records.filter((record): record is JobRecord => record !== undefined);
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
