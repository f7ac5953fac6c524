// In front of every listener that a person's hand reaches: whoever may not use Cody is told why, privately, and no more.
import type { Chat } from "@cody/core/ports/chat.ts";
import type { AnyMiddlewareArgs, Middleware } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { mayUse } from "../stories/access.ts";
import { errorAtFirstField } from "../views/form-error.ts";
import { sentenceOption } from "../views/job-form.ts";
import { mayNotUse } from "../views/messages.ts";

/** Why this person may not use Cody; undefined where they may. The team is Cody's own, whatever the request says. */
export async function whyNot(
  user: string | undefined,
  chat: Pick<Chat, "member" | "team">,
): Promise<string | undefined> {
  const [member, team] = await Promise.all([user ? chat.member(user) : undefined, chat.team()]);
  return mayUse(member, team);
}

/** Commands, buttons, menus and forms. Events are told apart by their listeners, for most of them concern nobody. */
export function membersOnly({ chat, log }: BotContext): Middleware<AnyMiddlewareArgs> {
  return async (args) => {
    if (!("ack" in args) || !args.ack) return args.next();
    const { userId } = args.context;
    const why = await whyNot(userId, chat);
    if (why === undefined) return args.next();
    const { body } = args as {
      body: { type?: string; command?: string; view?: { blocks?: { type?: string; block_id?: string }[] } };
    };
    log.warn("somebody who may not use Cody tried to", { user: userId, what: body.command ?? body.type });
    const ack = args.ack as (answer?: unknown) => Promise<void>;
    if (body.command !== undefined) return ack({ response_type: "ephemeral", text: why });
    if (body.type === "block_suggestion") return ack({ options: sentenceOption(mayNotUse) });
    if (body.type === "view_submission") return ack(errorAtFirstField(body.view?.blocks ?? [], why));
    if (body.type !== "view_closed") await tell(args as never, userId, why, chat);
    return ack();
  };
}

/** Where the button was, so that only this person sees it; a view has no such place, and a message has. */
async function tell(
  { respond }: { respond?: (message: object) => Promise<unknown> },
  user: string | undefined,
  text: string,
  chat: Pick<Chat, "tell">,
): Promise<void> {
  if (respond) await respond({ response_type: "ephemeral", replace_original: false, text });
  else if (user) await chat.tell(user, text);
}
