// Two people: who asked may not approve alone, the other links an account, sees a newer commit refused, and merges.
import { steps } from "../claude/script.ts";
import { commitAsPerson } from "../commit-as-person.ts";
import { followLink, linkOffered } from "../link-account.ts";
import { ann, ben } from "../people.ts";
import { pressAndHear, repliedInThread } from "../press.ts";
import type { Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import { edit, finish, run } from "./replies.ts";

const repository = "acme/checkout";

const checkout = steps(
  { calls: [{ name: "read_file", input: { path: "README.md" } }, run("node --test")] },
  {
    calls: [
      edit(
        "README.md",
        "No dependencies; Node 20 or newer.",
        "No dependencies; Node 20 or newer. `node --test` runs the tests.",
      ),
    ],
  },
  ...finish("The README says how the tests are run.", "`node --test` passes; only the README was changed."),
);

async function during(world: World): Promise<void> {
  const { slack, github } = world;
  const result = `${repository} · changed`;
  await repliedInThread(slack, ann, result);
  const alone = "somebody else has to approve";
  await pressAndHear(slack, ann, { label: "Approve", inReply: result, says: alone });

  await pressAndHear(slack, ben, { label: "Approve", inReply: result, says: "Connect GitHub once" });
  await followLink(world, await linkOffered(slack, ben), "ben");
  await pressAndHear(slack, ben, { label: "Approve", inReply: result, says: "Approved" });

  const [pull] = await github.record.pullRequests();
  const newer = await commitAsPerson(world, "ann", {
    repository,
    branch: pull?.head ?? "",
    file: "NOTES.md",
    text: "Ask the team before you change prices.\n",
    message: "Note whom to ask",
  });
  await pressAndHear(slack, ben, { label: "Merge", inReply: result, says: "newer commit" });

  const inReply = newer.slice(0, 7);
  await pressAndHear(slack, ben, { label: "Approve", inReply, says: "Approved" });
  await pressAndHear(slack, ben, { label: "Merge", inReply, says: "Merged" });
  await repliedInThread(slack, ann, "merged by ben");
}

export const approve: Scenario = {
  name: "approve",
  says: "two people review one pull request from the thread: a link, an approval, a newer commit, a merge",
  request: {
    repositories: [repository],
    prompt: "Say in the README how the tests are run.",
    name: "Say how tests are run",
    kind: "anything",
  },
  identity: "app",
  scripts: { [repository]: checkout },
  during,
  expected: {
    status: "done",
    outcomes: { [repository]: "changed" },
    pullRequests: 1,
    approvals: 2,
    merged: 1,
  },
};
