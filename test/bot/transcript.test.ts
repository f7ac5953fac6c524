// A conversation as Markdown: everything that was said, and no text can end the fence around it.
import { noUsage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { transcript } from "../../packages/bot/src/views/transcript.ts";
import { endedRun, exampleJob, start } from "../core/examples.ts";

const run = endedRun("changed", { turns: 2, modelName: "Claude Sonnet 5.5" });

function turn(number: number, content: unknown, results?: unknown): Turn {
  const messages: unknown[] = [{ role: "assistant", content }];
  if (results !== undefined) messages.push({ role: "user", content: results });
  return { turn: number, round: 1, at: start, messages, usage: noUsage, costUsd: 0.11 };
}

function resultOf(content: unknown): string {
  return transcript(exampleJob(), run, [turn(1, [], [{ type: "tool_result", tool_use_id: "t1", content }])]);
}

test("a conversation shows every answer, call and result in its order", () => {
  const turns = [
    turn(
      1,
      [
        { type: "thinking", thinking: "Where is it used?\nI look.", signature: "s" },
        { type: "text", text: "I look for it." },
        { type: "tool_use", id: "t1", name: "search_code", input: { pattern: "log4j" } },
      ],
      [{ type: "tool_result", tool_use_id: "t1", content: "pom.xml:12: log4j" }],
    ),
    turn(
      2,
      [
        { type: "thinking", thinking: "", signature: "s" },
        { type: "tool_use", id: "t2", name: "read_file", input: { path: "gone.xml" } },
      ],
      [
        {
          type: "tool_result",
          tool_use_id: "t2",
          is_error: true,
          content: [
            { type: "text", text: "There is no" },
            { type: "text", text: "such file." },
          ],
        },
        { type: "text", text: "Someone adds: mind the tests." },
      ],
    ),
  ];
  expect(transcript(exampleJob(), run, turns)).toMatchInlineSnapshot(`
    "# acme/shop: Upgrade Log4j

    Asked for: Upgrade Log4j past CVE-2021-44228

    Model: Claude Sonnet 5.5 · 2 turns · $0.22

    ## Turn 1 · $0.11

    > Where is it used?
    > I look.

    I look for it.

    **search_code**

    \`\`\`
    {
      "pattern": "log4j"
    }
    \`\`\`

    Result:

    \`\`\`
    pom.xml:12: log4j
    \`\`\`

    ## Turn 2 · $0.11

    > (thinking, not shown)

    **read_file**

    \`\`\`
    {
      "path": "gone.xml"
    }
    \`\`\`

    Result (error):

    \`\`\`
    There is no
    such file.
    \`\`\`

    Someone adds: mind the tests.
    "
  `);
});

test("a message that is one text is shown as it is", () => {
  expect(transcript(exampleJob(), run, [turn(1, "Plain words.")])).toContain("\n\nPlain words.\n");
});

test("what it has no words for is named", () => {
  expect(transcript(exampleJob(), run, [turn(1, [{ type: "redacted_thinking", data: "x" }])])).toContain(
    "(redacted_thinking)",
  );
});

test("a result without content is empty and no mistake", () => {
  const text = transcript(exampleJob(), run, [turn(1, [], [{ type: "tool_result", tool_use_id: "t1" }])]);
  expect(text).toContain("Result:\n\n```\n\n```");
});

test("a message that is none is a mistake", () => {
  expect(() => transcript(exampleJob(), run, [turn(1, 12)])).toThrow();
});

describe("the fence around a result", () => {
  test("is longer than any in it", () => {
    expect(resultOf("```\n<!channel>\n```")).toContain("````\n```\n<!channel>\n```\n````");
    expect(resultOf("a `````` b")).toContain("```````\na `````` b\n```````");
    expect(resultOf("plain")).toContain("```\nplain\n```");
  });

  test("holds any text from its beginning to its end", () => {
    const text = fc
      .array(fc.constantFrom("`", "```", "\n", "~~~", "a", " ", "# "))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (result) => {
        const after = resultOf(result).split("Result:\n\n")[1] ?? "";
        const fence = /^`+/.exec(after)?.[0] ?? "";
        const closing = after.indexOf(`\n${fence}\n`, fence.length);
        expect(after.slice(fence.length + 1, closing)).toBe(result);
      }),
    );
  });
});
