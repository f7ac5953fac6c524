// Everything that `npm run deploy` does, in order.
import path from "node:path";
import { privateImage } from "@cody/core/private-image.ts";
import { readOwnSettings } from "../infra/settings.ts";
import { variablesFrom } from "../infra/variables.ts";
import { pushImage } from "./image.ts";
import { type Found, findImages, findNamed, markDeployed } from "./images.ts";
import { CommandFailed, type Outside, Stopped } from "./outside.ts";
import type { Step } from "./run-steps.ts";
import { ensureSlackApp, updateSlackApp } from "./slack-app.ts";
import { confirmAccount, howToSet, type Outputs, readOutputs, readSecrets, type Secrets } from "./stage.ts";
import { requireTool } from "./tools.ts";

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
  /** The repository of the stage's images. */
  let images: string | undefined;
  let image = env.RUNNER_IMAGE;
  /** What is deployed of that repository. */
  let named: Found[] = [];

  /** Without an image it names a tag that nothing has yet. */
  async function deployWith(given: string | undefined): Promise<void> {
    const more = given ? { env: { RUNNER_IMAGE: given } } : {};
    await run({ program: "sst", args: ["deploy", "--stage", stage], isShown: true, ...more });
    outputs = await readOutputs(outside);
    images = outputs.images;
  }

  const tools: Step = {
    says: "What this needs on this machine",
    async work() {
      await requireTool(outside, "sst");
      await requireTool(outside, "aws");
      if (buildsImage) await requireTool(outside, "docker");
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
      const { problems } = readOwnSettings(env);
      if (problems.length > 0)
        throw new Stopped(
          `Cody cannot be deployed like this; nothing was made. ${problems.join("; ")}.`,
          "Settings stand in the environment or in .env.",
        );
      // By its environment: arguments can be read by everybody on the machine. What stands in .env is no secret of the
      // stage, and the deployment will not have it.
      const unset = Object.fromEntries(variablesFrom("secret").map((name) => [name, ""]));
      const examine = {
        program: process.execPath,
        args: [doctor, "--undeployed"],
        env: { ...unset, ...secrets },
      };
      await run({ ...examine, isShown: true }).catch((error: unknown) => {
        if (!(error instanceof CommandFailed)) throw error;
        throw new Stopped(
          "Cody cannot work like this; nothing was made.",
          `Settings stand in the environment or in .env. A secret is set with SST, such as GITHUB_TOKEN: ${howToSet("GITHUB_TOKEN", stage)}`,
        );
      });
    },
  };
  const repository: Step = {
    says: "The repository of the runner's images",
    async work() {
      images = await findImages(outside, stage);
      if (images) return say(images);
      if (!buildsImage) return say("There is none yet. It is made with the rest, and stays empty.");
      say("There is none yet. A first deployment makes it with the rest; a second one names what is in it.");
      await deployWith(undefined);
    },
  };
  const push: Step = {
    says: "The runner's image",
    async work() {
      image = await pushImage(outside, images ?? "");
      say(`Pushed ${image}. No run starts from it until that is deployed.`);
    },
  };
  const deployment: Step = {
    says: "AWS, with the image by its digest",
    async work() {
      const { data } = readOwnSettings(env);
      const others = data?.RUNNER_IMAGES.map(({ value }) => value) ?? [];
      named = await findNamed(outside, images, { usual: image ?? "", others });
      await deployWith(image);
      say(`Runs start from ${image}, whatever is pushed later.`);
      say(
        `To go back to it after another deployment: RUNNER_IMAGE=${image} npm run deploy -- --stage ${stage}`,
      );
    },
  };
  const marks: Step = {
    says: "The mark of what is deployed",
    async work() {
      await markDeployed(outside, outputs.images, named);
      say(
        named.length > 0
          ? `Marked, and kept: ${named.map(({ digest }) => digest).join(", ")}. Of images without a tag the last ten are kept.`
          : "It is not in Cody's repository: see to it that nothing deletes it where it is.",
      );
    },
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
      const { region = "" } = privateImage(outputs.images) ?? {};
      const found = { AWS_REGION: region, ...outputs.environment };
      const lines = Object.entries(found).map(([name, value]) => `${name}='${value}'\n`);
      await write(where, lines.join(""));
      say(`Cody is at ${outputs.address}. Type /cody in Slack.`);
      say(`To look at everything again at any time: npm run doctor -- --env ${where}`);
    },
  };
  const before = [tools, account, slackApp, check, repository];
  return [...before, ...(buildsImage ? [push] : []), deployment, manifest, health, marks, file];
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
