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
  // First: without one, the AWS CLI says nothing of the account.
  const region = await regionOf(outside);
  const who = { program: "aws", args: ["sts", "get-caller-identity", "--output", "json"] };
  const told = await outside.run(who).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Stopped(
      error.message,
      "Sign in to AWS, such as with `aws sso login`, and set AWS_PROFILE to a profile of the right account.",
    );
  });
  const { Account: account, Arn: arn } = identitySchema.parse(JSON.parse(told));
  say(`AWS account ${account}, as ${arn}`);
  say(`AWS_PROFILE ${env.AWS_PROFILE ?? "is not set"}; region ${region}`);
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

/** The secrets that SST keeps for the stage; where one is missing, the one that it keeps for all stages. */
export async function readSecrets(outside: Outside, stage: string): Promise<Secrets> {
  const { own, shared } = await listSecrets(outside, stage);
  return Object.fromEntries(
    variablesFrom("secret").flatMap((variable) => {
      const name = secretName(variable);
      const value = own.get(name) ?? shared.get(name);
      return value ? [[variable, value]] : [];
    }),
  );
}

/** Whatever SST keeps, by its names: `own` of the stage, and `shared` by all stages. */
export async function secretNames(
  outside: Outside,
  stage: string,
): Promise<{ own: string[]; shared: string[] }> {
  const { own, shared } = await listSecrets(outside, stage);
  return { own: [...own.keys()], shared: [...shared.keys()] };
}

async function listSecrets({ run }: Outside, stage: string) {
  const list = { program: "sst", args: ["secret", "list", "--stage", stage], isPrivate: true };
  const told = await run(list).catch((error: unknown) => {
    if (error instanceof CommandFailed && /no secrets/i.test(error.said)) return "";
    throw error;
  });
  const [own = "", shared = ""] = ["# [^\\n]*/[^\\n]*", "# fallback"].map(
    (heading) => new RegExp(`^${heading}$([\\s\\S]*?)(?=^# |(?![\\s\\S]))`, "m").exec(told)?.[1],
  );
  return { own: secretsIn(own), shared: secretsIn(shared) };
}

/** `Name=value` by line; a key of several lines goes on in the lines below, whatever those look like. */
function secretsIn(told: string): Map<string, string> {
  const found = new Map<string, string>();
  let last: string | undefined;
  for (const line of told.split("\n")) {
    const value = last && found.get(last);
    // The end of a key in base64 can look like the name of a secret: `QkJ2Zw==`.
    const isInKey = value?.includes("-----BEGIN ") && !value.includes("-----END ");
    const [, name, begins = ""] = isInKey ? [] : (/^([A-Z]\w*)=(.*)$/.exec(line) ?? []);
    if (name) {
      found.set(name, begins);
      last = name;
    } else if (last) found.set(last, `${value}\n${line}`);
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
