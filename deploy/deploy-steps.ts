// Everything that `npm run deploy` does, in order.
import path from "node:path";
import { pushImage } from "./image.ts";
import { CommandFailed, type Outside, Stopped } from "./outside.ts";
import type { Step } from "./run-steps.ts";
import { ensureSlackApp, updateSlackApp } from "./slack-app.ts";
import { confirmAccount, howToSet, type Outputs, readOutputs, readSecrets, type Secrets } from "./stage.ts";

export interface DeployOptions {
  stage: string;
  /** Nobody has to be asked. */
  isSure: boolean;
}

const doctor = path.join(import.meta.dirname, "../packages/bot/src/doctor.ts");
/** A function that was just made may wait for its rights, and says so in its health for a while. */
const healthTries = 12;
const healthEveryMs = 15_000;

export function deploySteps(outside: Outside, { stage, isSure }: DeployOptions): Step[] {
  const { env, run, say, write } = outside;
  const buildsImage = !env.RUNNER_IMAGE;
  let secrets: Secrets = {};
  let outputs: Outputs;

  const tools: Step = {
    says: "What this needs on this machine",
    async work() {
      await requireTool(outside, "sst", ["version"], "Install it: npm ci --prefix infra/sst");
      await requireTool(outside, "aws", ["--version"], "Install the AWS CLI, version 2.");
      if (buildsImage)
        await requireTool(
          outside,
          "docker",
          ["buildx", "version"],
          "Install Docker and start it, or set RUNNER_IMAGE to an image that was built elsewhere, with its digest.",
        );
    },
  };
  const account: Step = {
    says: `Where the stage ${stage} will be`,
    work: () =>
      confirmAccount(outside, { question: `Deploy ${stage} there? (yes/no)`, answer: "yes", isSure }),
  };
  const slackApp: Step = {
    says: "The Slack app",
    async work() {
      secrets = await readSecrets(outside, stage);
      await ensureSlackApp(outside, stage, secrets);
    },
  };
  const check: Step = {
    says: "Settings and secrets",
    async work() {
      // By its environment: arguments can be read by everybody on the machine.
      const examine = { program: process.execPath, args: [doctor, "--undeployed"], env: { ...secrets } };
      await run({ ...examine, isShown: true }).catch((error: unknown) => {
        if (!(error instanceof CommandFailed)) throw error;
        throw new Stopped(
          "Cody cannot work like this; nothing was made.",
          `Settings stand in the environment or in .env. A secret is set with SST, such as GITHUB_TOKEN: ${howToSet("GITHUB_TOKEN", stage)}`,
        );
      });
    },
  };
  const deployment: Step = {
    says: "AWS",
    async work() {
      await run({ program: "sst", args: ["deploy", "--stage", stage], isShown: true });
      outputs = await readOutputs(outside);
    },
  };
  const image: Step = {
    says: "The runner's image",
    work: () => pushImage(outside, outputs.images),
  };
  const manifest: Step = {
    says: "The address in the Slack app",
    work: () => updateSlackApp(outside, outputs.address, secrets),
  };
  const health: Step = {
    says: "Whether it is well",
    work: () => waitUntilWell(outside, outputs.address),
  };
  const file: Step = {
    says: "What to do next",
    async work() {
      const where = `.sst/${stage}.env`;
      const [, region = ""] = /\.ecr\.([\w-]+)\./.exec(outputs.images) ?? [];
      const found = { AWS_REGION: region, ...outputs.environment };
      const lines = Object.entries(found).map(([name, value]) => `${name}='${value}'\n`);
      await write(where, lines.join(""));
      say(`Cody is at ${outputs.address}. Type /cody in Slack.`);
      say(`To look at everything again at any time: npm run doctor -- --env ${where}`);
    },
  };
  const imageSteps = buildsImage ? [image] : [];
  return [tools, account, slackApp, check, deployment, ...imageSteps, manifest, health, file];
}

async function requireTool({ run, say }: Outside, program: string, args: string[], remedy: string) {
  try {
    const [version = ""] = (await run({ program, args })).trim().split("\n");
    say(`${program}: ${version}`);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Stopped(`There is no ${program} that works.`, remedy);
  }
}

async function waitUntilWell({ health, say, sleep }: Outside, address: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const answer = await health(address).catch(() => undefined);
    const parts = Object.entries(answer?.parts ?? {});
    const states = parts.map(([part, state]) => `${part}: ${state}`).join(", ") || "no answer";
    if (answer?.status === 200 && parts.length > 0) return say(states);
    if (tries === healthTries)
      throw new Stopped(
        `${address}/health does not say that it is well (${states}).`,
        "The log of the slack program says why; `npm run doctor` looks at each part.",
      );
    if (tries === 1) say(`${states}; this may take some minutes after a first deployment`);
    await sleep(healthEveryMs);
  }
}
