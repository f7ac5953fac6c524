// The small forms behind buttons that need words, and what they remember of the press until they are sent.
import { maxPromptChars } from "@cody/core/limits.ts";
import type { ModalView } from "@slack/types";
import * as z from "zod";
import { plain, section } from "./blocks.ts";

export const askFormId = "ask-form";
/** The one field; its block and its element carry the same id. */
export const askField = "words";

/** What was pressed, where, and when; nobody but Cody writes it. */
const askFormSchema = z.object({
  kind: z.enum(["request-changes", "follow-up"]),
  value: z.string(),
  pressedAt: z.string(),
  responseUrl: z.string().optional(),
});
export type AskForm = z.infer<typeof askFormSchema>;

const shown: Record<AskForm["kind"], { title: string; words: string; label: string; submit: string }> = {
  "request-changes": {
    title: "Request changes",
    words: "This becomes a review on GitHub, as you. Cody does not begin to work by it.",
    label: "What should be different?",
    submit: "Send review",
  },
  "follow-up": {
    title: "Ask for changes",
    words: "Cody goes on where it stopped, on the same branch and pull request.",
    label: "What should be different?",
    submit: "Go on",
  },
};

export function askForm(form: AskForm): ModalView {
  const { title, words, label, submit } = shown[form.kind];
  return {
    type: "modal",
    callback_id: askFormId,
    private_metadata: JSON.stringify(form),
    title: plain(title),
    submit: plain(submit),
    close: plain("Cancel"),
    blocks: [
      section(words),
      {
        type: "input",
        block_id: askField,
        label: plain(label),
        element: {
          type: "plain_text_input",
          action_id: askField,
          multiline: true,
          min_length: 1,
          max_length: maxPromptChars,
          focus_on_load: true,
        },
      },
    ],
  };
}

/** The form as it was sent; undefined where it is none of these. */
export function readAskForm(view: {
  private_metadata: string;
  state: { values: Record<string, Record<string, { value?: string | null }>> };
}): { form: AskForm; text: string } | undefined {
  const form = askFormSchema.safeParse(parsed(view.private_metadata));
  if (!form.success) return undefined;
  return { form: form.data, text: (view.state.values[askField]?.[askField]?.value ?? "").trim() };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not of this form; the schema says no to it.
    return undefined;
  }
}
