// Everything that `npm run remove` does, in order, and what it leaves on purpose.
import { type Outside, Stopped } from "./outside.ts";
import type { Step } from "./run-steps.ts";
import { confirmAccount } from "./stage.ts";

/** `sst.config.ts` protects it. */
const protectedStage = "production";

export function removeSteps(outside: Outside, { stage, isSure }: { stage: string; isSure: boolean }): Step[] {
  return [
    {
      says: `Whether ${stage} may be removed`,
      async work() {
        if (stage === protectedStage)
          throw new Stopped(
            `${stage} is protected, so that nobody removes it by mistake.`,
            "Set protect to false in sst.config.ts and deploy once; then remove it. Its table is kept even then.",
          );
        const question = `Remove ${stage} there, with every job in it? Type its name:`;
        await confirmAccount(outside, { question, answer: stage, isSure });
      },
    },
    {
      says: "AWS",
      work: async () => {
        await outside.run({ program: "sst", args: ["remove", "--stage", stage], isShown: true });
      },
    },
    {
      says: "What stays, on purpose",
      async work() {
        outside.say(
          `- SST's state bucket with the secrets of ${stage}; it is shared by all stages of the account`,
        );
        outside.say("- the Slack app: delete it on its page at api.slack.com/apps");
        outside.say("- the GitHub App or account, and every branch and pull request");
        outside.say("- the key for Claude: delete it in Claude's console");
      },
    },
  ];
}
