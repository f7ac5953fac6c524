// Failures: each has a sentence and a remedy, and foreign text in them stays text.
import {
  Failed,
  type Failure,
  failureOf,
  failureSchema,
  MessageGone,
  RateLimited,
  remedyOf,
  retryHelps,
  sentenceOf,
} from "@cody/core/failure.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const kinds = failureSchema.shape.kind.options;

test.each(kinds)("%s has one sentence that holds its detail, and a remedy", (kind) => {
  const sentence = sentenceOf({ kind, detail: "acme/shop" });
  expect(sentence).toMatch(/^(?:[A-Z]|acme\/shop).*\.$/);
  expect(sentence).toContain("acme/shop");
  expect(sentence).not.toContain("{");
  expect(remedyOf({ kind, detail: "" })).toMatch(/^[A-Z].{10,}\.$/);
  expect(typeof retryHelps({ kind, detail: "" })).toBe("boolean");
});

describe("the detail", () => {
  test.each(["$&", "$1 and $$", "$`", "{detail}", "a\nb"])("%j is text", (detail) => {
    expect(sentenceOf({ kind: "clone-failed", detail })).toBe(
      `The repository could not be cloned: ${detail}.`,
    );
  });

  test("any detail appears as it is, but for one full stop at its end", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...kinds), (detail, kind) => {
        expect(sentenceOf({ kind, detail })).toContain(detail.replace(/\.$/, ""));
      }),
    );
  });

  test("with a full stop of its own does not end in two", () => {
    expect(sentenceOf({ kind: "stuck", detail: "It went in circles." })).toBe(
      "The agent got stuck: It went in circles.",
    );
  });
});

test("a kind that is not in the list is refused", () => {
  expect(failureSchema.safeParse({ kind: "bad-luck", detail: "" }).success).toBe(false);
});

describe("the failure in what was thrown", () => {
  test("is the one it carries", () => {
    const cause = new Error("HTTP 502");
    const thrown = new Failed("github-unavailable", "HTTP 502", cause);
    expect(failureOf(thrown)).toEqual({ kind: "github-unavailable", detail: "HTTP 502" });
    expect(thrown).toMatchObject({ message: "GitHub did not answer: HTTP 502.", name: "Failed", cause });
  });

  test.each<{ thrown: unknown; failure: Failure }>([
    {
      thrown: new TypeError("x is not a function"),
      failure: { kind: "unexpected", detail: "x is not a function" },
    },
    { thrown: "a word", failure: { kind: "unexpected", detail: "a word" } },
    { thrown: undefined, failure: { kind: "unexpected", detail: "undefined" } },
  ])("is unexpected otherwise: $failure.detail", ({ thrown, failure }) => {
    expect(failureOf(thrown)).toEqual(failure);
  });
});

test("Slack's pauses and lost messages say what they are", () => {
  expect(new RateLimited(1_200)).toMatchObject({ retryAfterMs: 1_200, message: "Slack asks to wait 2 s" });
  expect(new MessageGone("is_archived").message).toBe("the message cannot be edited any more: is_archived");
});
