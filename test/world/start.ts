// `npm start`: the local world with its page, and the sample job of a scenario.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const flags = {
  once: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  scenario: { type: "string", default: "upgrade" },
  port: { type: "string", default: "3000" },
  verbose: { type: "boolean", default: false },
  env: { type: "string" },
  claude: { type: "boolean", default: false },
  github: { type: "boolean", default: false },
  slack: { type: "boolean", default: false },
} as const;

const usage = `npm start                       the page, and the sample job
npm start -- --once             only the job; exit code 0 if it ended as expected
npm start -- --once --json      and a report as the last line
npm start -- --scenario NAME    another request; --list names them
npm start -- --port 4000        another port for the page
npm start -- --verbose          what the programs log
npm start -- --claude           with the real Claude (ANTHROPIC_API_KEY); no job starts by itself
npm start -- --github           with the real GitHub (GITHUB_TOKEN or an App, ALLOWED_REPOS)
npm start -- --slack            with the real Slack (SLACK_BOT_TOKEN, SLACK_APP_TOKEN)
npm start -- --env FILE         writes how programs outside find this world, for npm run doctor -- --env FILE
`;

/** Node 24 is what the programs run on; npm scripts bring it on Linux, elsewhere it has to be there. */
function checkNode(): string | undefined {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) return undefined;
  return `Cody needs Node 24, and this is ${process.versions.node}. On Linux \`npm install\` brings it for npm scripts; elsewhere install Node 24 and try again.`;
}

/** Repositories are made, cloned and pushed to with the machine's git. Without one a job would only seem to hang. */
function checkGit(): string | undefined {
  const told = spawnSync("git", ["--version"], { encoding: "utf8" }).stdout ?? "";
  const [version, major = "0", minor = "0"] = /(\d+)\.(\d+)[.\d]*/.exec(told) ?? [];
  if (Number(major) > 2 || (major === "2" && Number(minor) >= 38)) return undefined;
  const found = version === undefined ? "there is none on the PATH" : `this is ${version}`;
  return `Cody needs git 2.38 or newer, and ${found}. Install it and try again.`;
}

function readFlags() {
  try {
    return parseArgs({ options: flags }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const wrongNode = checkNode();
const wrongGit = checkGit();
const options = readFlags();
const ends =
  typeof options === "string" ? [] : (["claude", "github", "slack"] as const).filter((end) => options[end]);
if (wrongNode) fail(wrongNode);
else if (typeof options === "string") fail(`${options}\n\n${usage}`);
else if (options.help) process.stdout.write(usage);
else if (!/^\d{1,5}$/.test(options.port)) fail(`--port takes a number, not ${options.port}.`);
else if (ends.length > 0 && (options.once || options.json))
  fail(`--once plays a scenario. With --${ends[0]} nothing starts by itself: leave --once out.`);
else if (wrongGit && !options.list) fail(wrongGit);
else {
  // Loaded only now: on an older Node these modules do not even parse, and the sentence above would never be read.
  const [{ play }, { live }] = await Promise.all([import("./play.ts"), import("./live.ts")]);
  const { verbose, env: file } = options;
  const port = Number(options.port);
  process.exitCode =
    ends.length > 0
      ? await live({ ends, env: process.env, port, verbose, file })
      : await play({ ...options, port });
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
