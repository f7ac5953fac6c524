// Only a patch is asked for; later somebody makes a pull request of it, and the model is not asked again.
import { steps } from "../claude/script.ts";
import { ann } from "../people.ts";
import { boardSays, pressInThread, repliedInThread } from "../press.ts";
import type { Scenario } from "../scenario.ts";
import { ends } from "../threads.ts";
import { edit, finish, run } from "./replies.ts";

const repository = "acme/checkout";

const checkout = steps(
  { calls: [run("node --test")] },
  { calls: [edit("package.json", '"version": "2.4.1"', '"version": "2.4.2"')] },
  ...finish("Raised the version to 2.4.2.", "`node --test` passes."),
);

export const patch: Scenario = {
  name: "patch",
  says: "a patch first, and a pull request from it later, without the model",
  request: {
    repositories: [repository],
    prompt: "Raise the version to 2.4.2.",
    name: "Raise the version",
    kind: "anything",
    deliver: "patch",
  },
  scripts: { [repository]: checkout },
  async during({ slack, claude }) {
    await repliedInThread(slack, ann, "Done:");
    const asked = claude.record.requests.length;
    await pressInThread(slack, ann, "Open pull request");
    await boardSays(slack, ann, "#1");
    const again = claude.record.requests
      .slice(asked)
      .filter(({ route }) => route === "POST /v1/messages").length;
    if (again > 0) throw new Error(`the model was asked ${again} times for a patch that was there`);
  },
  isOver: (thread) => ends(thread).length === 2,
  expected: { status: "done", outcomes: { [repository]: "changed" }, pullRequests: 1 },
};
