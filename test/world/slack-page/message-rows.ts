// Which messages stand where: threads apart, days apart, one author's messages together.
import type { Message } from "../slack/contract.ts";
import { keyOf } from "./keep-unchanged.ts";
import { dateOfTs, dayName } from "./slack-date.ts";

/** Messages of one author within this time share one picture and name, as in Slack. */
const GROUP_MS = 5 * 60_000;

export type Row =
  | { kind: "day"; key: string; name: string }
  | { kind: "message"; key: string; message: Message; compact: boolean };

/** Messages of a channel outside threads, oldest first. */
export function rootsOf(messages: Message[], channel: string): Message[] {
  return inOrder(messages.filter((message) => message.channel === channel && isRoot(message)));
}

/** The answers in a thread, oldest first. */
export function repliesOf(messages: Message[], channel: string, ts: string): Message[] {
  return inOrder(
    messages.filter((message) => message.channel === channel && message.threadTs === ts && !isRoot(message)),
  );
}

export function isRoot({ ts, threadTs }: Message): boolean {
  return threadTs === undefined || threadTs === ts;
}

/** The rows of a list of messages that is already in order. */
export function rowsOf(messages: Message[], now: Date): Row[] {
  return messages.flatMap((message, index): Row[] => {
    const before = messages[index - 1];
    const date = dateOfTs(message.ts);
    const isNewDay = !before || dateOfTs(before.ts).toDateString() !== date.toDateString();
    const row: Row = {
      kind: "message",
      key: keyOf(message),
      message,
      compact: !isNewDay && isContinued(before, message),
    };
    return isNewDay ? [{ kind: "day", key: date.toDateString(), name: dayName(date, now) }, row] : [row];
  });
}

function isContinued(before: Message, message: Message): boolean {
  const gap = dateOfTs(message.ts).getTime() - dateOfTs(before.ts).getTime();
  return before.user === message.user && before.ephemeralTo === message.ephemeralTo && gap < GROUP_MS;
}

function inOrder(messages: Message[]): Message[] {
  return messages.toSorted((a, b) => Number(a.ts) - Number(b.ts));
}
