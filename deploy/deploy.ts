// `npm run deploy`: brings Cody into an AWS account, from checks to a smoke test; can be repeated.
import { runCommand } from "./arguments.ts";
import { deploySteps } from "./deploy-steps.ts";

process.exitCode = await runCommand("deploy", { stage: "production", steps: deploySteps });
