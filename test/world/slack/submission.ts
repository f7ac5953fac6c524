// What an app's answer to a submitted form does: errors, update, push, clear, or closing the form.
import type { Context } from "./context.ts";
import type { PageAnswers } from "./contract.ts";
import type { Answer } from "./delivery.ts";
import { isRecord, type Json } from "./json.ts";
import { checkedView, pushView, replaceView } from "./methods/views.ts";
import { Refusal } from "./refusal.ts";
import { troubleSentence } from "./sentences.ts";
import type { StoredView } from "./state.ts";

export function applySubmissionAnswer(
  context: Context,
  view: StoredView,
  answer: Answer,
): PageAnswers["submit"] {
  const body = answer.json;
  const stack = context.state.stack(view.user);
  if (answer.text.trim() !== "" && !body) return troubled(answer, "the answer is no JSON object");
  switch (body?.response_action) {
    case undefined:
      context.state.modals.set(
        view.user,
        stack.filter((one) => one !== view),
      );
      context.state.changed({ user: view.user });
      return {};
    case "clear":
      context.state.modals.set(view.user, []);
      context.state.changed({ user: view.user });
      return {};
    case "errors":
      return fieldErrors(view, body.errors, answer);
    case "update":
      return shown(answer, () => replaceView(context, view, checkedView(context, body.view, "modal", view)));
    case "push":
      return shown(answer, () => {
        pushView(context, view.user, checkedView(context, body.view, "modal"));
      });
    default:
      return troubled(answer, `unknown response_action ${String(body?.response_action)}`);
  }
}

/** Errors are shown at input blocks only; Slack refuses the whole answer if one names anything else. */
function fieldErrors(view: StoredView, errors: unknown, answer: Answer): PageAnswers["submit"] {
  const entries = isRecord(errors) ? Object.entries(errors) : [];
  if (entries.length === 0) return troubled(answer, "`errors` names no block");
  const inputs = view.json.blocks.filter((block) => block.type === "input").map((block) => block.block_id);
  const wrong = entries.find(([id, sentence]) => !inputs.includes(id) || typeof sentence !== "string");
  if (wrong) return troubled(answer, `\`errors\` names ${wrong[0]}, which is no input block of the form`);
  return { errors: errors as Record<string, string> };
}

function shown(answer: Answer, show: () => void): PageAnswers["submit"] {
  try {
    show();
    return {};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const messages = (error.more.response_metadata as Json | undefined)?.messages;
    return troubled(answer, `${error.code} ${JSON.stringify(messages ?? [])}`);
  }
}

function troubled(answer: Answer, problem: string): PageAnswers["submit"] {
  answer.delivery.problem = problem;
  return { error: troubleSentence };
}
