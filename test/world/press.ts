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

/** Waits for a reply in the thread of the newest board that has a button of this label, and presses it. */
export async function pressInThread(slack: Workspace, user: string, label: string): Promise<Message> {
  const { message, button } = await waitFor(() => {
    const board = boards(slack, user).at(-1);
    const shown = board ? [...replies(slack, user, board), board] : [];
    for (const message of shown) {
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
