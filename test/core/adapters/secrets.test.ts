// References in the environment become secrets: by AWS's own protocol, against a Parameter Store as strict as AWS's.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { secretReference, withSecrets } from "@cody/core/adapters/secrets.ts";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";

interface Request {
  Names: string[];
  WithDecryption?: boolean;
}

/** Parameters by name, each with its versions from the first on. */
const parameters: Record<string, string[]> = {
  "/cody/dev/SLACK_BOT_TOKEN": ["xoxb-old", "xoxb-new"],
  "/cody/dev/LINK_KEY": ["key"],
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`/cody/dev/MORE_${index}`, [`more-${index}`]]),
  ),
};

let requests: Request[];
let failures: number;

beforeEach(async () => {
  requests = [];
  failures = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    };
    if (request.headers["x-amz-target"] !== "AmazonSSM.GetParameters")
      return answer(400, { __type: "UnknownOperationException" });
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 "))
      return answer(400, { __type: "MissingAuthenticationTokenException" });
    if (failures-- > 0) return answer(400, { __type: "ThrottlingException", message: "Rate exceeded" });
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as Request;
    requests.push(asked);
    const { Names } = asked;
    if (Names.length === 0 || Names.length > 10 || new Set(Names).size < Names.length)
      return answer(400, { __type: "ValidationException", message: "1 validation error detected" });
    return answer(200, parametersOf(asked));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "key");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Names may end in a version. What is not there comes back in a list of its own. */
function parametersOf({ Names, WithDecryption }: Request) {
  const found = Names.map((selector) => {
    const [name = "", version] = selector.split(":");
    const versions = parameters[name] ?? [];
    const number = version === undefined ? versions.length : Number(version);
    const value = versions[number - 1];
    return { selector, name, number, version, value: WithDecryption ? value : value && "encrypted" };
  });
  return {
    Parameters: found
      .filter(({ value }) => value !== undefined)
      .map(({ name, number, version, value }) => ({
        Name: name,
        Type: "SecureString",
        Value: value,
        Version: number,
        ...(version === undefined ? {} : { Selector: `:${version}` }),
      })),
    InvalidParameters: found.filter(({ value }) => value === undefined).map(({ selector }) => selector),
  };
}

test("references become the secrets of the version that they name; the rest stays as it is", async () => {
  const env = {
    SLACK_BOT_TOKEN: secretReference("/cody/dev/SLACK_BOT_TOKEN", 1),
    LINK_KEY: "ssm:/cody/dev/LINK_KEY:1",
    CODY_TABLE: "cody",
    EMPTY: undefined,
  };
  expect(await withSecrets(env)).toEqual({
    SLACK_BOT_TOKEN: "xoxb-old",
    LINK_KEY: "key",
    CODY_TABLE: "cody",
    EMPTY: undefined,
  });
  expect(requests).toHaveLength(1);
});

test("without a reference nothing is asked", async () => {
  const env = { CODY_TABLE: "cody", SLACK_BOT_TOKEN: "xoxb-plain", URL: "https://ssm.example:1" };
  expect(await withSecrets(env)).toBe(env);
  expect(requests).toEqual([]);
});

test("more secrets than one question may name are asked in several, and none twice", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `MORE_${index}`);
  const env = Object.fromEntries(names.map((name) => [name, secretReference(`/cody/dev/${name}`, 1)]));
  const twice = { ...env, AGAIN: secretReference("/cody/dev/MORE_0", 1) };
  expect(await withSecrets(twice)).toMatchObject({ MORE_0: "more-0", MORE_11: "more-11", AGAIN: "more-0" });
  expect(requests.map(({ Names }) => Names.length)).toEqual([10, 2]);
});

test("what is not there is named with its variable, without any value", async () => {
  const env = {
    SLACK_BOT_TOKEN: secretReference("/cody/dev/SLACK_BOT_TOKEN", 2),
    LINK_KEY: secretReference("/cody/dev/LINK_KEY", 7),
    GITHUB_TOKEN: secretReference("/cody/dev/GITHUB_TOKEN", 1),
  };
  await expect(withSecrets(env)).rejects.toThrow(
    "The Parameter Store does not have the secrets of LINK_KEY (/cody/dev/LINK_KEY:7), " +
      "GITHUB_TOKEN (/cody/dev/GITHUB_TOKEN:1). Set them and deploy again.",
  );
});

test("a moment of too many questions is waited for", async () => {
  failures = 1;
  const env = { LINK_KEY: secretReference("/cody/dev/LINK_KEY", 1) };
  expect(await withSecrets(env)).toEqual({ LINK_KEY: "key" });
});
