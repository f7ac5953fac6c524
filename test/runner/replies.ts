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

export const write = (path: string, content: string): Reply => ({
  calls: [{ name: "write_file", input: { path, content } }],
});
export const done = (summary: string, more: object = {}): Reply => ({
  calls: [{ name: "finish", input: { summary, verification: "Looked.", ...more } }],
});

/** The first conversation changes the price; each later one does what `then` says, and finishes. */
export const withThen =
  (...then: Reply[]): Script =>
  (request) =>
    isLater(request)
      ? ([...then, done("And that."), done("And that.")][request.turn] ?? done("And that."))
      : change(request);

/** Whether the conversation is of a round after the first. */
export const isLater = ({ messages }: Parameters<Script>[0]): boolean =>
  JSON.stringify(messages[0]).includes("This is round");
