// `npm run remove`: takes a stage out of an AWS account, and says what it leaves there.
import { runCommand } from "./arguments.ts";
import { removeSteps } from "./remove-steps.ts";

process.exitCode = await runCommand("remove", { steps: removeSteps });
