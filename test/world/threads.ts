// Reads a job's thread as the channel shows it.
import type { Message } from "./slack/contract.ts";
import type { Workspace } from "./slack/workspace.ts";

/** The boards that a person sees, oldest first: root messages of the bot that hold a board. */
export function boards(slack: Workspace, user: string): Message[] {
  const { messages, bot } = slack.as(user).state();
  return messages.filter(
    ({ user: by, threadTs, text }) => by === bot.id && !threadTs && text.startsWith("Cody · "),
  );
}

/** The replies below a board. */
export function replies(slack: Workspace, user: string, board: Message): Message[] {
  const { messages } = slack.as(user).state();
  return messages.filter(({ channel, threadTs }) => channel === board.channel && threadTs === board.ts);
}

/** What the thread's last message says of the job; undefined while it is not over. */
export function lastWord(thread: Message[]): string | undefined {
  const last = thread.find(({ text }) => /^<@\w+> (Done|Over: [a-z ]+):/.test(text));
  return last && (/^<@\w+> (?:Over: )?([A-Za-z ]+):/.exec(last.text)?.[1] ?? "").toLowerCase();
}
