// Root of the runner: reads its environment once, makes the adapters, does the round, and ends with its exit code.
import { totalmem } from "node:os";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { ConfigError, type ConfigOf, githubIdentity, readConfig, secretsIn } from "@cody/core/config.ts";
import { type Log, programLog } from "@cody/core/log.ts";
import { detector, KnownSecrets, redactor } from "@cody/core/redact.ts";
import { makeAnthropic } from "./adapters/anthropic.ts";
import type { Signer } from "./adapters/git-push.ts";
import { openWorkspace } from "./adapters/git-workspace.ts";
import { makeIsolation } from "./adapters/isolation.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { Interruption } from "./interruption.ts";
import { userOfRun } from "./isolation/launch.ts";
import { memoryOf } from "./isolation/watch.ts";
import { doRound } from "./round.ts";
import type { Assignment, World } from "./world.ts";

type Config = ConfigOf<"runner">;

/** Names of the secrets in the environment that are not part of Cody's own configuration. */
const cloudSecrets = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
const ownSecrets = ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"];

async function main(): Promise<ExitCode> {
  const terminated = new AbortController();
  process.on("SIGTERM", () => {
    terminated.abort(new Interruption("terminated", "the machine is going away"));
  });
  const config = readConfig("runner", process.env);
  const secrets = new KnownSecrets([
    ...secretsIn(config),
    ...cloudSecrets.flatMap((name) => process.env[name] ?? []),
  ]);
  const inherited = { PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin", LANG: process.env.LANG };
  // Whatever starts a process by mistake with this environment gives it no key.
  for (const name of ownSecrets) delete process.env[name];

  const assignment = {
    job: config.CODY_JOB,
    run: config.CODY_RUN,
    queueJob: config.AWS_BATCH_JOB_ID,
    attempt: config.AWS_BATCH_JOB_ATTEMPT,
  };
  const log = programLog("runner", config.LOG_LEVEL, secrets).with({
    job: assignment.job,
    run: assignment.run,
  });
  const world = makeWorld(config, assignment, { secrets, log, inherited });
  try {
    return await doRound(world, assignment, terminated.signal);
  } catch (error) {
    log.error("The runner failed", { error });
    return exitCodes.unexpected;
  }
}

interface Means {
  secrets: KnownSecrets;
  log: Log;
  inherited: { PATH: string; LANG?: string };
}

function makeWorld(config: Config, { job, run }: Assignment, { secrets, log, inherited }: Means): World {
  const store = openStore(config.CODY_TABLE);
  const identity = githubIdentity(config);
  const codeHost = makeGitHub({ identity, apiUrl: config.GITHUB_API_URL, log, onToken: secrets.add });
  // GitHub counts what one account or App does, in all of its runs together.
  const account = "token" in identity ? "account" : `app-${identity.appId}`;
  const folder = path.join(config.WORK_DIR, `${job}-${run}`);
  const now = Date.now;
  const user = config.TOOL_ISOLATION === "user" ? userOfRun(config.TOOL_USER, { job, run }) : undefined;
  const isolation = makeIsolation({
    user,
    commands: user !== undefined || config.TOOL_COMMANDS === "always",
    policy: {
      network: config.TOOL_NETWORK,
      hosts: config.TOOL_HOSTS,
      never: [config.GITHUB_API_URL, config.ANTHROPIC_BASE_URL].map((url) => new URL(url).hostname),
    },
    folder,
    inherited,
    memoryBytes: memoryOf({ totalBytes: totalmem(), limitBytes: process.constrainedMemory() }),
    now,
    log,
  });
  return {
    jobs: store.jobs,
    work: store.work(job, run),
    spendLimit: store.spendLimit,
    codeHost,
    model: makeAnthropic({
      apiKey: config.ANTHROPIC_API_KEY,
      baseUrl: config.ANTHROPIC_BASE_URL,
      log,
      now,
    }),
    isolate: isolation.begin,
    async openWorkspace({ repository, codeHost: paced, ...wanted }) {
      const pushed = { ...repository, fullName: wanted.fork?.fullName ?? repository.fullName };
      const signer: Signer = {
        sign: (commit) => paced.signedCommit(repository, commit),
        move: (branch, to) => paced.moveBranch(repository, branch, to),
      };
      const workspace = await openWorkspace({
        ...wanted,
        folder,
        path: inherited.PATH,
        authorization: (access) =>
          codeHost.gitAuthorization(access === "write" ? pushed : repository, access),
        author: () => codeHost.author(repository),
        // GitHub signs what an App makes, and nothing of an account's.
        ...("token" in identity ? {} : { signer }),
      });
      return isolation.guarded(workspace);
    },
    startTools: isolation.startTools,
    denied: isolation.denied,
    takeRoom: () => store.pace.take(account, now()),
    mixesVisibility: config.MIX_PUBLIC_AND_PRIVATE,
    allowed: config.ALLOWED_REPOS,
    redact: redactor(secrets),
    isOwnSecret: detector(secrets),
    now,
    log,
  };
}

/** Says what is wrong with the configuration, in one line and without any value. */
function refuse(error: unknown): ExitCode {
  const log = programLog("runner", "info", []);
  if (error instanceof ConfigError) {
    log.error(error.message, { problems: error.problems });
    return exitCodes.configuration;
  }
  log.error("The runner failed", { error });
  return exitCodes.unexpected;
}

process.once("uncaughtException", (error) => process.exit(refuse(error)));
process.exit(await main().catch(refuse));
