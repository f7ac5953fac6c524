// What the workspace says of blocks and views that Slack would not show.
import { describe, expect, test } from "vitest";
import { type BlockSettings, interactiveElements, problemsOfBlocks, textLength, withIds } from "./blocks.ts";
import type { Json } from "./json.ts";
import { problemsOfView } from "./view-rules.ts";

const settings: BlockSettings = { unsupportedBlocks: [], uniqueActionIds: "surface" };
const plain = (text: string) => ({ type: "plain_text", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const section = (text: string, more: Json = {}) => ({ type: "section", text: mrkdwn(text), ...more });
const button = (actionId: string, more: Json = {}) => ({
  type: "button",
  action_id: actionId,
  text: plain("Go"),
  ...more,
});
const actions = (...elements: Json[]) => ({ type: "actions", elements });
const option = (value: string, text = value) => ({ text: plain(text), value });
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const richText = (text: string) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});
const task = (id: string, more: Json = {}) => ({
  type: "task_card",
  task_id: id,
  title: id,
  status: "complete",
  ...more,
});
const confirm = {
  title: plain("Merge?"),
  text: plain("It is final."),
  confirm: plain("Yes"),
  deny: plain("No"),
};

const refused: [name: string, blocks: unknown[], problem: string][] = [
  ["an unknown block", [{ type: "fancy" }], "unsupported type: fancy [json-pointer:/blocks/0/type]"],
  ["a block without a type", [{ text: plain("a") }], "missing required field: type"],
  ["an alert, which only modals show", [{ type: "alert", text: plain("a") }], "unsupported type: alert"],
  ["an unknown field", [section("a", { colour: "red" })], "invalid additional property: colour"],
  ["51 blocks", many(51, () => ({ type: "divider" })), "no more than 50 items allowed"],
  ["a long section", [section("x".repeat(3001))], "must be less than 3001 characters"],
  ["an empty section text", [section("")], "must be more than 0 characters"],
  ["a section of nothing", [{ type: "section" }], "must define either `text` or `fields`"],
  ["11 fields", [{ type: "section", fields: many(11, () => mrkdwn("a")) }], "no more than 10 items"],
  ["a long field", [{ type: "section", fields: [mrkdwn("x".repeat(2001))] }], "less than 2001"],
  ["a long header", [{ type: "header", text: plain("x".repeat(151)) }], "less than 151"],
  ["mrkdwn in a header", [{ type: "header", text: mrkdwn("a") }], "unsupported type: mrkdwn"],
  ["11 context elements", [{ type: "context", elements: many(11, () => mrkdwn("a")) }], "no more than 10"],
  ["26 buttons", [actions(...many(26, (i) => button(`a${i}`)))], "no more than 25 items allowed"],
  ["no buttons", [actions()], "no fewer than 1 items allowed"],
  ["a long button", [actions(button("a", { text: plain("x".repeat(76)) }))], "less than 76"],
  ["mrkdwn on a button", [actions(button("a", { text: mrkdwn("a") }))], "unsupported type: mrkdwn"],
  ["a long value", [actions(button("a", { value: "x".repeat(2001) }))], "less than 2001"],
  ["a long link", [actions(button("a", { url: `https://x/${"x".repeat(3000)}` }))], "less than 3001"],
  ["a strange colour", [actions(button("a", { style: "blue" }))], "must be one of: primary, danger"],
  [
    "half a confirmation",
    [actions(button("a", { confirm: { text: plain("a") } }))],
    "missing required field",
  ],
  [
    "a long confirmation",
    [actions(button("a", { confirm: { ...confirm, confirm: plain("x".repeat(31)) } }))],
    "less than 31",
  ],
  ["an unknown element", [actions({ type: "slider" })], "unsupported type: slider"],
  [
    "an input outside its block",
    [actions({ type: "plain_text_input" })],
    "unsupported type: plain_text_input",
  ],
  [
    "101 options",
    [actions({ type: "static_select", options: many(101, (i) => option(`${i}`)) })],
    "no more than 100 items",
  ],
  [
    "a long option",
    [actions({ type: "static_select", options: [option("a", "x".repeat(76))] })],
    "less than 76",
  ],
  [
    "a long option value",
    [actions({ type: "static_select", options: [option("x".repeat(76), "a")] })],
    "less than 76",
  ],
  [
    "an initial option that is none",
    [actions({ type: "static_select", options: [option("a")], initial_option: option("b") })],
    "initial options must match",
  ],
  ["no options", [actions({ type: "static_select" })], "must define either `options` or `option_groups`"],
  [
    "a block_id twice",
    [section("a", { block_id: "b" }), section("c", { block_id: "b" })],
    "`block_id` already exists [json-pointer:/blocks/1/block_id]",
  ],
  ["an action_id twice in a block", [actions(button("a"), button("a"))], "`action_id` already exists: a"],
  [
    "an action_id twice in a message",
    [actions(button("a")), section("s", { accessory: button("a") })],
    "`action_id` already exists: a",
  ],
  ["a plan without a title", [{ type: "plan", tasks: [] }], "missing required field: title"],
  ["51 tasks", [{ type: "plan", title: "p", tasks: many(51, (i) => task(`${i}`)) }], "no more than 50"],
  [
    "a task_id twice",
    [{ type: "plan", title: "p", tasks: [task("a"), task("a")] }],
    "`task_id` must be unique [json-pointer:/blocks/0/tasks/1/task_id]",
  ],
  ["an unknown status", [task("a", { status: "done" })], "must be one of: pending, in_progress"],
  ["text instead of rich text", [task("a", { output: plain("a") })], "unsupported type: plain_text"],
  [
    "output of two elements",
    [
      task("a", {
        output: {
          type: "rich_text",
          elements: [...richText("a").elements, ...richText("b").elements],
        },
      }),
    ],
    "no more than 1 items allowed [json-pointer:/blocks/0/output/elements]",
  ],
  ["a long markdown block", [{ type: "markdown", text: "x".repeat(12_001) }], "less than 12001"],
  ["an image without alt text", [{ type: "image", image_url: "https://x/i.png" }], "field: alt_text"],
  ["two tables", many(2, () => ({ type: "table", rows: [[{ type: "raw_text", text: "a" }]] })), "one table"],
];

describe("a message is refused with", () => {
  test.each(refused)("%s", (_, blocks, problem) => {
    expect(problemsOfBlocks(blocks, "message", settings, "/blocks").join("\n")).toContain(problem);
  });
});

const board = [
  { type: "header", text: plain("Cody · Upgrade") },
  {
    type: "plan",
    block_id: "runs",
    title: "2 of 3 done",
    tasks: [
      task("1", { output: richText("changed"), sources: [{ type: "url", url: "https://x", text: "#12" }] }),
      { task_id: "2", title: "a task may leave its type out", status: "in_progress" },
    ],
  },
  section("*Done*", { accessory: button("open", { url: "https://x", confirm }) }),
  actions(button("stop", { style: "danger" }), {
    type: "overflow",
    action_id: "more",
    options: [option("a")],
  }),
  {
    type: "context",
    elements: [mrkdwn("a"), { type: "image", image_url: "https://x/i.png", alt_text: "i" }],
  },
  { type: "markdown", text: "# Done" },
  richText("text"),
];

test("a board with everything Cody shows is taken", () => {
  expect(problemsOfBlocks(board, "message", settings, "/blocks")).toEqual([]);
});

test("a workspace that does not know plans refuses them", () => {
  const older = { ...settings, unsupportedBlocks: ["plan", "task_card"] };
  expect(problemsOfBlocks(board, "message", older, "/blocks")).toEqual([
    "unsupported type: plan [json-pointer:/blocks/1/type]",
  ]);
});

test("an action_id may stand in two blocks where it need only be unique in its block", () => {
  const blocks = [actions(button("a")), actions(button("a"))];
  const perBlock: BlockSettings = { ...settings, uniqueActionIds: "block" };
  expect(problemsOfBlocks(blocks, "message", perBlock, "/blocks")).toEqual([]);
  expect(problemsOfBlocks([actions(button("a"), button("a"))], "message", perBlock, "/blocks")).toHaveLength(
    1,
  );
});

test("blocks and elements without ids get some, the app's own stay", () => {
  let count = 0;
  const [first, second] = withIds(
    [actions(button("mine"), { type: "datepicker" }), { type: "divider" }],
    () => {
      count += 1;
      return `id${count}`;
    },
  );
  expect(first?.block_id).toBe("id1");
  expect(second?.block_id).toBe("id3");
  expect(interactiveElements(first ?? {}).map((element) => element.action_id)).toEqual(["mine", "id2"]);
});

test("the text of a message is counted through all its blocks", () => {
  expect(textLength([section("12345"), { type: "plan", title: "123", tasks: [task("12")] }])).toBe(10);
});

const input = (blockId: string, element: Json = { type: "plain_text_input", action_id: "a" }) => ({
  type: "input",
  block_id: blockId,
  label: plain("Label"),
  element,
});
const modal = (more: Json = {}) => ({
  type: "modal",
  title: plain("Cody"),
  submit: plain("Run"),
  blocks: [input("one")],
  ...more,
});

const refusedViews: [name: string, view: unknown, problem: string][] = [
  [
    "a long title",
    modal({ title: plain("x".repeat(25)) }),
    "less than 25 characters [json-pointer:/view/title/text]",
  ],
  ["no title", modal({ title: undefined }), "missing required field: title"],
  ["a long submit", modal({ submit: plain("x".repeat(25)) }), "less than 25 characters"],
  ["a long close", modal({ close: plain("x".repeat(25)) }), "less than 25 characters"],
  ["an input without submit", modal({ submit: undefined }), "`submit` is required"],
  ["long private_metadata", modal({ private_metadata: "x".repeat(3001) }), "less than 3001"],
  ["a long callback_id", modal({ callback_id: "x".repeat(256) }), "less than 256"],
  ["101 blocks", modal({ blocks: many(101, () => ({ type: "divider" })) }), "no more than 100 items"],
  ["a plan", modal({ blocks: [{ type: "plan", title: "p" }] }), "unsupported type: plan"],
  ["a markdown block", modal({ blocks: [{ type: "markdown", text: "a" }] }), "unsupported type: markdown"],
  ["a home", { type: "home", blocks: [] }, "unsupported type: home [json-pointer:/view/type]"],
  ["an unknown field", modal({ colour: "red" }), "invalid additional property: colour"],
  ["a button as input", modal({ blocks: [input("a", button("b"))] }), "unsupported type: button"],
  [
    "an endless text field",
    modal({ blocks: [input("a", { type: "plain_text_input", max_length: 3001 })] }),
    "must be between 1 and 3000",
  ],
  [
    "a choice of none",
    modal({ blocks: [input("a", { type: "multi_external_select", max_selected_items: 0 })] }),
    "must be between 1 and 100",
  ],
  [
    "two fields with the focus",
    modal({
      blocks: ["a", "b"].map((id) =>
        input(id, { type: "plain_text_input", action_id: id, focus_on_load: true }),
      ),
    }),
    "only one element can have `focus_on_load`",
  ],
];

describe("a form is refused with", () => {
  test.each(refusedViews)("%s", (_, view, problem) => {
    expect(problemsOfView(view, "modal", settings).join("\n")).toContain(problem);
  });
});

test("a form with what Cody asks is taken", () => {
  const repositories = {
    type: "multi_external_select",
    action_id: "repositories",
    min_query_length: 0,
    max_selected_items: 5,
    placeholder: plain("Choose"),
  };
  const blocks = [input("one", repositories), { type: "alert", text: mrkdwn("Careful."), level: "warning" }];
  expect(problemsOfView(modal({ blocks, notify_on_close: true }), "modal", settings)).toEqual([]);
});
