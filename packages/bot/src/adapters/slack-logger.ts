// Lets Slack's own libraries write to Cody's log, but never what people wrote.
import type { Log } from "@cody/core/log.ts";
import { type Logger, LogLevel } from "@slack/web-api";

/** A logger for Bolt and the Web API client. Their debug lines hold whole events and requests, so these are dropped. */
export function slackLogger(log: Log): Logger {
  const words = (parts: unknown[]) => ({
    words: parts.map((part) => (part instanceof Error ? part.message : part)),
  });
  return {
    // Bolt writes whole events at debug; they hold what people wrote.
    debug() {},
    info: (...parts) => log.debug("slack library", words(parts)),
    warn: (...parts) => log.warn("slack library", words(parts)),
    error: (...parts) => log.error("slack library", words(parts)),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
