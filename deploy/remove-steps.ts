// Everything that `npm run remove` does, in order, and what it leaves on purpose.
import { CommandFailed, type Outside, Stopped } from "./outside.ts";
import type { Step } from "./run-steps.ts";
import { confirmAccount, secretNames } from "./stage.ts";
import { requireTool } from "./tools.ts";

/** `sst.config.ts` protects it. */
const protectedStage = "production";

const leftBehind = [
  "- every branch and pull request on GitHub",
  "- SST's state bucket, which all stages of the account share. It keeps earlier versions of the secrets,",
  "  encrypted. What makes them worthless, unless another stage has the same:",
  "  - the Slack app: delete it on its page at api.slack.com/apps",
  "  - the GitHub App or account: delete the App, or revoke the token, on GitHub",
  "  - the key for Claude: delete it in Claude's console",
];

/** A stage that was removed before, or half of it, goes the same way: each step leaves alone what is gone already. */
export function removeSteps(outside: Outside, { stage, isSure }: { stage: string; isSure: boolean }): Step[] {
  const { run, say } = outside;
  let wasThere = true;

  const permission: Step = {
    says: `Whether ${stage} may be removed`,
    async work() {
      if (stage === protectedStage)
        throw new Stopped(
          `${stage} is protected, so that nobody removes it by mistake.`,
          `Set protect to false in sst.config.ts and deploy once; then: npm run sst -- remove --stage ${stage}. Its table is kept even then. docs/deploy.md says how to remove its secrets and the table.`,
          { canGoOn: false },
        );
      await requireTool(outside, "sst");
      await requireTool(outside, "aws");
      const question = `Remove ${stage} there, with every job and every secret of it? Type its name:`;
      await confirmAccount(outside, { question, answer: stage, isSure });
    },
  };
  const resources: Step = {
    says: "AWS",
    async work() {
      wasThere = await removeResources(outside, stage);
      if (!wasThere) say(`There is nothing of ${stage} on AWS.`);
    },
  };
  const secrets: Step = {
    says: "The secrets that SST keeps",
    async work() {
      const { own, shared } = await secretNames(outside, stage);
      for (const name of own) {
        await run({ program: "sst", args: ["secret", "remove", name, "--stage", stage] });
        say(`Removed ${name}`);
      }
      if (own.length === 0) say(`SST keeps no secret of ${stage}.`);
      if (shared.length > 0)
        say(
          `What SST keeps for all stages is left as it is: ${shared.join(", ")} (npm run sst -- secret list --fallback)`,
        );
      if (!wasThere && own.length === 0)
        say(
          `So there is no stage ${stage}. If there should be one, look at the account and the region above.`,
        );
    },
  };
  const rest: Step = {
    says: "What stays, on purpose",
    async work() {
      for (const line of leftBehind) say(line);
    },
  };
  return [permission, resources, secrets, rest];
}

/** Whether there was anything. What was removed before a failure is not asked for again. */
async function removeResources({ run }: Outside, stage: string): Promise<boolean> {
  try {
    await run({ program: "sst", args: ["remove", "--stage", stage], isShown: true });
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (!(await hasState({ run }, stage))) return false;
    throw new Stopped(
      `SST did not remove all of ${stage}; it says above what is left and why. Its secrets are kept until that is gone.`,
      `Mend that and do it again: what is gone already is left alone. If SST says that an update is under way and none is: npm run sst -- unlock --stage ${stage}`,
    );
  }
}

/** Whether SST remembers anything of the stage: it forgets a stage when the last of it is removed. */
async function hasState({ run }: Pick<Outside, "run">, stage: string): Promise<boolean> {
  try {
    await run({ program: "sst", args: ["state", "export", "--stage", stage], isPrivate: true });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && /could not pull state/i.test(error.said)) return false;
    if (error instanceof CommandFailed) return true;
    throw error;
  }
}
