// The stage that is deployed: whose account it is in, its secrets, and what its deployment put out.
import * as z from "zod";
import { type SecretVariable, secretName, variablesFrom } from "../infra/variables.ts";
import { CommandFailed, type Outside, Stopped } from "./outside.ts";

export type Secrets = Partial<Record<SecretVariable, string>>;

const identitySchema = z.object({ Account: z.string(), Arn: z.string() });

/** Shows whose account it is before anything is made there, and asks. `isSure`: nobody has to be asked. */
export async function confirmAccount(
  outside: Outside,
  { question, answer, isSure }: { question: string; answer: string; isSure: boolean },
): Promise<void> {
  const { env, say, ask } = outside;
  const told = await outside.run({
    program: "aws",
    args: ["sts", "get-caller-identity", "--output", "json"],
  });
  const { Account: account, Arn: arn } = identitySchema.parse(JSON.parse(told));
  say(`AWS account ${account}, as ${arn}`);
  say(`AWS_PROFILE ${env.AWS_PROFILE ?? "is not set"}; region ${await regionOf(outside)}`);
  if (isSure) return;
  const given = await ask(`${question} `);
  if (given === undefined)
    throw new Stopped("Nobody is there to say yes.", "Add --yes where it runs by itself.");
  if (given.trim() !== answer) throw new Stopped("You did not agree.", "Nothing was made or removed.");
}

async function regionOf({ env, run }: Outside): Promise<string> {
  const set = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (set) return set;
  // It ends with an error where none is set.
  const told = await run({ program: "aws", args: ["configure", "get", "region"] }).catch(ignoreFailure);
  if (told.trim()) return told.trim();
  throw new Stopped("No region is set.", "Set AWS_REGION to the region that Cody should live in.");
}

/** The secrets that SST keeps for the stage. */
export async function readSecrets({ run }: Outside, stage: string): Promise<Secrets> {
  const list = { program: "sst", args: ["secret", "list", "--stage", stage], isPrivate: true };
  const told = await run(list).catch((error: unknown) => {
    if (error instanceof CommandFailed && /no secrets/i.test(error.said)) return "";
    throw error;
  });
  const byName = secretsIn(told);
  return Object.fromEntries(
    variablesFrom("secret").flatMap((variable) => {
      const value = byName.get(secretName(variable));
      return value ? [[variable, value]] : [];
    }),
  );
}

/** `Name=value` by line; a key of several lines goes on in the lines below. */
function secretsIn(told: string): Map<string, string> {
  const found = new Map<string, string>();
  let last: string | undefined;
  for (const line of told.split("\n")) {
    const [, name, value = ""] = /^([A-Z][A-Za-z0-9]*)=(.*)$/.exec(line) ?? [];
    if (name) {
      found.set(name, value);
      last = name;
    } else if (last && !line.startsWith("#")) found.set(last, `${found.get(last)}\n${line}`);
  }
  return new Map([...found].map(([name, value]) => [name, value.trim()]));
}

/** How a person sets a secret: SST asks for the value, so that no shell keeps it. */
export function howToSet(variable: SecretVariable, stage: string): string {
  return `npm run sst -- secret set ${secretName(variable)} --stage ${stage}`;
}

/** Hands a secret to SST, not by its arguments: those can be read by everybody on the machine. */
export async function setSecret({ run }: Outside, stage: string, variable: SecretVariable, value: string) {
  await run({
    program: "sst",
    args: ["secret", "set", secretName(variable), "--stage", stage],
    input: value,
  });
}

const outputsSchema = z.object({
  /** Where Slack sends everything. */
  requestUrl: z.url(),
  /** The repository of the runner's images, without a tag. */
  images: z.string(),
  /** What programs outside find this deployment by: no secret, but where each is kept. */
  environment: z.record(z.string(), z.string()),
});

export interface Outputs extends z.infer<typeof outputsSchema> {
  /** Of Cody, without a path. */
  address: string;
}

/** What SST wrote down after the last deployment. */
export async function readOutputs({ read }: Outside): Promise<Outputs> {
  const text = await read(".sst/outputs.json");
  const parsed = outputsSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (parsed.success) return { ...parsed.data, address: new URL(parsed.data.requestUrl).origin };
  throw new Stopped(
    "SST did not say what it made: .sst/outputs.json is missing, or is of another version of Cody.",
    "Run `sst deploy` by itself and look at what it says.",
  );
}

function ignoreFailure(error: unknown): string {
  if (error instanceof CommandFailed) return "";
  throw error;
}
