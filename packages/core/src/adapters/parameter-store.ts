// Parameters of the AWS Parameter Store, by name and version.
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

/** GetParameters takes at most this many names. */
const maxNames = 10;

/** Slack waits three seconds for an answer, and the first one has this in front of it. */
const patience = { maxAttempts: 3, requestTimeoutMs: 1_000 };

/**
 * Decrypted values by selector (`name:version`), without those that are not there. The endpoint, the region and the
 * credentials come from the AWS client's own settings.
 */
export async function readParameters(selectors: readonly string[]): Promise<Map<string, string>> {
  const { maxAttempts, requestTimeoutMs } = patience;
  const requestHandler = { requestTimeout: requestTimeoutMs, connectionTimeout: requestTimeoutMs };
  const client = new SSMClient({ maxAttempts, requestHandler });
  const values = new Map<string, string>();
  try {
    for (let from = 0; from < selectors.length; from += maxNames) {
      const { Parameters = [] } = await client.send(
        new GetParametersCommand({ Names: selectors.slice(from, from + maxNames), WithDecryption: true }),
      );
      for (const { Name, Version, Value } of Parameters)
        if (Name && Version && Value) values.set(`${Name}:${Version}`, Value);
    }
    return values;
  } finally {
    client.destroy();
  }
}
