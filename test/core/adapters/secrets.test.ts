// References in the environment become secrets: by AWS's own protocol, against a Parameter Store as strict as AWS's.
import { secretReference, withSecrets } from "@cody/core/adapters/secrets.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ParameterStore, startParameterStore } from "../../world/aws/parameter-store.ts";

/** Parameters by name, each with its versions from the first on. */
const parameters: Record<string, string[]> = {
  "/cody/dev/SLACK_BOT_TOKEN": ["xoxb-old", "xoxb-new"],
  "/cody/dev/LINK_KEY": ["key"],
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`/cody/dev/MORE_${index}`, [`more-${index}`]]),
  ),
};

let store: ParameterStore;

beforeEach(async () => {
  store = await startParameterStore(parameters);
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", store.endpoint);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "key");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

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
  expect(store.asked).toHaveLength(1);
});

test("without a reference nothing is asked", async () => {
  const env = { CODY_TABLE: "cody", SLACK_BOT_TOKEN: "xoxb-plain", URL: "https://ssm.example:1" };
  expect(await withSecrets(env)).toBe(env);
  expect(store.asked).toEqual([]);
});

test("more secrets than one question may name are asked in several, and none twice", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `MORE_${index}`);
  const env = Object.fromEntries(names.map((name) => [name, secretReference(`/cody/dev/${name}`, 1)]));
  const twice = { ...env, AGAIN: secretReference("/cody/dev/MORE_0", 1) };
  expect(await withSecrets(twice)).toMatchObject({ MORE_0: "more-0", MORE_11: "more-11", AGAIN: "more-0" });
  expect(store.asked.map(({ Names }) => Names.length)).toEqual([10, 2]);
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
  store.throttle(1);
  const env = { LINK_KEY: secretReference("/cody/dev/LINK_KEY", 1) };
  expect(await withSecrets(env)).toEqual({ LINK_KEY: "key" });
});
