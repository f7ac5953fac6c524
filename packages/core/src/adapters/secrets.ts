// Secrets that the environment only names: read from the Parameter Store before the configuration is.
import type { SSMClient } from "@aws-sdk/client-ssm";

type Environment = Record<string, string | undefined>;

/** A value that names a parameter and its version: `ssm:/cody/production/SLACK_BOT_TOKEN:3`. */
const reference = /^ssm:(?<name>\/[\w./-]+):(?<version>\d+)$/;

/** GetParameters takes at most this many names. */
const maxNames = 10;

/** Slack waits three seconds for an answer, and the first one has this in front of it. */
const patience = { maxAttempts: 3, requestTimeoutMs: 1_000 };

/** What a function that runs on Lambda is configured with instead of a secret: it says where the secret is. */
export function secretReference(parameter: string, version: number): string {
  return `ssm:${parameter}:${version}`;
}

/**
 * The environment with every reference replaced by the secret that it names; the same one where there is none, without
 * loading anything. The endpoint, the region and the credentials come from the AWS client's own settings. Throws a
 * sentence that names the variables whose secret is not there; no value is ever part of it.
 */
export async function withSecrets<E extends Environment>(env: E): Promise<E> {
  const wanted = Object.entries(env).flatMap(([variable, value]) => {
    const { name, version } = reference.exec(value ?? "")?.groups ?? {};
    return name && version ? [{ variable, selector: `${name}:${version}` }] : [];
  });
  if (wanted.length === 0) return env;
  const { SSMClient } = await import("@aws-sdk/client-ssm");
  const { maxAttempts, requestTimeoutMs } = patience;
  const requestHandler = { requestTimeout: requestTimeoutMs, connectionTimeout: requestTimeoutMs };
  const client = new SSMClient({ maxAttempts, requestHandler });
  try {
    const values = await read(client, [...new Set(wanted.map(({ selector }) => selector))]);
    const missing = wanted.filter(({ selector }) => !values.has(selector));
    if (missing.length > 0) throw new Error(sentenceOf(missing));
    return {
      ...env,
      ...Object.fromEntries(wanted.map(({ variable, selector }) => [variable, values.get(selector)])),
    };
  } finally {
    client.destroy();
  }
}

/** Values by selector (`name:version`), without those that are not there. */
async function read(client: SSMClient, selectors: string[]): Promise<Map<string, string>> {
  const { GetParametersCommand } = await import("@aws-sdk/client-ssm");
  const values = new Map<string, string>();
  for (let from = 0; from < selectors.length; from += maxNames) {
    const { Parameters = [] } = await client.send(
      new GetParametersCommand({ Names: selectors.slice(from, from + maxNames), WithDecryption: true }),
    );
    for (const { Name, Version, Value } of Parameters)
      if (Name && Version && Value) values.set(`${Name}:${Version}`, Value);
  }
  return values;
}

function sentenceOf(missing: { variable: string; selector: string }[]): string {
  const each = missing.map(({ variable, selector }) => `${variable} (${selector})`).join(", ");
  return `The Parameter Store does not have the secrets of ${each}. Set them and deploy again.`;
}
