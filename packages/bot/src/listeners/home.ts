// The Home tab: shown when it is opened, and the presses in it.
import { linkMs } from "@cody/core/limits.ts";
import type { App, BlockAction } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { chooseDelivery } from "../stories/delivery.ts";
import { showHome } from "../stories/show-home.ts";
import { connectModal, homeActions } from "../views/home.ts";
import { defaultsForm, defaultsFormId, readDefaultsForm } from "../views/job-form.ts";
import { adminsOnly } from "../views/messages.ts";

export function listenToHome(app: App, context: BotContext): void {
  const { store, chat, linkUrl, access, log } = context;
  const show = async (person: { team: string; user: string }) =>
    showHome(person, { store: await store(), chat, access, canLink: linkUrl !== undefined });
  const isAdmin = async (user: string) => (await chat.member(user))?.isAdmin === true;

  app.event("app_home_opened", async ({ event, context: { teamId = "" } }) => {
    if (event.tab === "home") await show({ team: teamId, user: event.user });
  });

  app.action<BlockAction>(homeActions.connect, async ({ ack, body, client, context: { teamId = "" } }) => {
    if (!linkUrl) {
      await show({ team: teamId, user: body.user.id });
      return ack();
    }
    const url = await linkUrl(teamId, body.user.id);
    await client.views.open({ trigger_id: body.trigger_id, view: connectModal(url, linkMs / 60_000) });
    return ack();
  });

  app.action<BlockAction>(homeActions.continueToGitHub, async ({ ack }) => ack());

  app.action<BlockAction>(homeActions.unlink, async ({ ack, body, context: { teamId = "" } }) => {
    const { people } = await store();
    await people.unlink(teamId, body.user.id);
    log.info("an account was unlinked", { user: body.user.id });
    await show({ team: teamId, user: body.user.id });
    return ack();
  });

  app.action<BlockAction>(
    homeActions.editDefaults,
    async ({ ack, body, client, context: { teamId = "" } }) => {
      // The button is shown to admins alone, and somebody may have been one when it was.
      if (await isAdmin(body.user.id)) {
        const { teams } = await store();
        const view = defaultsForm(await teams.defaults(teamId));
        await client.views.open({ trigger_id: body.trigger_id, view });
      } else await show({ team: teamId, user: body.user.id });
      return ack();
    },
  );

  app.view(defaultsFormId, async ({ ack, body, view, context: { teamId = "" } }) => {
    if (!(await isAdmin(body.user.id)))
      return ack({ response_action: "errors", errors: { deliver: adminsOnly } });
    const decision = chooseDelivery(readDefaultsForm(view), {});
    if ("errors" in decision) return ack({ response_action: "errors", errors: decision.errors });
    const { teams } = await store();
    await teams.saveDefaults(teamId, decision.chosen);
    log.info("defaults saved", { team: teamId, by: body.user.id });
    await show({ team: teamId, user: body.user.id });
    return ack();
  });
}
