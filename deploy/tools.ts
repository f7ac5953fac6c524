// The programs that a deployment needs on this machine, and how to get each.
import { CommandFailed, type Outside, Stopped } from "./outside.ts";

const tools = {
  sst: { args: ["version"], remedy: "Install it: npm ci --prefix infra/sst" },
  aws: { args: ["--version"], remedy: "Install the AWS CLI, version 2." },
  docker: {
    args: ["buildx", "version"],
    remedy:
      "Install Docker and start it, or set RUNNER_IMAGE to an image that was built elsewhere, with its digest.",
  },
} as const;

/** Shows its version. Throws where there is none that works. */
export async function requireTool({ run, say }: Outside, program: keyof typeof tools): Promise<void> {
  const { args, remedy } = tools[program];
  try {
    const [version = ""] = (await run({ program, args })).trim().split("\n");
    say(`${program}: ${version}`);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const said = error.said.includes("ENOENT") ? "" : error.said;
    throw new Stopped(`There is no ${program} that works.`, [said, remedy].filter(Boolean).join("\n"));
  }
}
