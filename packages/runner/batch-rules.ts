// What Batch has to know of the runner: which endings it starts anew by itself, and how long an attempt may take.
import { githubPatienceMs, maxRoundMs } from "@cody/core/limits.ts";
import { exitCodes } from "./src/exit-code.ts";

/**
 * Retry rules of the job definition, as SubmitJob's `retryStrategy` takes them. Only what is nobody's fault is started
 * anew: a Spot machine that was taken away, a host that was lost, a runner that was told to stop with everything stored.
 * The watchdog sees to the other deaths. Batch retries whatever no rule matches, so the last two end the rest: a rule
 * with a reason matches nothing where the reason is empty, and an exit code is missing where no container ran.
 */
export const retryStrategy = {
  attempts: 3,
  evaluateOnExit: [
    { onStatusReason: "Your Spot Task was interrupted*", action: "RETRY" as const },
    { onStatusReason: "Host EC2*", action: "RETRY" as const },
    { onExitCode: String(exitCodes.interrupted), action: "RETRY" as const },
    { onReason: "*", action: "EXIT" as const },
    { onExitCode: "*", action: "EXIT" as const },
  ],
};

/**
 * Seconds after which Batch ends an attempt. The runner ends a round itself before that; a change that is being
 * published is ended by no clock of its own and may still be waiting for GitHub.
 */
export const attemptTimeoutSeconds = (maxRoundMs + githubPatienceMs) / 1_000 + 5 * 60;
