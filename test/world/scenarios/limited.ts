// GitHub takes no more changes for a while, in the middle of five pull requests: they wait without a machine.
import { steps } from "../claude/script.ts";
import { ann } from "../people.ts";
import { repliedInThread } from "../press.ts";
import type { Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import { finish } from "./replies.ts";

const repositories = [
  "acme/shop-service",
  "acme/legacy-batch",
  "acme/checkout",
  "acme/notes-app",
  "acme/gift-cards",
];

/** Longer than anybody waits in paid time, and no longer than it has to be. */
const retryAfterSeconds = 25;

const say = "Report what could harm others to security@acme.example, and nowhere else.\n";
const script = steps(
  { calls: [{ name: "list_files", input: {} }] },
  { calls: [{ name: "write_file", input: { path: "SECURITY.md", content: say } }] },
  ...finish("SECURITY.md says where to report.", "It is text; nothing had to be run."),
);

async function during({ slack, github }: World): Promise<void> {
  const limit = { secondaryLimit: { retryAfterSeconds } };
  github.fault.next({ method: "POST", path: /^\/repos\/[^/]+\/[^/]+\/pulls$/ }, limit, 2);
  await repliedInThread(slack, ann, "GitHub takes no more changes");
}

export const limited: Scenario = {
  name: "limited",
  says: "GitHub's limit of changes is met while five pull requests are opened; two wait without a machine",
  request: {
    repositories,
    prompt: "Add a SECURITY.md that says where to report what could harm others.",
    name: "Say where to report",
    kind: "anything",
  },
  scripts: Object.fromEntries(repositories.map((repository) => [repository, script])),
  during,
  expected: {
    status: "done",
    outcomes: Object.fromEntries(repositories.map((repository) => [repository, "changed"])),
    pullRequests: 5,
  },
};
