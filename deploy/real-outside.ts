// The outside of a deployment as it is: processes, the terminal, Slack's API, and files of the project.
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { LogLevel, WebAPIPlatformError, WebClient } from "@slack/web-api";
import { readHealth } from "../packages/bot/src/adapters/health-page.ts";
import { type Command, CommandFailed, type Outside, type SlackApps, Stopped } from "./outside.ts";

export const project = path.join(import.meta.dirname, "..");

/** Of what a command printed, the end that says why it failed. */
const maxSaidLines = 15;

/** `env`: the environment of the process, with what .env adds to it. `folder`: where commands run and files are. */
export function realOutside(env: NodeJS.ProcessEnv, folder: string = project): Outside {
  // The first version of the AWS CLI knows the region by this name only.
  const searched = { AWS_DEFAULT_REGION: env.AWS_REGION, ...withSst(env) };
  const slackApiUrl = env.SLACK_API_URL;
  return {
    env,
    run: (command) => run(command, searched, folder),
    say: (line) => void process.stdout.write(`${line}\n`),
    ask,
    slackApps: env.SLACK_CONFIG_TOKEN ? slackAppsOf(env.SLACK_CONFIG_TOKEN, slackApiUrl) : undefined,
    appOf: (token) => appOf(token, slackApiUrl),
    health: readHealth,
    read: (file) => readFile(path.join(folder, file), "utf8").catch(absent),
    async write(file, text) {
      const whole = path.join(folder, file);
      await mkdir(path.dirname(whole), { recursive: true });
      await writeFile(whole, text, { mode: 0o600 });
    },
    sleep: async (ms) => void (await sleep(ms)),
  };
}

/**
 * SST is installed apart from the project, for it is large; where it is not, the one of the machine will do. It tells its
 * makers what is deployed only where somebody wants that (`SST_TELEMETRY_DISABLED` set to nothing).
 */
export function withSst(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const platform = `sst-${process.platform}-${process.arch}`;
  const own = path.join(project, "infra/sst/node_modules", platform, "bin");
  return { SST_TELEMETRY_DISABLED: "1", ...env, PATH: `${own}${path.delimiter}${env.PATH ?? ""}` };
}

function run(command: Command, env: NodeJS.ProcessEnv, folder: string): Promise<string> {
  const { program, args, input, isShown = false } = command;
  return new Promise((resolve, reject) => {
    const output = isShown ? "inherit" : "pipe";
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env, ...command.env },
      stdio: [input === undefined && isShown ? "inherit" : "pipe", output, output],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // A command that ends without reading is told by how it ends.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.on("error", (error) => reject(new CommandFailed(command, "did not start", error.message)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(stdout);
      const said = (stderr.trim() || stdout.trim()).split("\n").slice(-maxSaidLines).join("\n");
      reject(new CommandFailed(command, `ended with ${signal ?? `exit code ${code}`}`, said));
    });
  });
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}

function slackAppsOf(token: string, slackApiUrl: string | undefined): SlackApps {
  const { manifest } = slackClient(token, slackApiUrl).apps;
  return {
    async create(wanted) {
      const made = await told(manifest.create({ manifest: wanted as never }));
      return { id: made.app_id ?? "", signingSecret: made.credentials?.signing_secret ?? "" };
    },
    manifest: async (app) => (await told(manifest.export({ app_id: app }))).manifest ?? {},
    async update(app, wanted) {
      const done = await told(manifest.update({ app_id: app, manifest: wanted as never }));
      return done.permissions_updated === true;
    },
  };
}

async function appOf(token: string, slackApiUrl: string | undefined): Promise<string> {
  const client = slackClient(token, slackApiUrl);
  const { bot_id: bot = "" } = await told(client.auth.test());
  return (await told(client.bots.info({ bot }))).bot?.app_id ?? "";
}

function slackClient(token: string, slackApiUrl: string | undefined): WebClient {
  return new WebClient(token, { slackApiUrl, retryConfig: { retries: 1 }, logLevel: LogLevel.ERROR });
}

interface Fault {
  message?: string;
  /** A place in the manifest, such as `/settings/interactivity`. */
  pointer?: string;
}

/** Slack says with `invalid_manifest` what is wrong with it, and where. */
async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof WebAPIPlatformError)) throw error;
    const { error: code, errors = [] } = error.data as { error: string; errors?: Fault[] };
    const details = errors
      .map(({ message, pointer }) => [message, pointer].filter(Boolean).join(" at "))
      .join("; ");
    throw new Stopped(
      `Slack refused: ${[code, details].filter(Boolean).join(": ")}.`,
      "A configuration token is good for twelve hours; a new one is made at api.slack.com/apps.",
    );
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
