// What only the person who pressed sees, where there is something to press in it.
import type { Run } from "@cody/core/schema.ts";
import type { KnownBlock } from "@slack/types";
import { actions, plain, section } from "./blocks.ts";
import { homeActions } from "./home.ts";
import { pullRequestLink } from "./pull-request.ts";

/** Words, and the way to link an account; the address is for this person alone. */
export function linkButton(words: string, url: string): KnownBlock[] {
  const id = homeActions.continueToGitHub;
  return [
    section(words),
    ...actions("link-account", [
      { type: "button", action_id: id, text: plain("Connect GitHub"), url, style: "primary" },
    ]),
  ];
}

/** Words, and the pull requests on GitHub. */
export function pullRequestButtons(words: string, runs: readonly Run[]): KnownBlock[] {
  return [section(words), ...actions("pull-requests", runs.flatMap(pullRequestLink))];
}
