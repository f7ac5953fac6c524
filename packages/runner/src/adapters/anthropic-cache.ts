// Watches what the prompt cache gives, and raises the alarm when it gives nothing where it should.
import type { Log } from "@cody/core/log.ts";
import type { Usage } from "@cody/core/models.ts";
import type { ModelRequest } from "@cody/core/ports/model.ts";

/**
 * Hears of each answer. A conversation that goes on and reads nothing pays for all of it again, in every turn; that is
 * a mistake of Cody's, or a change at the API, which somebody has to see.
 */
export function watchCache(log: Log): (request: ModelRequest, usage: Usage) => void {
  let cachedTokens = 0;
  return ({ model, messages }, usage) => {
    const { inputTokens, cacheReadTokens, cacheWriteTokens } = usage;
    const goesOn = messages.some((message) => (message as { role?: unknown }).role === "assistant");
    if (goesOn && cachedTokens > 0 && cacheReadTokens === 0)
      log.error("Alarm: cache reads fell to 0", {
        model,
        cachedTokens,
        paidAgainTokens: inputTokens + cacheWriteTokens,
        messages: messages.length,
      });
    cachedTokens = cacheReadTokens + cacheWriteTokens;
  };
}
