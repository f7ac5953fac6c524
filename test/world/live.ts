// Keeps a world up in which some far ends are real: nothing starts by itself there, for it costs money and changes things.
import { once } from "node:events";
import { canIsolate } from "./deployment.ts";
import { writeEnvironment } from "./environment-file.ts";
import { missingFor, type RealEnd, settingsFor, troubleWith, whatIsReal } from "./real.ts";
import { scriptOf } from "./scenario.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { buildPage } from "./slack-page/bundle.ts";
import { startBridge } from "./socket-bridge.ts";
import { startWorld, type World, type WorldOptions, whyNotStarted } from "./world.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface LiveOptions extends Pick<WorldOptions, "port" | "assets" | "log"> {
  ends: readonly RealEnd[];
  env: Environment;
  say: (line: string) => void;
}

/** The world; or nothing where something is missing or wrong, which has been said then. */
export async function openLive(options: LiveOptions): Promise<World | undefined> {
  const { ends, env, say, ...rest } = options;
  const missing = missingFor(ends, env);
  for (const sentence of missing) say(sentence);
  if (missing.length > 0) return undefined;
  const settings = settingsFor(ends, env);
  const trouble = await troubleWith(ends, settings);
  for (const { name, words, remedy } of trouble) say(`${name}: ${words}. ${remedy}`);
  if (trouble.length > 0) return undefined;
  const isLinkable = ends.every((end) => end === "claude");
  const world = await startWorld({
    ...rest,
    script: scriptOf(upgrade),
    settings,
    // The world's people and accounts are not those of a real end.
    ...(isLinkable ? {} : { linked: {} }),
  });
  try {
    const bridge = ends.includes("slack") ? await bridgeTo(world, options) : undefined;
    const close = async () => {
      await bridge?.close();
      await world.close();
    };
    return { ...world, close };
  } catch (error) {
    await world.close();
    throw error;
  }
}

function bridgeTo(world: World, { env, say }: LiveOptions) {
  return startBridge({
    appToken: env.SLACK_APP_TOKEN ?? "",
    slackApiUrl: env.SLACK_API_URL || undefined,
    signingSecret: world.secrets.signingSecret,
    requestUrl: world.requestUrl,
    onTrouble: (sentence) => say(`Slack sent something that could not be handed over. ${sentence}`),
  });
}

interface Command {
  ends: readonly RealEnd[];
  env: Environment;
  port: number;
  verbose: boolean;
  /** Where the world's environment is written; nowhere if left out. */
  file?: string;
}

/** Until somebody presses Ctrl-C. Returns the exit code. */
export async function live({ ends, env, port, verbose, file }: Command): Promise<number> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const log = (program: string, line: string) => void process.stderr.write(`${program}: ${line}\n`);
  const assets = ends.includes("slack") ? undefined : await buildPage();
  const opening = openLive({
    ends,
    env,
    say,
    port: assets ? port : 0,
    assets,
    log: verbose ? log : undefined,
  });
  const world = await opening.catch((error: unknown) => say(whyNotStarted(error, port)));
  if (!world) return 1;
  try {
    if (file) await writeEnvironment(file, world.environment);
    say(whatIsReal(ends));
    if (ends.includes("claude")) {
      say("Every job costs what Claude charges; each has a budget, which the form shows.");
      if (!canIsolate())
        say("Commands are off: the tools cannot have a user of their own here, which takes root on Linux.");
    }
    if (ends.includes("github")) say("What Cody delivers are real branches and pull requests.");
    say(
      ends.includes("slack")
        ? "Type /cody in your workspace. Ctrl-C ends it."
        : `Type /cody in #engineering at ${world.slack.url}. Ctrl-C ends it.`,
    );
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    return 0;
  } finally {
    await world.close();
  }
}
