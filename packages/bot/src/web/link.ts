// The page that says who is about to be linked to what, and the form on it with which a person agrees.
import { linkMs } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import { mayUse } from "../stories/access.ts";
import {
  agree,
  consentOf,
  type LinkContext,
  type LinkRefusal,
  linkPath,
  openRequest,
} from "../stories/link-account.ts";
import { isRandomText, randomText } from "../stories/random-text.ts";
import { formIn, setCookie, type WebAnswer, type WebRequest } from "./http.ts";
import { pageAnswer, seeOther } from "./page.ts";

export interface LinkPages extends LinkContext {
  chat: Pick<Chat, "member" | "teamName" | "tell">;
  /** Where people use GitHub in a browser. */
  githubUrl: string;
  /** Shows the Home tab as it is after the link. */
  showHome: (person: { team: string; user: string }) => Promise<void>;
  log: Log;
}

/** Says that this browser has seen the page. It never comes along where another site sends the form. */
const consentCookie = "__Host-cody-consent";
/** Says that this browser agreed. It has to come along when GitHub leads back. */
export const nonceCookie = "__Host-cody-link";
const cookieSeconds = linkMs / 1000;

/** GET: the page. It changes nothing, however often and by whomever it is loaded. */
export async function showLink(request: WebRequest, context: LinkPages): Promise<WebAnswer> {
  const link = await openRequest(request.query.get("request") ?? "", context);
  if (!link) return refusalPage("over");
  const member = await context.chat.member(link.user);
  const why = mayUse(member, link.team);
  if (why !== undefined || !member) return refusedPerson(why ?? "");
  const workspace = await context.chat.teamName();
  // Kept where there is one, so that a page in another tab stays good.
  const kept = request.cookies.get(consentCookie) ?? "";
  const cookie = isRandomText(kept) ? kept : randomText();
  return pageAnswer({
    status: 200,
    title: "Link GitHub to Slack",
    paragraphs: [
      `This links your GitHub account to ${member.name} in the Slack workspace ${workspace}.`,
      `From then on, whatever ${member.name} presses in Slack can be done on GitHub in your name: approve, request changes, merge and close the pull requests that Cody made, and start jobs with your rights. Cody does nothing in your name that was not pressed. You can unlink in the Home tab of Cody.`,
      `Go on only if you are ${member.name}. If somebody sent you this address, close this page.`,
    ],
    form: {
      action: linkPath,
      button: `Yes, I am ${member.name}: continue to GitHub`,
      fields: { request: link.id, consent: consentOf(link.id, cookie, context.keys) },
      to: context.githubUrl,
    },
    cookies: [
      setCookie({ name: consentCookie, value: cookie, sameSite: "Strict", maxAgeSeconds: cookieSeconds }),
    ],
  });
}

/** POST: what the page's form sends. Leads to GitHub. */
export async function acceptLink(request: WebRequest, context: LinkPages): Promise<WebAnswer> {
  const form = formIn(request);
  if (!form) return refusalPage("foreign");
  const agreed = await agree(
    {
      request: form.get("request") ?? "",
      consent: form.get("consent") ?? "",
      cookie: request.cookies.get(consentCookie) ?? "",
    },
    context,
  );
  if ("refused" in agreed) {
    context.log.warn("a link was refused", { step: "consent", why: agreed.refused });
    return refusalPage(agreed.refused);
  }
  return seeOther(agreed.location, [
    setCookie({ name: nonceCookie, value: agreed.nonce, sameSite: "Lax", maxAgeSeconds: cookieSeconds }),
    setCookie({ name: consentCookie, value: "", sameSite: "Strict", maxAgeSeconds: 0 }),
  ]);
}

const refusals: Record<LinkRefusal, { status: number; title: string; sentence: string }> = {
  over: {
    status: 410,
    title: "This link is over",
    sentence: `A link is good once and for ${linkMs / 60_000} minutes. Nothing was linked.`,
  },
  foreign: {
    status: 400,
    title: "Nothing was linked",
    sentence: "This did not begin in this browser, so Cody did not go on with it.",
  },
  declined: { status: 200, title: "Nothing was linked", sentence: "You said no on GitHub." },
  "not-taken": {
    status: 400,
    title: "Nothing was linked",
    sentence: "GitHub did not accept what your browser brought back from it.",
  },
};

/** Why nothing was linked, and how to begin again. */
export function refusalPage(refusal: LinkRefusal, cookies: string[] = []): WebAnswer {
  const { status, title, sentence } = refusals[refusal];
  const again = "To try again, open Cody in Slack and press Connect GitHub in its Home tab.";
  return pageAnswer({ status, title, paragraphs: [sentence, again], cookies });
}

export function refusedPerson(why: string, cookies: string[] = []): WebAnswer {
  return pageAnswer({ status: 403, title: "Nothing was linked", paragraphs: [why], cookies });
}
