// A repository under attack: all that happens in its tree is done by the real tool process, as the tools' own user.
import { totalmem } from "node:os";
import { makeLog } from "@cody/core/log.ts";
import type { Change, ToolResult, Workspace } from "@cody/core/ports/workspace.ts";
import { expect, onTestFinished } from "vitest";
import { makeIsolation } from "../../packages/runner/src/adapters/isolation.ts";
import { type Origin, openOrigin, searchPath, signal, token } from "../runner/yard.ts";
import { leakFinder } from "./canaries.ts";
import { cannotIsolate, newToolUser, whyNot } from "./tool-user.ts";

/** Of every group of such tests: what they do without where the tools can have no user. */
export const elsewhere = `elsewhere by the tool process as this user: ${whyNot}`;

/** Each test clones, pushes and starts the tools again and again, which a busy machine lets wait. */
export const patience = { timeout: 60_000 };

const roundMs = 600_000;
const leaksIn = leakFinder([token]);

export interface IsolatedYard extends Origin {
  /** As a round has it: nothing that a command started is alive while it works. */
  workspace: Workspace;
  /** Calls a tool. Throws where the answer holds a piece of the token, which no answer may. */
  run(name: string, input: object): Promise<ToolResult>;
  /** Runs commands of which each has to succeed, for an attack that failed on its way proves nothing. */
  sh(commands: string): Promise<void>;
  /** The change as it is shown, judged and pushed. Throws where there is none. */
  compared(): Promise<Change>;
}

interface YardOptions {
  /** The repository's first commit: path → content. */
  files?: Record<string, string>;
  /** Whether the tools shall have a user of their own; they have to, wherever they can. */
  isolated?: boolean;
}

/** Does what a round does before its first turn, in the same order; ends it with the test. */
export async function openIsolatedYard({
  files,
  isolated = !cannotIsolate,
}: YardOptions = {}): Promise<IsolatedYard> {
  const origin = await openOrigin(files);
  const user = isolated ? newToolUser() : undefined;
  const log = makeLog({ level: "error", write: () => undefined, redact: (text) => text, now: Date.now });
  const isolation = makeIsolation({
    user,
    commands: true,
    policy: { network: "registries", hosts: [], never: [new URL(origin.github.apiUrl).hostname] },
    folder: origin.folder,
    inherited: { PATH: searchPath },
    memoryBytes: totalmem(),
    now: Date.now,
    log,
  });
  onTestFinished(() => isolation.close());
  expect(await isolation.begin()).toMatch(isolated ? /^user, no-new-privs, / : /^none, commands on, /);
  const workspace = isolation.guarded(await origin.open());
  const tools = isolation.startTools({ tree: workspace.tree, deadline: Date.now() + roundMs });
  onTestFinished(() => tools.close());
  const run = async (name: string, input: object) => {
    const result = await tools.run(name, input, signal);
    if (leaksIn(JSON.stringify(result)).length > 0) throw new Error(`${name} gave the token away`);
    return result;
  };
  return {
    ...origin,
    workspace,
    run,
    async sh(commands) {
      const { text } = await run("run_command", { command: `set -e\n${commands}` });
      if (!text.endsWith("(exit code 0)")) throw new Error(`a command did not succeed: ${text}`);
    },
    async compared() {
      const change = await workspace.diff();
      if (!change) throw new Error("nothing changed");
      return change;
    },
  };
}
