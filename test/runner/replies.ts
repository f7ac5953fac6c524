// What the scripted model answers in the tests of rounds: one edit, one look at it, and its end.
import type { Reply, Script } from "../world/claude/script.ts";

export const edit: Reply = {
  thinking: "The price knows the VAT.",
  calls: [{ name: "edit_file", input: { path: "src/price.ts", oldText: "vat = 19", newText: "vat = 20" } }],
};
export const finish: Reply = {
  calls: [
    {
      name: "finish",
      input: { summary: "The VAT is 20. Fixes #7, cc @acme/security", verification: "Read it again." },
    },
  ],
};
export const nothing: Reply = {
  calls: [
    {
      name: "finish",
      input: { summary: "Nothing.", verification: "Searched.", noChangeNeeded: "No VAT anywhere." },
    },
  ],
};
/** Runs a command. */
export const command = (text: string, timeoutSeconds = 120): Reply => ({
  calls: [{ name: "run_command", input: { command: text, timeoutSeconds } }],
});

/** The edit, and the two calls that finish it. */
export const change: Script = ({ turn }) => [edit, finish, finish][turn] ?? finish;
