// What comes of an ask: words for the person who asked, and whether anything was done.
export interface Told {
  /** Mrkdwn; whatever is foreign in it is escaped. */
  words: string;
  /** Shown in place of the words, where there is something to press. */
  blocks?: readonly object[];
  decision: "done" | "refused";
}

export function done(words: string): Told {
  return { words, decision: "done" };
}

export function refused(words: string, blocks?: readonly object[]): Told {
  return { words, decision: "refused", ...(blocks ? { blocks } : {}) };
}

/** Several outcomes in one answer: done where anything was. */
export function together(outcomes: readonly Told[]): Told {
  const blocks = outcomes.flatMap((one) => one.blocks ?? []);
  return {
    words: outcomes.map(({ words }) => words).join("\n"),
    decision: outcomes.some(({ decision }) => decision === "done") ? "done" : "refused",
    ...(blocks.length > 0 ? { blocks } : {}),
  };
}
