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

/** Pings who asked, and says how it came out: over one round, or after several. */
const isEnd = /^<@\w+> (?:Over: )?([A-Za-z ]+?)(?: after \d+ rounds)?: \d/;

/** What the newest end of the job says of it; undefined while it is not over. */
export function lastWord(thread: Message[]): string | undefined {
  const last = ends(thread).at(-1);
  return last && isEnd.exec(last.text)?.[1]?.toLowerCase();
}

/** Every message that says that the job is over: one for each time that it came to an end. */
export function ends(thread: Message[]): Message[] {
  return thread.filter(({ text }) => isEnd.test(text));
}
