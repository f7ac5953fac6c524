// What happens in the local world: what a person asks for, what the scripted model does, what must come of it.

import type { Script } from "./claude/script.ts";
import type { Ci } from "./github/consequences.ts";
import type { Outcome } from "./report.ts";
import type { Message } from "./slack/contract.ts";
import type { World } from "./world.ts";

export interface Scenario {
  name: string;
  /** One line for `--list`. */
  says: string;
  /** What the person fills into the form. */
  request: SampleRequest;
  /** The model, by repository. */
  scripts: Record<string, Script>;
  /** Whether its commands may only run where the tools have a user of their own. */
  needsIsolation?: boolean;
  /** What Cody is on GitHub: an account with a token, if left out. */
  identity?: "app" | "token";
  /** What runs on GitHub after each push; nothing if left out. */
  ci?: Ci;
  /** What must come of it; `npm start -- --once` fails otherwise. */
  expected: {
    status: string;
    outcomes: Record<string, Outcome>;
    /** At most this many turns may be asked of the model more than once; none if left out. */
    repeatedTurns?: number;
    /** Pull requests, their approvals and merges, as GitHub counts them; not looked at if left out. */
    pullRequests?: number;
    approvals?: number;
    merged?: number;
  };
  /** What people and mishaps do meanwhile. Throws where what it waits for does not come. */
  during?(world: World, user: string): Promise<void>;
  /** When the thread is at its end, where that is not the first time that the job is over. */
  isOver?(thread: Message[]): boolean;
  /** How long it may take until it counts as hanging, where that is longer than usual. */
  timeoutMs?: number;
}

export interface SampleRequest {
  repositories: string[];
  prompt: string;
  name?: string;
  kind: "upgrade" | "vulnerability" | "refactor" | "anything";
  deliver?: "pull-request" | "draft" | "patch";
}

/** A script for each round: the first whose words stand in the round's first message, else the last one. */
export function byRound(...rounds: { when?: string; script: Script }[]): Script {
  return (conversation) => {
    const round = rounds.find(({ when }) => when === undefined || conversation.firstText.includes(when));
    if (!round) throw new Error("the scenario has no script for this round");
    return round.script(conversation);
  };
}

/** The repository that a conversation is about, from its first message. */
export function repositoryIn(firstText: string): string {
  return /^Repository: (\S+)$/m.exec(firstText)?.[1] ?? "";
}

/** One script for all repositories of a scenario; a repository without one is a mistake of the scenario. */
export function scriptOf(scenario: Scenario): Script {
  return (conversation) => {
    const repository = repositoryIn(conversation.firstText);
    const script = scenario.scripts[repository] ?? elsewhere;
    return script(conversation);
  };
}

/** For the repositories that a person tries in the browser: the script says honestly that it only plays. */
const elsewhere: Script = ({ turn }) =>
  turn === 0
    ? { text: "Looking at what is there.", calls: [{ name: "list_files", input: {} }] }
    : {
        calls: [
          {
            name: "finish",
            input: {
              summary:
                "This is the scripted model of the local world. It plays a few requests and has none for this one.",
              verification: "Nothing was changed, so nothing was checked.",
              noChangeNeeded:
                "The script has no part for this repository and this request; nothing was looked for.",
            },
          },
        ],
      };
