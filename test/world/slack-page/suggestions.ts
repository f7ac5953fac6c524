// What the message box offers while one types: commands after a slash, people after an at sign.

import type { Directory } from "./workspace.tsx";

export interface Suggestion {
  /** What stands in the box once it is chosen. */
  insert: string;
  title: string;
  description: string;
  user: string;
}

/** Offers for the text before the caret, best first; none when there is nothing to complete. */
export function suggestionsFor(before: string, { bot, people }: Directory): Suggestion[] {
  const command = `/${bot.name.toLowerCase()}`;
  if (/^\/\S*$/.test(before)) {
    if (!command.startsWith(before.toLowerCase())) return [];
    const description = "[what should change] Starts a job in up to five repositories";
    return [{ insert: `${command} `, title: command, description, user: bot.id }];
  }
  const typed = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u.exec(before)?.[1]?.toLowerCase();
  if (typed === undefined) return [];
  return [{ ...bot, realName: "App" }, ...people]
    .filter(({ name, realName }) => [name, realName].some((text) => text.toLowerCase().startsWith(typed)))
    .slice(0, 6)
    .map(({ id, name, realName }) => ({ insert: `@${name} `, title: name, description: realName, user: id }));
}

/** The text before the caret with its last word completed. */
export function complete(before: string, { insert }: Suggestion): string {
  return before.replace(/\S*$/, () => insert);
}
