// A token that GitHub has just made is not known to all of GitHub at once: what it is refused is tried again shortly.
import { setTimeout as sleep } from "node:timers/promises";

/** It takes a second or two as a rule; what is still refused after these seven is refused for another reason. */
const waitsMs = [1_000, 2_000, 4_000];

/** Does the work again, with the same token, where the token was refused; anything else that is thrown is passed on. */
export async function whileTokenIsNew<T>(
  work: () => Promise<T>,
  isRefused: (error: unknown) => boolean,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await work();
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
    await wait(waitMs);
  }
  return work();
}
