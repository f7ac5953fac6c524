// A run that reads far more than a prompt should hold: its conversation begins anew several times, and it still changes.
import type { Script } from "../claude/script.ts";
import type { Scenario } from "../scenario.ts";
import { edit, finish, run } from "./replies.ts";

const parts = [1, 2, 3];
/** Each gives as much as a result may hold, so that one answer adds about 200,000 tokens. */
const commandsInAnswer = 26;
/** By then the model says that its window is full, in the middle of an answer. */
const fullAtPart = 3;

const looking = (part: number) =>
  Array.from({ length: commandsInAnswer }, (_, index) =>
    run(`seq -f 'part ${part} of ${parts.length}, log ${index}: in cart %g nothing was rounded' 1 600`),
  );

const change = edit(
  "src/price.js",
  "/** Rounds half a cent away from zero, as the invoices do. */",
  "/** Rounds half a cent away from zero, as the invoices do; never to minus zero. */",
);
const [review] = finish(
  "The comment of `roundCents` now says what it promises about zero. None of the logs shows another case.",
  "Read all logs, and `node --test` was not run, because only a comment changed.",
);

/**
 * Goes by what it is told and not by how often it was asked: a conversation that began anew tells of what was done only
 * in its first message.
 */
const checkout: Script = ({ messages }) => {
  const told = JSON.stringify(messages);
  const part = parts.find((each) => !told.includes(`part ${each} of`));
  const beganAnew = messages.length === 1;
  if (part === fullAtPart && !beganAnew)
    return { text: "The next logs are", stop: "model_context_window_exceeded" };
  if (part !== undefined) return { thinking: "There are more logs.", calls: looking(part) };
  if (!told.includes("never to minus zero")) return { calls: [change] };
  return review ?? {};
};

export const large: Scenario = {
  name: "large",
  says: "a conversation of 600,000 tokens, which begins anew whenever it is too long, and ends changed",
  request: {
    repositories: ["acme/checkout"],
    prompt: "Read the logs of all carts, and say in the comment of roundCents what it does about zero.",
    name: "Say what rounding does about zero",
    kind: "anything",
  },
  scripts: { "acme/checkout": checkout },
  expected: { status: "done", outcomes: { "acme/checkout": "changed" } },
};
