// Where GitHub leads the browser back to: finishes the link, and tells the person in Slack.
import { Failed, remedyOf } from "@cody/core/failure.ts";
import type { Person } from "@cody/core/team-schema.ts";
import { mayUse } from "../stories/access.ts";
import { completeLink, takeRequest } from "../stories/link-account.ts";
import { linkedMessage } from "../views/messages.ts";
import { setCookie, type WebAnswer, type WebRequest } from "./http.ts";
import { type LinkPages, nonceCookie, refusalPage, refusedPerson } from "./link.ts";
import { pageAnswer } from "./page.ts";

/** Good for one callback, whatever comes of it. */
const withoutNonce = [setCookie({ name: nonceCookie, value: "", sameSite: "Lax", maxAgeSeconds: 0 })];

/** GET: everything in the address may be made up; only what Cody signed and this browser holds counts. */
export async function finishLink({ query, cookies }: WebRequest, context: LinkPages): Promise<WebAnswer> {
  const taken = await takeRequest(
    {
      state: query.get("state") ?? "",
      code: query.get("code") ?? "",
      error: query.get("error") ?? "",
      nonce: cookies.get(nonceCookie) ?? "",
    },
    context,
  );
  if ("refused" in taken) {
    context.log.warn("a link was refused", { step: "callback", why: taken.refused });
    // The nonce stays where it is: what came was perhaps not meant for it.
    return refusalPage(taken.refused);
  }
  const { request } = taken;
  const why = mayUse(await context.chat.member(request.user), request.team);
  if (why !== undefined) return refusedPerson(why, withoutNonce);
  try {
    const completed = await completeLink(query.get("code") ?? "", request, context);
    if ("refused" in completed) return refusalPage(completed.refused, withoutNonce);
    await tellPerson(completed.person, completed.sharedWith, context);
    return donePage(completed.person);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    context.log.error("a link could not be finished", { error });
    const paragraphs = [error.message, remedyOf(error.failure), "Nothing was linked."];
    return pageAnswer({ status: 502, title: "Nothing was linked", paragraphs, cookies: withoutNonce });
  }
}

/** The link stands by then: that Slack cannot be told does not undo it, and the page says it as well. */
async function tellPerson(person: Person, sharedWith: string[], context: LinkPages): Promise<void> {
  const { team, user, account } = person;
  context.log.info("an account was linked", { user, account: account.id });
  const told = await Promise.allSettled([
    context.chat.tell(user, linkedMessage(account.login, sharedWith)),
    context.showHome({ team, user }),
  ]);
  for (const one of told) {
    if (one.status === "rejected")
      context.log.error("a person could not be told of the link", { user, error: one.reason });
  }
}

function donePage({ account }: Person): WebAnswer {
  return pageAnswer({
    status: 200,
    title: "Linked",
    paragraphs: [
      `The GitHub account ${account.login} is linked. Cody has told you so in Slack as well.`,
      "You can close this page and press your button in Slack again.",
    ],
    cookies: withoutNonce,
  });
}
