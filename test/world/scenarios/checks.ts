// A required check fails on the pull request; a round that is given its log mends it.
import { steps } from "../claude/script.ts";
import type { Ci } from "../github/consequences.ts";
import { ann } from "../people.ts";
import { boardSays, pressInThread, repliedInThread } from "../press.ts";
import { byRound, type Scenario } from "../scenario.ts";
import { ends } from "../threads.ts";
import { edit, finish, run } from "./replies.ts";

const repository = "acme/checkout";
const complaint = "error: package.json says 2.4.2 and CHANGELOG.md does not know of it";

const first = steps(
  { calls: [run("node --test")] },
  { calls: [edit("package.json", '"version": "2.4.1"', '"version": "2.4.2"')] },
  ...finish("Raised the version to 2.4.2.", "`node --test` passes."),
);

const second = steps(
  {
    calls: [
      {
        name: "write_file",
        input: { path: "CHANGELOG.md", content: "# Changes\n\n## 2.4.2\n\n- The version was raised.\n" },
      },
    ],
  },
  ...finish("CHANGELOG.md knows of 2.4.2, as the check asks.", "The check itself runs on GitHub only."),
);

/** One job, which wants the changelog to know of the version. */
const ci: Ci = async ({ repository: of, read }) => {
  if (of !== repository) return [];
  const { version } = JSON.parse((await read("package.json")) ?? "{}") as { version?: string };
  const isKnown = version === "2.4.1" || (await read("CHANGELOG.md"))?.includes(`## ${version}`);
  return [
    isKnown
      ? { name: "changelog", conclusion: "success", log: "ok\n" }
      : { name: "changelog", conclusion: "failure", log: `checking the changelog\n${complaint}\n` },
  ];
};

export const checks: Scenario = {
  name: "checks",
  says: "a check fails on the pull request, and a round that is given its log mends it",
  request: {
    repositories: [repository],
    prompt: "Raise the version to 2.4.2.",
    name: "Raise the version",
    kind: "anything",
  },
  identity: "app",
  scripts: { [repository]: byRound({ when: complaint, script: second }, { script: first }) },
  ci,
  async during({ slack }) {
    await repliedInThread(slack, ann, "Done:");
    await pressInThread(slack, ann, "Fix the checks");
    await repliedInThread(slack, ann, "CHANGELOG.md knows of 2.4.2");
    await boardSays(slack, ann, "checks passed");
  },
  isOver: (thread) => ends(thread).length === 2,
  expected: { status: "done", outcomes: { [repository]: "changed" }, pullRequests: 1 },
};
