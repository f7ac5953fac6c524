// Presses a button as a person does: it has to be there, in a message that this person sees.
import type { Message } from "./slack/contract.ts";
import type { Workspace } from "./slack/workspace.ts";
import { boards, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";

interface Button {
  type: "button";
  action_id: string;
  block_id: string;
  value?: string;
  text: { text: string };
}

/** Longer than any machine takes to begin, even after another one died. */
const timeoutMs = 150_000;

/**
 * Waits for a message of the newest board's thread that has a button of this label, and presses it. Where several have
 * one, the first reply counts, then the board; `inReply` asks for one whose text holds these words.
 */
export async function pressInThread(
  slack: Workspace,
  user: string,
  label: string,
  inReply = "",
): Promise<Message> {
  const { message, button } = await waitFor(() => {
    const board = boards(slack, user).at(-1);
    const shown = board ? [...replies(slack, user, board), board] : [];
    for (const message of shown.filter(({ text }) => text.includes(inReply))) {
      const button = buttonsOf(message).find(({ text }) => text.text.startsWith(label));
      if (button) return { message, button };
    }
    return undefined;
  }, timeoutMs);
  const { channel, ts } = message;
  const { error } = await slack.as(user).act({ message: { channel, ts }, action: { ...button } });
  if (error) throw new Error(error);
  return message;
}

function buttonsOf({ blocks }: Message): Button[] {
  return blocks.flatMap((block) => {
    if (block.type !== "actions") return [];
    return block.elements.flatMap((element) =>
      element.type === "button"
        ? [{ ...(element as unknown as Button), block_id: block.block_id ?? "" }]
        : [],
    );
  });
}

/**
 * Presses, and waits until only this person is told these words. What was answered before can come once more meanwhile,
 * where its ask was delivered twice. Throws with what was told instead.
 */
export async function pressAndHear(
  slack: Workspace,
  user: string,
  press: { label: string; inReply: string; says: string },
): Promise<void> {
  const told = () =>
    slack
      .as(user)
      .state()
      .messages.filter(({ ephemeralTo }) => ephemeralTo === user);
  const before = told().length;
  await pressInThread(slack, user, press.label, press.inReply);
  const answers = () => told().slice(before);
  const isSaid = () => answers().some(({ text }) => text.includes(press.says)) || undefined;
  await waitFor(isSaid, timeoutMs).catch(() => {
    const texts = answers().map(({ text }) => text);
    throw new Error(`${press.label} was answered with: ${texts.join(" / ") || "nothing"}`);
  });
}

/** Waits for a reply in the thread of the newest board with these words. */
export async function repliedInThread(slack: Workspace, user: string, words: string): Promise<Message> {
  return waitFor(() => {
    const board = boards(slack, user).at(-1);
    return board && replies(slack, user, board).findLast(({ text }) => text.includes(words));
  }, timeoutMs);
}

/** Waits until the newest board holds these words. */
export async function boardSays(slack: Workspace, user: string, words: string): Promise<Message> {
  return waitFor(() => {
    const board = boards(slack, user).at(-1);
    return board?.text.includes(words) ? board : undefined;
  }, timeoutMs);
}

/** Presses Ask for changes, and sends the form that opens with these words. */
export async function askForChanges(slack: Workspace, user: string, words: string): Promise<void> {
  await pressInThread(slack, user, "Ask for changes");
  const person = slack.as(user);
  const modal = await waitFor(() => person.state().modal ?? undefined);
  const values = { words: { words: { type: "plain_text_input", value: words } } };
  const { error, errors } = await person.submit(modal.id, values);
  const problems = [error, ...Object.values(errors ?? {})].filter(Boolean);
  if (problems.length > 0) throw new Error(problems.join(" "));
}
