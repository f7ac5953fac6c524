// The form: within Slack's limits whatever was typed, options that can be told apart, and values read as they came.
import { maxOptionChars, maxOptions, maxPromptChars } from "@cody/core/limits.ts";
import type { InputBlock, ModalView } from "@slack/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  defaultsForm,
  jobForm,
  noRepository,
  promptTooLong,
  readDefaultsForm,
  readJobForm,
  repositoryOptions,
  sentenceOption,
} from "../../packages/bot/src/views/job-form.ts";
import { listNotRead, nothingAllowed } from "../../packages/bot/src/views/messages.ts";
import { repository } from "../core/examples.ts";
import { slackLimits } from "../world/slack/limits.ts";
import { list, problemsOf } from "../world/slack/rules.ts";
import { selectOption } from "../world/slack/text-rules.ts";
import { isViewTooLarge, problemsOfView } from "../world/slack/view-rules.ts";

const answer = list(selectOption, { max: 100 });

describe("the form", () => {
  test("is one that Slack takes, whatever was typed behind the command", () => {
    const typed = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.constantFrom("", "x".repeat(maxPromptChars), "x".repeat(maxPromptChars + 1), "🙂".repeat(10_000)),
    );
    fc.assert(
      fc.property(typed, (words) => {
        const form = jobForm(words, "C1");
        expect(problemsOfView(form, "modal", slackLimits)).toEqual([]);
        expect(isViewTooLarge(form)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test("has what was typed as its request, and the channel where it was typed", () => {
    expect(elements(jobForm("Upgrade Log4j", "C7"))).toMatchObject({
      prompt: { initial_value: "Upgrade Log4j", max_length: maxPromptChars },
      channel: { initial_conversation: "C7" },
    });
    expect(elements(jobForm("", "C7")).prompt).not.toHaveProperty("initial_value");
  });

  test("says so where only the beginning of what was typed fits", () => {
    const form = jobForm("x".repeat(12_345), "C1");
    expect(JSON.stringify(form.blocks[2])).toContain("Your text has 12,345 characters. The form takes 3,000");
    expect(elements(form).prompt).toMatchObject({ initial_value: "x".repeat(maxPromptChars) });
    expect(jobForm("x".repeat(maxPromptChars), "C1").blocks.map(({ type }) => type)).not.toContain("context");
  });

  test("has a start for every field that must be filled in, but for the repositories and the request", () => {
    const empty = inputs(jobForm("", "C1")).flatMap((block) => {
      if (block.optional) return [];
      const starts = Object.keys(block.element).filter((name) => name.startsWith("initial_"));
      return starts.length === 0 ? [block.block_id] : [];
    });
    expect(empty).toEqual(["repositories", "prompt"]);
  });
});

describe("the form of a team's defaults", () => {
  test("shows what is set, in blocks that Slack takes", () => {
    const form = defaultsForm({ deliver: "draft", labels: ["security", "cody"], autoMerge: true });
    expect(problemsOfView(form, "modal", slackLimits)).toEqual([]);
    expect(elements(form)).toMatchObject({
      deliver: { initial_option: { value: "draft" } },
      labels: { initial_value: "security, cody" },
      autoMerge: { initial_option: { value: "yes" } },
      fixChecks: { initial_option: { value: "no" } },
    });
    expect(elements(form).reviewers).not.toHaveProperty("initial_value");
  });

  test("begins with pull requests where nothing is set", () => {
    const form = defaultsForm({});
    expect(problemsOfView(form, "modal", slackLimits)).toEqual([]);
    expect(elements(form)).toMatchObject({ deliver: { initial_option: { value: "pull-request" } } });
  });

  test("is read as it came", () => {
    const values = {
      deliver: { deliver: { selected_option: { value: "patch" } } },
      labels: { labels: { value: null } },
      reviewers: { reviewers: { value: "ann" } },
      autoMerge: { autoMerge: { selected_option: { value: "no" } } },
      fixChecks: { fixChecks: { selected_option: { value: "yes" } } },
    };
    expect(readDefaultsForm({ state: { values } })).toEqual({
      deliver: "patch",
      labels: "",
      reviewers: "ann",
      autoMerge: "no",
      fixChecks: "yes",
    });
  });
});

describe("the options", () => {
  const names = (typed: string, from: string[]) =>
    repositoryOptions(
      from.map((name, index) => ({ ...repository("x"), id: index, fullName: name })),
      typed,
    ).map(({ text }) => text.text);

  test("begin with what matches best: the owner's or the repository's name from its start", () => {
    const from = ["acme/web-shop", "zeta/shop", "acme/shop-api", "shop/api", "acme/docs", "acme/workshop"];
    expect(names("shop", from)).toEqual([
      "acme/shop-api",
      "shop/api",
      "zeta/shop",
      "acme/web-shop",
      "acme/workshop",
    ]);
  });

  test("match in any case and around spaces, and are all there for nothing typed", () => {
    expect(names("  ACME/Sh ", ["acme/shop", "acme/docs"])).toEqual(["acme/shop"]);
    expect(names("", ["b/b", "a/a"])).toEqual(["a/a", "b/b"]);
    expect(names("nothing", ["a/a"])).toEqual([]);
  });

  test("are as many as Slack takes, though there are more repositories", () => {
    const many = Array.from({ length: 5_000 }, (_none, index) =>
      repository(`service-${index}`, { id: index }),
    );
    const options = repositoryOptions(many, "service");
    expect(options).toHaveLength(maxOptions);
    expect(problemsOf(answer, options, "/options")).toEqual([]);
    // The one that is looked for is found, however many others begin like it.
    expect(repositoryOptions(many, "service-4999").map(({ value }) => value)).toEqual(["4999"]);
  });

  test("with names longer than Slack takes keep the owner and the end", () => {
    const common = `platform-${"x".repeat(80)}`;
    const options = repositoryOptions(
      [repository(`${common}-a`, { id: 1 }), repository(`${common}-b`, { id: 2 })],
      "",
    );
    expect(options.map(({ text }) => text.text.length)).toEqual([maxOptionChars, maxOptionChars]);
    expect(options[0]?.text.text).toMatch(/^acme\/platform-x+…x+-a$/);
    expect(options[1]?.text.text).toMatch(/-b$/);
    expect(options.map(({ value }) => value)).toEqual(["1", "2"]);
    expect(problemsOf(answer, options, "/options")).toEqual([]);
  });

  test("of any repositories are ones that Slack takes", () => {
    const name = fc.stringMatching(/^[a-z]{1,39}\/[a-zA-Z0-9_-]{1,100}$/);
    fc.assert(
      fc.property(fc.array(name), fc.string({ maxLength: 3 }), (all, typed) => {
        const repositories = all.map((fullName, id) => ({ ...repository("x"), id, fullName }));
        expect(problemsOf(answer, repositoryOptions(repositories, typed), "/options")).toEqual([]);
      }),
    );
  });

  test.each([listNotRead, nothingAllowed])("can be a sentence: %s", (sentence) => {
    const options = sentenceOption(sentence);
    expect(options).toMatchObject([{ text: { text: sentence }, value: noRepository }]);
    expect(problemsOf(answer, options, "/options")).toEqual([]);
  });
});

describe("what was filled in", () => {
  const filled = {
    repositories: {
      repositories: { type: "multi_external_select", selected_options: [{ value: "1" }, { value: "2" }] },
    },
    prompt: { prompt: { type: "plain_text_input", value: " Upgrade\nLog4j " } },
    name: { name: { type: "plain_text_input", value: "Log4j" } },
    kind: { kind: { type: "static_select", selected_option: { value: "upgrade" } } },
    deliver: { deliver: { type: "radio_buttons", selected_option: { value: "draft" } } },
    model: { model: { type: "static_select", selected_option: { value: "claude-opus-5-5" } } },
    effort: { effort: { type: "static_select", selected_option: { value: "max" } } },
    base: { base: { type: "plain_text_input", value: "release/2" } },
    labels: { labels: { type: "plain_text_input", value: "security, cody" } },
    reviewers: { reviewers: { type: "plain_text_input", value: "@ann" } },
    autoMerge: { autoMerge: { type: "static_select", selected_option: { value: "yes" } } },
    fixChecks: { fixChecks: { type: "static_select", selected_option: { value: "team" } } },
    channel: { channel: { type: "conversations_select", selected_conversation: "C1" } },
  };

  test("is read as it came", () => {
    expect(readJobForm({ state: { values: filled } })).toEqual({
      repositoryIds: ["1", "2"],
      prompt: " Upgrade\nLog4j ",
      name: "Log4j",
      kind: "upgrade",
      deliver: "draft",
      model: "claude-opus-5-5",
      effort: "max",
      base: "release/2",
      labels: "security, cody",
      reviewers: "@ann",
      autoMerge: "yes",
      fixChecks: "team",
      channel: "C1",
    });
  });

  test("is empty where Slack sends null", () => {
    const values = {
      ...filled,
      prompt: { prompt: { value: null } },
      name: { name: { value: null } },
      effort: { effort: { selected_option: null } },
      base: { base: { value: null } },
      channel: { channel: { selected_conversation: null } },
    };
    expect(readJobForm({ state: { values } })).toMatchObject({
      prompt: "",
      name: "",
      effort: "",
      base: "",
      channel: "",
    });
  });

  test("of another form is refused", () => {
    expect(() => readJobForm({ state: { values: { other: {} } } })).toThrow();
  });

  test("is too long in words that say by how much", () => {
    expect(promptTooLong(3_500)).toContain("Cody takes 3,000.");
    expect(promptTooLong(3_500)).toContain("3,500 characters");
  });
});

function inputs(form: ModalView): InputBlock[] {
  return form.blocks.filter((block): block is InputBlock => block.type === "input");
}

function elements(form: ModalView): Record<string, object> {
  return Object.fromEntries(inputs(form).map((block) => [block.block_id, block.element]));
}
