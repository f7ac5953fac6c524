// A person commits to Cody's branch; the next round asks what becomes of that, and builds on top of it.
import { steps } from "../claude/script.ts";
import { commitAsPerson } from "../commit-as-person.ts";
import { ann } from "../people.ts";
import { askForChanges, pressInThread, repliedInThread } from "../press.ts";
import { byRound, type Scenario } from "../scenario.ts";
import { ends } from "../threads.ts";
import type { World } from "../world.ts";
import { edit, finish, run } from "./replies.ts";

const repository = "acme/checkout";
const wish = "Name the license as well.";

const first = steps(
  { calls: [run("node --test")] },
  {
    calls: [
      edit(
        "README.md",
        "No dependencies; Node 20 or newer.",
        "No dependencies; Node 20 or newer. `node --test` runs the tests.",
      ),
    ],
  },
  ...finish("The README says how the tests are run.", "`node --test` passes."),
);

const second = steps(
  { calls: [{ name: "read_file", input: { path: "NOTES.md" } }] },
  {
    calls: [
      edit("README.md", "`node --test` runs the tests.", "`node --test` runs the tests. The license is MIT."),
    ],
  },
  ...finish("The README names the license.", "`node --test` passes; only the README was changed."),
);

async function during(world: World): Promise<void> {
  const { slack, github } = world;
  await repliedInThread(slack, ann, "Done:");
  const [pull] = await github.record.pullRequests();
  const branch = pull?.head ?? "";
  const text = "Ask the team before you change prices.\n";
  const own = await commitAsPerson(world, "ann", {
    repository,
    branch,
    file: "NOTES.md",
    text,
    message: "Note whom to ask",
  });
  await askForChanges(slack, ann, wish);
  await pressInThread(slack, ann, "Build on top");
  await repliedInThread(slack, ann, "names the license");
  const pushes = github.record.pushes.flatMap(({ moves }) => moves).filter(({ after }) => after);
  const last = pushes.findLast(({ reference }) => reference === `refs/heads/${branch}`);
  if (last?.before !== own)
    throw new Error(`the second round was pushed onto ${last?.before}, not onto the person's ${own}`);
}

export const humanCommits: Scenario = {
  name: "human-commits",
  says: "a person commits to Cody's branch, and the next round builds on top of that",
  request: {
    repositories: [repository],
    prompt: "Say in the README how the tests are run.",
    name: "Say how tests are run",
    kind: "anything",
  },
  scripts: { [repository]: byRound({ when: wish, script: second }, { script: first }) },
  during,
  isOver: (thread) => ends(thread).length === 2,
  expected: { status: "done", outcomes: { [repository]: "changed" }, pullRequests: 1 },
};
