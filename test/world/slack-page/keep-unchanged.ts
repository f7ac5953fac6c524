// Keeps the objects of the last state that are still the same, so that React redraws only what changed.
import type { Message, WorkspaceState } from "../slack/contract.ts";

/** The new state, with every part that equals its predecessor replaced by that very object. */
export function keepUnchanged(last: WorkspaceState | null, next: WorkspaceState): WorkspaceState {
  if (!last) return next;
  const known = new Map(last.messages.map((message) => [keyOf(message), message]));
  return {
    ...next,
    people: same(last.people, next.people),
    channels: same(last.channels, next.channels),
    modal: same(last.modal, next.modal),
    home: same(last.home, next.home),
    messages: next.messages.map((message) => same(known.get(keyOf(message)), message)),
  };
}

/** What tells one message from every other one of the workspace. */
export function keyOf(message: Message): string {
  return `${message.channel}/${message.ts}`;
}

function same<Value>(last: Value | undefined, next: Value): Value {
  return last !== undefined && JSON.stringify(last) === JSON.stringify(next) ? last : next;
}
