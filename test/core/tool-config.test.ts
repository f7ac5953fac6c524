// How the runner's tools are configured: isolated where nothing is said, and no value that would undo it by a slip.
import { ConfigError, readConfig } from "@cody/core/config.ts";
import { describe, expect, test } from "vitest";

const right: Record<string, string> = {
  CODY_TABLE: "cody",
  GITHUB_TOKEN: "github-token",
  ANTHROPIC_API_KEY: "anthropic-key",
  CODY_JOB: "abcdefgh23",
  CODY_RUN: "1",
  AWS_BATCH_JOB_ID: "batch-1",
  AWS_BATCH_JOB_ATTEMPT: "1",
};

test("without a word the tools are isolated, and reach registries alone", () => {
  expect(readConfig("runner", right)).toMatchObject({
    TOOL_ISOLATION: "user",
    TOOL_USER: { first: 20_001, last: 20_001, group: 20_001 },
    TOOL_COMMANDS: "isolated",
    TOOL_NETWORK: "registries",
    TOOL_HOSTS: [],
  });
});

test("users can be a range, and hosts a list", () => {
  const { TOOL_USER, TOOL_HOSTS } = readConfig("runner", {
    ...right,
    TOOL_USER: "20001-60000:30000",
    TOOL_HOSTS: "npm.example.com, *.example.org",
  });
  expect(TOOL_USER).toEqual({ first: 20_001, last: 60_000, group: 30_000 });
  expect(TOOL_HOSTS).toEqual(["npm.example.com", "*.example.org"]);
});

describe("refused", () => {
  test.each([
    ["TOOL_ISOLATION", "zqxj"],
    ["TOOL_COMMANDS", "true"],
    ["TOOL_NETWORK", "on"],
    ["TOOL_USER", "0:0"],
    ["TOOL_USER", "1000:1000"],
    ["TOOL_USER", "20001:0"],
    ["TOOL_USER", "20001"],
    ["TOOL_USER", "nobody:nogroup"],
    ["TOOL_USER", "20001-20000:20001"],
    ["TOOL_USER", "-1:20001"],
    ["TOOL_USER", "9999999999:20001"],
    ["TOOL_HOSTS", "*"],
    ["TOOL_HOSTS", "10.0.0.1"],
    ["TOOL_HOSTS", "https://npm.example.com"],
    ["TOOL_HOSTS", "npm.example.com, api.anthropic.com"],
    ["TOOL_HOSTS", "*.github.com"],
    ["TOOL_HOSTS", "hooks.slack.com"],
  ])("%s is not %s, and the sentence says why", (name, value) => {
    expect(() => readConfig("runner", { ...right, [name]: value })).toThrow(ConfigError);
    try {
      readConfig("runner", { ...right, [name]: value });
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([
        expect.stringMatching(new RegExp(`^${name} .+ \\(.+\\)$`)),
      ]);
      expect((error as ConfigError).message).not.toContain("undefined");
    }
  });
});
