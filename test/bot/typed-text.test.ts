// What a person typed comes out of Slack's way of writing it, once, and mentions nobody any more.
import fc from "fast-check";
import { expect, test } from "vitest";
import { typedText } from "../../packages/bot/src/listeners/typed-text.ts";

test.each([
  ["Use List&lt;T&gt; &amp; not T[]", "Use List<T> & not T[]"],
  // Somebody who typed an entity means it.
  ["Replace &amp;lt; by &amp;amp;", "Replace &lt; by &amp;"],
  ["&lt;@U123ABC&gt; is typed, &amp;quot; too", "<@U123ABC> is typed, &quot; too"],
  ["see <https://example.com/?a=1&amp;b=2>", "see https://example.com/?a=1&b=2"],
  ["as <https://example.com/pull/3|PR 3 &amp; 4> says", "as PR 3 & 4 (https://example.com/pull/3) says"],
  ["<https://example.com|https://example.com>", "https://example.com"],
  [
    "change <http://README.md|README.md> and <http://example.com/|example.com>",
    "change README.md and example.com",
  ],
  ["<mailto:ann@example.com|ann@example.com>", "ann@example.com"],
  ["<mailto:ann@example.com|Ann>", "Ann (mailto:ann@example.com)"],
  ["ask <@U123ABC> or <@W9|ben>", "ask @U123ABC or @ben"],
  ["in <#C1AB|general> or <#C2AB|> or <#G3AB>", "in #general or #C2AB or #G3AB"],
  ["<!here> <!channel|channel> <!subteam^S1|@team> <!subteam^S2>", "@here @channel @team @S2"],
  ["on <!date^1795170720^{date}|20 November>", "on 20 November"],
  // Text that nobody has escaped stays as it is.
  ["if (a < b && c > d) return <div>x</div>;", "if (a < b && c > d) return <div>x</div>;"],
  ["Map<String, List<Foo>> & more", "Map<String, List<Foo>> & more"],
  ["", ""],
])("%j is %j", (text, typed) => {
  expect(typedText(text)).toBe(typed);
});

test("whatever is typed comes back as it was", () => {
  const escaped = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const piece = fc.oneof(fc.constantFrom("&", "<", ">", "&lt;", "amp;", "|", "@U1", "!here"), fc.string());
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const typed = pieces.join("");
      expect(typedText(escaped(typed))).toBe(typed);
    }),
  );
});
