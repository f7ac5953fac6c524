// `npm run doctor`: says in plain words what of a deployment is right and what is missing; changes nothing.
import { readFile } from "node:fs/promises";
import { parseArgs, parseEnv } from "node:util";
import { withSecrets } from "@cody/core/adapters/secrets.ts";
import { programs, secretsIn } from "@cody/core/config.ts";
import { redactor } from "@cody/core/redact.ts";
import { doctorMeans } from "./adapters/doctor-means.ts";
import { examine } from "./doctor/examine.ts";
import type { Environment } from "./doctor/means.ts";
import { reasonOf, remedyFor } from "./doctor/reason.ts";
import { isWell, reportOf } from "./doctor/report.ts";

const usage = `npm run doctor                    looks at what the environment and .env name
npm run doctor -- --env FILE      looks at what FILE names, and at nothing else
npm run doctor -- --undeployed    before there is anything on AWS
npm run doctor -- --json          the same for a script

Exit code 0: nothing is wrong. 1: something is. 2: it could not begin.
`;

const options = {
  env: { type: "string" },
  undeployed: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args);
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  await readEnvironment(values.env);
  const env = await readSecrets(process.env);
  const hide = redactor(secretsOf(env));
  const found = await examine(doctorMeans(env, !values.undeployed));
  const findings = found.map(({ words, remedy, ...rest }) => ({
    ...rest,
    words: hide(words),
    ...(remedy === undefined ? {} : { remedy: hide(remedy) }),
  }));
  const ok = isWell(findings);
  process.stdout.write(values.json ? `${JSON.stringify({ ok, findings })}\n` : reportOf(findings));
  return ok ? 0 : 1;
}

/** Throws a sentence and what would be right. */
function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Error(`${reasonOf(error)}\n\n${usage}`);
  }
}

/** Of a deployment's own file most secrets are elsewhere, and nothing can be looked at without them. */
async function readSecrets(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  return withSecrets(env).catch((error: Error) => {
    // What is not there is named with what to do.
    if (error.name === "Error" && !("code" in error)) throw error;
    const says = `The secrets that the environment names could not be read: ${reasonOf(error)}`;
    throw new Error(`${says}\n${remedyFor(error)}`, { cause: error });
  });
}

/**
 * A file that is named is the whole configuration: what the environment or .env say of another one must not be mixed in.
 * Otherwise .env stands behind the environment, as it does for everything else that reads it.
 */
async function readEnvironment(file: string | undefined): Promise<void> {
  if (file === undefined) {
    const read = await readFile(".env", "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    for (const [name, value] of Object.entries(parseEnv(read))) process.env[name] ??= value;
    return;
  }
  const read = await readFile(file, "utf8").catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  for (const name of Object.values(programs).flat()) delete process.env[name];
  Object.assign(process.env, parseEnv(read));
}

/** Whatever of the environment must not be shown, as it stands there. */
function secretsOf(env: Environment): string[] {
  const {
    LINK_KEY = "",
    SLACK_SIGNING_SECRET = "",
    GITHUB_WEBHOOK_SECRET = "",
    GITHUB_APP_PRIVATE_KEY: key,
    SLACK_CONFIG_TOKEN,
    AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN,
  } = env;
  const plain = { ...env, GITHUB_APP_PRIVATE_KEY: key?.replaceAll("\\n", "\n") };
  const each = [
    ...LINK_KEY.split(/[\s,]+/),
    ...[SLACK_SIGNING_SECRET, GITHUB_WEBHOOK_SECRET].flatMap((list) => list.split(",")),
  ];
  const own = [SLACK_CONFIG_TOKEN, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN].flatMap((value) => value ?? []);
  return [
    ...secretsIn(plain as Parameters<typeof secretsIn>[0]),
    ...each.map((value) => value.trim()).filter(Boolean),
    ...own,
  ];
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
