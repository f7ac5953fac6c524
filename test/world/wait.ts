// Waits for something that other programs bring about.
import { setTimeout as sleep } from "node:timers/promises";

/** What `look` finds, as soon as it finds something. Throws when nothing came in time. */
export async function waitFor<T>(look: () => T | undefined, timeoutMs = 40_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`Nothing came within ${timeoutMs} ms.`);
    await sleep(50);
  }
}
