// Tells the model what would become of its change at delivery, while it can still undo what nobody asked for.
import type { Verdict } from "../guard/guard.ts";

/** What the guard says of the change as it is, in words for the model; empty where it would let it go. */
export function forewarning(judged: Verdict): string {
  switch (judged.verdict) {
    case "push":
      return "";
    case "hold": {
      const reasons = judged.reasons.map((reason) => `- ${reason}`).join("\n");
      return `As it is, nothing is pushed before a person has looked at this:\n${reasons}\nUndo what the request does not need. What it needs may stay; say in the summary why.`;
    }
    case "refuse":
      return `As it is, the change would be refused: ${judged.failure.detail}. Undo that, or nothing is delivered.`;
  }
}
