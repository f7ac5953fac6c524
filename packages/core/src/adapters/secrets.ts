// Secrets that the environment only names: read from the Parameter Store before the configuration is.
type Environment = Record<string, string | undefined>;

/** A value that names a parameter and its version: `ssm:/cody/production/SLACK_BOT_TOKEN:3`. */
const reference = /^ssm:(?<name>\/[\w./-]+):(?<version>\d+)$/;

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
  // Most programs that run elsewhere than on Lambda have no reference, and never load the client.
  const { readParameters } = await import("./parameter-store.ts");
  const values = await readParameters([...new Set(wanted.map(({ selector }) => selector))]);
  const missing = wanted.filter(({ selector }) => !values.has(selector));
  if (missing.length > 0) throw new Error(sentenceOf(missing));
  return {
    ...env,
    ...Object.fromEntries(wanted.map(({ variable, selector }) => [variable, values.get(selector)])),
  };
}

function sentenceOf(missing: { variable: string; selector: string }[]): string {
  const each = missing.map(({ variable, selector }) => `${variable} (${selector})`).join(", ");
  return `The Parameter Store does not have the secrets of ${each}. Set them and deploy again.`;
}
