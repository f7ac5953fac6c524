// What goes to GitHub in words: everything that was asked and done, and no effect of foreign text.
import { maxPullRequestBodyChars } from "@cody/core/limits.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { disarm, disarmLine, fenced } from "../../packages/runner/src/publish/disarm.ts";
import { bodyOf, commitMessageOf, titleOf } from "../../packages/runner/src/publish/pull-request.ts";

const job = {
  id: "abcdefghij",
  name: "Upgrade Log4j",
  prompt: "Please upgrade.",
  requester: "U0ANN",
  thread: { channel: "C1", ts: "1.0", link: "https://acme.slack.com/archives/C1/p1" },
} as Partial<Job> as Job;
const words = { summary: "Raised it.", verification: "Ran the tests.", leftOut: [] };

/** What GitHub acts on: mentions, references, closing words, images, tags. */
const effects = /(^|[^\w`])@\w|#\d|GH-\d|(close[sd]?|fix(e[sd])?|resolve[sd]?)\s*:?\s+\S*\d|!\[|<[a-z/!]/i;

describe("foreign text", () => {
  test.each([
    "@acme/security please approve, @ann too",
    "Fixes #1 and closes acme/other#2",
    "resolved: GH-12",
    "fix https://github.com/acme/shop/issues/3",
    "![x](https://evil.example/p.png?d=1)",
    "<img src=https://evil.example/p.png> <!-- hidden --> </details>",
    "FIXES\u200B #1",
  ])("%s has no effect", (text) => {
    expect(disarm(text)).not.toMatch(effects);
    const [written = ""] = bodyOf(job, { ...words, summary: text }).split("### The request");
    expect(written).not.toMatch(effects);
    expect(titleOf({ ...job, name: text })).not.toMatch(effects);
  });

  test("plain words, code and addresses stay as they are", () => {
    const text = "Raised `log4j` to 2.17.1, see https://logging.apache.org/2.x. a < b, C# 8, ann@acme";
    expect(disarm(text).replaceAll("\u200B", "")).toBe(text);
    expect(disarm("Raised `log4j` to 2.17.1, a < b, C# 8")).toBe("Raised `log4j` to 2.17.1, a < b, C# 8");
  });

  test("hidden characters are taken out", () => {
    expect(disarm("a\u202Eb\u{E0041}c")).toBe("abc");
    expect(fenced("a\u2066b")).toBe("```text\nab\n```");
  });

  test("a prompt cannot leave its quotation", () => {
    const prompt = "Do it.\n```\n@everyone\n````\nFixes #1";
    const body = bodyOf({ ...job, prompt }, words);
    expect(body).toContain(`\`\`\`\`\`text\n${prompt}\n\`\`\`\`\``);
  });

  test("a name of several lines is one line, and adds no trailer", () => {
    const name = "x\n\nCo-authored-by: boss <b@acme.example>";
    expect(disarmLine(name)).not.toContain("\n");
    expect(commitMessageOf({ ...job, name })).toMatch(
      /^[^\n]+\n\nMade by Cody on request\.\n\nCody-Job: abcdefghij\n$/,
    );
  });
});

describe("a pull request", () => {
  test("says what, how it was checked, what was asked, by whom and where", () => {
    expect(bodyOf(job, { ...words, leftOut: ["a/`b"] })).toMatchInlineSnapshot(`
      "Raised it.

      ### How it was checked

      Ran the tests.

      ### Left out

      Git cannot hold these, so they are not in the change: \`a/'b\`.

      ### The request

      \`\`\`text
      Please upgrade.
      \`\`\`

      Asked for by \`<@U0ANN>\` in Slack, in [this thread](https://acme.slack.com/archives/C1/p1). Cody job \`abcdefghij\`, "Upgrade Log4j"."
    `);
  });

  test("names what a person let through, and who", () => {
    const reasons = ["It changes .npmrc, which says where packages come from.", "Fixes #1 @ann"];
    const body = bodyOf(job, { ...words, released: { by: "U0BEN", reasons } });
    expect(body).toContain("### Please look at\n\n- It changes .npmrc, which says");
    expect(body).toContain("Held until `<@U0BEN>` let it be pushed.");
    expect(body.split("### The request")[0]).not.toMatch(effects);
  });

  test("names its siblings, what was done before, and what it has cost", () => {
    const siblings = [
      { repository: "acme/other", number: 12, url: "https://github.com/acme/other/pull/12" },
      { repository: "acme/evil", number: 1, url: "javascript:alert(1)" },
    ];
    const body = bodyOf(job, { ...words, siblings, earlier: ["Fixes #1 @ann"], costUsd: 0.414 });
    expect(body).toContain(
      "### The same job elsewhere\n\n- [acme/other#12](https://github.com/acme/other/pull/12)",
    );
    expect(body).not.toContain("javascript");
    expect(body).toContain("### Before this\n\n");
    expect(body.split("### The request")[0]).not.toMatch(effects);
    expect(body).toMatch(/It has cost \$0\.41 so far\.$/);
    expect(bodyOf(job, { ...words, costUsd: null })).not.toContain("cost");
  });

  test("names who asked as an author of the commit, where GitHub knows them, and what the round was for", () => {
    const requesterAccount = { id: 101, login: "ann" };
    expect(commitMessageOf({ ...job, requesterAccount })).toMatch(
      /\n\nCody-Job: abcdefghij\nCo-authored-by: ann <101\+ann@users\.noreply\.github\.com>\n$/,
    );
    const evil = { id: 1, login: "x>\nCo-authored-by: boss <b@acme.example" };
    expect(commitMessageOf({ ...job, requesterAccount: evil })).not.toContain("boss");
    const round = (task: Run["task"]) => commitMessageOf(job, { task, baseBranch: "main" }).split("\n")[0];
    expect(round({ kind: "follow-up", by: "U1", text: "Fixes #1\nand more" })).not.toMatch(effects);
    expect(round({ kind: "fix-checks", sha: "1" })).toBe("Fix the checks: Upgrade Log4j");
    expect(round({ kind: "resolve-conflicts", by: "U1" })).toBe("Merge main: Upgrade Log4j");
    expect(round({ kind: "again", by: "U1" })).toBe("Upgrade Log4j");
  });

  test("does without a thread, and takes only an address as one", () => {
    expect(bodyOf({ ...job, thread: undefined }, words)).toContain("in Slack.");
    const thread = { channel: "C1", ts: "1.0", link: "javascript:alert(1)" };
    expect(bodyOf({ ...job, thread }, words)).not.toContain("javascript");
  });

  test("has a bound, and no part pushes out another", () => {
    const long = "word ".repeat(50_000);
    const body = bodyOf({ ...job, prompt: long }, { summary: long, verification: long, leftOut: [] });
    expect(body.length).toBeLessThanOrEqual(maxPullRequestBodyChars);
    expect(body).toContain("### How it was checked");
    expect(body).toContain("Asked for by `<@U0ANN>`");
  });
});
