// The form of a job: type-ahead of repositories from the cache, and what happens when it is submitted.

import { repositoriesStaleMs } from "@cody/core/limits.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { App } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { startJob } from "../stories/start-job.ts";
import { jobFormId, readJobForm, repositoryOptions, sentenceOption } from "../views/job-form.ts";
import { listNotRead, nothingAllowed } from "../views/messages.ts";

export function listenToJobForm(app: App, { store, chat, allowed, now, log }: BotContext): void {
  app.options("repositories", async ({ ack, options, context }) => {
    const team = context.teamId ?? "";
    const { teams } = await store();
    const catalogue = await teams.catalogue(team);
    if (!catalogue || now() - catalogue.readAt > repositoriesStaleMs) await teams.wantCatalogue(team, now());
    if (allowed.length === 0) return ack({ options: sentenceOption(nothingAllowed) });
    if (!catalogue) return ack({ options: sentenceOption(listNotRead) });
    const offered = catalogue.repositories.filter(
      (repository) => !repository.archived && isAllowed(repository.fullName, allowed),
    );
    return ack({ options: repositoryOptions(offered, options.value) });
  });

  app.view(jobFormId, async ({ ack, body, view, context }) => {
    const team = context.teamId ?? "";
    const form = readJobForm(view);
    const { jobs, teams } = await store();
    const [catalogue, defaults, room] = await Promise.all([
      teams.catalogue(team),
      teams.defaults(team),
      form.channel ? chat.room(form.channel) : { found: false as const },
    ]);
    const decision = startJob({
      form,
      team,
      requester: body.user.id,
      viewId: view.id,
      catalogue,
      defaults,
      allowed,
      room,
      now: now(),
    });
    if ("errors" in decision) return ack({ response_action: "errors", errors: decision.errors });
    const isNew = await jobs.create(decision.job);
    log.info(isNew ? "job created" : "job was there already", { job: decision.job.id });
    return ack();
  });
}
