// Times, money and counts as people read them.

/** `1m 40s`, `21s`, `1h 05m`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** `$0.22`; less than a cent is `<$0.01`, and what is not known says so. */
export function dollars(costUsd: number | null): string {
  if (costUsd === null) return "cost unknown";
  if (costUsd > 0 && costUsd < 0.005) return "<$0.01";
  return `$${costUsd.toFixed(2)}`;
}

/** What may be spent: `$3`, `$2.50`. */
export function capInDollars(usd: number): string {
  return dollars(usd).replace(/\.00$/, "");
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: string[]): string {
  if (words.length <= 1) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** A time of day in the reader's own zone; mrkdwn. */
export function clock(ms: number): string {
  const fallback = `${new Date(ms).toISOString().slice(11, 16)} UTC`;
  return `<!date^${Math.floor(ms / 1000)}^{time}|${fallback}>`;
}
