// Links an account as a person does: the Home tab, Cody's page in a browser, the consent on GitHub, and back.
import type { Workspace } from "./slack/workspace.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** Links the person in Slack to this account, from the Home tab on. Throws where any step is refused. */
export async function linkAccount(
  world: Pick<World, "slack" | "github">,
  user: string,
  login: string,
): Promise<void> {
  const person = world.slack.as(user);
  person.openHome();
  const home = await waitFor(() => {
    const view = person.state().home;
    return view && buttonIn(view.blocks, "connect-github") ? view : undefined;
  });
  const action = { type: "button", action_id: "connect-github", block_id: "home-github" };
  const { error } = await person.act({ viewId: home.id, action });
  if (error) throw new Error(error);
  const modal = await waitFor(() => person.state().modal ?? undefined);
  await followLink(world, buttonIn(modal.blocks, "continue-to-github")?.url ?? "", login);
  await person.close(modal.id);
  await waitFor(() => {
    const view = person.state().home;
    return view && buttonIn(view.blocks, "unlink-github") ? true : undefined;
  });
}

/** Opens an address that Cody gave, agrees on its page, and consents on GitHub as this account. */
export async function followLink(
  { github }: Pick<World, "github">,
  address: string,
  login: string,
): Promise<void> {
  const browser = new Browser();
  const page = await browser.open(address);
  const body = new URLSearchParams();
  for (const [, name = "", value = ""] of page.text.matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)">/g,
  ))
    body.set(name, value);
  const to = /<form method="post" action="([^"]*)">/.exec(page.text)?.[1];
  if (!to) throw new Error(`There is no form on the page: ${page.status} ${page.text}`);
  const agreed = await browser.open(new URL(to, address), { method: "POST", body });
  if (!agreed.location) throw new Error(`The page leads nowhere: ${agreed.status} ${agreed.text}`);
  const done = await browser.open(github.consent(agreed.location, login));
  if (done.status !== 200 || !done.text.includes("<h1>Linked</h1>"))
    throw new Error(`Nothing was linked: ${done.status} ${done.text}`);
}

/** A browser with cookies of one site, which is all that it goes to. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async open(address: string | URL, init: RequestInit = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(cookie ? { cookie } : {}) };
    const answer = await fetch(address, { ...init, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === "" || /max-age=0\b/i.test(set)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { status: answer.status, text: await answer.text(), location: answer.headers.get("location") };
  }
}

interface LinkButton {
  action_id: string;
  url?: string;
}

function buttonIn(blocks: readonly object[], actionId: string): LinkButton | undefined {
  const elements = blocks.flatMap((block) =>
    "elements" in block && Array.isArray(block.elements) ? (block.elements as object[]) : [],
  );
  return elements.find(
    (element): element is LinkButton => "action_id" in element && element.action_id === actionId,
  );
}

/** The address behind Connect GitHub in the newest private message to this person. */
export async function linkOffered(slack: Workspace, user: string): Promise<string> {
  return waitFor(() => {
    const { messages } = slack.as(user).state();
    const offers = messages.flatMap(({ ephemeralTo, blocks }) =>
      ephemeralTo === user ? (buttonIn(blocks, "continue-to-github")?.url ?? []) : [],
    );
    return offers.at(-1);
  });
}
