// What a form holds before, while and after somebody fills it.
import type { KnownBlock } from "@slack/types";
import { expect, test } from "vitest";
import { formValues } from "./form.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const one = { text: plain("One"), value: "1" };

const blocks: KnownBlock[] = [
  {
    type: "input",
    block_id: "prompt",
    label: plain("Prompt"),
    element: { type: "plain_text_input", action_id: "text" },
  },
  {
    type: "input",
    block_id: "repositories",
    label: plain("Repositories"),
    element: { type: "multi_external_select", action_id: "pick", initial_options: [one] },
  },
  {
    type: "input",
    block_id: "where",
    label: plain("Where"),
    element: { type: "conversations_select", action_id: "pick", default_to_current_conversation: true },
  },
  {
    type: "actions",
    block_id: "more",
    elements: [
      { type: "button", action_id: "go", text: plain("Go") },
      { type: "static_select", action_id: "model", options: [one] },
    ],
  },
];

test("begins with what the view says, and leaves buttons out", () => {
  expect(formValues(blocks, {}, "C1")).toEqual({
    prompt: { text: { type: "plain_text_input", value: null } },
    repositories: { pick: { type: "multi_external_select", selected_options: [one] } },
    where: { pick: { type: "conversations_select", selected_conversation: "C1" } },
    more: { model: { type: "static_select", selected_option: null } },
  });
});

test("keeps what was entered where an updated view has the same block and action, and only there", () => {
  const entered = {
    prompt: { text: { type: "plain_text_input", value: "Upgrade" } },
    gone: { text: { type: "plain_text_input", value: "lost" } },
    repositories: { other: { type: "multi_external_select", selected_options: [] } },
  };
  const values = formValues(blocks.slice(0, 2), entered, "C1");
  expect(values).toEqual({
    prompt: { text: { type: "plain_text_input", value: "Upgrade" } },
    repositories: { pick: { type: "multi_external_select", selected_options: [one] } },
  });
});
