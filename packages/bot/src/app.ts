// Everything Cody listens to in Slack, in one list.

import type { Log } from "@cody/core/log.ts";
import {
  type AnyMiddlewareArgs,
  App,
  type AppOptions as BoltOptions,
  type Middleware,
  type Receiver,
} from "@slack/bolt";
import type { BotContext } from "./context.ts";
import { listenToButtons } from "./listeners/buttons.ts";
import { listenToCommand } from "./listeners/command.ts";
import { listenToHome } from "./listeners/home.ts";
import { listenToJobForm } from "./listeners/job-form.ts";
import { membersOnly } from "./listeners/members-only.ts";
import { listenToThreads } from "./listeners/thread.ts";
import { errorAtFirstField } from "./views/form-error.ts";
import { couldNotDo } from "./views/messages.ts";

interface AppOptions extends BotContext, Pick<BoltOptions, "logger" | "clientOptions"> {
  receiver: Receiver;
  botToken: string;
}

/** The Bolt app. Nothing is called while it is made. */
export function makeApp({ receiver, botToken, logger, clientOptions, ...context }: AppOptions): App {
  const app = new App({
    receiver,
    authorize: async () => ({ botToken }),
    convoStore: false,
    logger,
    clientOptions,
  });
  app.use(answerWhateverHappens(context.log));
  app.use(membersOnly(context));
  listenToCommand(app, context);
  listenToJobForm(app, context);
  listenToButtons(app, context);
  listenToThreads(app, context);
  listenToHome(app, context);
  // The person has been answered by then; throwing again would only make Slack send it again.
  app.error(async (error) => context.log.error("a listener failed", { error }));
  return app;
}

/**
 * Answers a person even where a listener throws: a form stays open with its text, a command gets a sentence.
 * Without it Slack would only say that the app did not respond.
 */
function answerWhateverHappens(log: Log): Middleware<AnyMiddlewareArgs> {
  return async (args) => {
    try {
      await args.next();
    } catch (error) {
      log.error("a listener failed", { error });
      if (!("ack" in args) || !args.ack) throw error;
      const { body } = args as {
        body: { type?: string; command?: string; view?: { blocks?: { type?: string; block_id?: string }[] } };
      };
      const ack = args.ack as (answer?: unknown) => Promise<void>;
      if (body.command !== undefined) await ack({ response_type: "ephemeral", text: couldNotDo });
      else if (body.type === "block_suggestion") await ack({ options: [] });
      else if (body.type === "view_submission")
        await ack(errorAtFirstField(body.view?.blocks ?? [], couldNotDo));
      else await ack();
    }
  };
}
