// The configuration: everything missing or wrong is named at once, no value is shown, no program reads more than its own.
import { generateKeyPairSync } from "node:crypto";
import {
  accessRule,
  configProblems,
  githubIdentity,
  linkSettings,
  type Program,
  programs,
  readConfig,
  secretsIn,
} from "@cody/core/config.ts";
import { redactor } from "@cody/core/redact.ts";
import { describe, expect, test } from "vitest";

const right: Record<string, string> = {
  CODY_TABLE: "cody",
  SLACK_BOT_TOKEN: "xoxb-1-2-abc",
  SLACK_SIGNING_SECRET: "signing-secret",
  GITHUB_TOKEN: "github-token",
  ALLOWED_REPOS: "acme/*",
  BATCH_QUEUE: "runs",
  BATCH_JOB_DEFINITION: "runner:3",
  ANTHROPIC_API_KEY: "anthropic-key",
  CODY_JOB: "abcdefgh23",
  CODY_RUN: "1",
  AWS_BATCH_JOB_ID: "batch-1",
  AWS_BATCH_JOB_ATTEMPT: "1",
};
const all = Object.keys(programs) as Program[];

describe("what is wrong", () => {
  test.each(all)("of %s is named at once, with what it is for", (program) => {
    const problems = configProblems(program, {});
    for (const problem of problems) expect(problem).toMatch(/^[A-Z_]+ is missing \(the .*\)$/);
    const missing = problems.map((problem) => problem.split(" ")[0]).sort();
    const needed = programs[program].filter((name) => name in right && name !== "ALLOWED_REPOS");
    expect(missing).toEqual(needed.toSorted());
  });

  test("reads as one sentence", () => {
    expect(() => readConfig("board", { SLACK_BOT_TOKEN: "abc" })).toThrow(
      "Cody's board cannot start: CODY_TABLE is missing (the name of the DynamoDB table); " +
        "SLACK_BOT_TOKEN must begin with xoxb- (the bot token of the Slack app).",
    );
  });

  test("counts an empty variable as missing", () => {
    expect(configProblems("board", { ...right, CODY_TABLE: "" })).toEqual([
      "CODY_TABLE is missing (the name of the DynamoDB table)",
    ]);
  });

  test.each([
    { name: "LOG_LEVEL", value: "zqxj-loud" },
    { name: "SLACK_BOT_TOKEN", value: "zqxj-xoxp" },
    { name: "SLACK_API_URL", value: "zqxj:slack" },
    { name: "GITHUB_API_URL", value: "ftp://zqxj.example" },
    { name: "ALLOWED_REPOS", value: "acme/*, zqxj" },
    { name: "ALLOWED_REPOS", value: "*" },
    { name: "BATCH_JOB_DEFINITIONS", value: "acme/zqxj" },
    { name: "BATCH_JOB_DEFINITIONS", value: "acme/shop=zqxj, zqxj=runner" },
    { name: "MAX_RUNS", value: "zqxj" },
    { name: "MAX_RUNS", value: "0" },
    { name: "MAX_RUNS", value: "501" },
    { name: "MAX_RUNS", value: "1.5" },
  ])("names $name where it is $value, and never shows the value", ({ name, value }) => {
    const problems = configProblems("effects", { ...right, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} .+ \\(.+\\)$`));
    expect(problems[0]).not.toContain("zqxj");
    expect(problems[0]).not.toContain("undefined");
  });

  test.each([
    { name: "CODY_JOB", value: "zqxj" },
    { name: "CODY_RUN", value: "zqxj" },
    { name: "CODY_RUN", value: "100" },
    { name: "AWS_BATCH_JOB_ATTEMPT", value: "zqxj" },
    { name: "ANTHROPIC_BASE_URL", value: "zqxj" },
  ])("names $name of the runner where it is $value", ({ name, value }) => {
    const problems = configProblems("runner", { ...right, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).not.toContain("zqxj");
  });

  test("is more than one thing where more than one is", () => {
    expect(
      configProblems("effects", { ...right, CODY_TABLE: undefined, MAX_RUNS: "x", LOG_LEVEL: "x" }),
    ).toHaveLength(3);
  });
});

describe("what is read", () => {
  test("is parsed, with defaults", () => {
    expect(readConfig("effects", right)).toEqual({
      CODY_TABLE: "cody",
      LOG_LEVEL: "info",
      SLACK_BOT_TOKEN: "xoxb-1-2-abc",
      SLACK_API_URL: "https://slack.com/api/",
      GITHUB_TOKEN: "github-token",
      GITHUB_API_URL: "https://api.github.com",
      BATCH_QUEUE: "runs",
      BATCH_JOB_DEFINITION: "runner:3",
      BATCH_JOB_DEFINITIONS: [],
      MAX_RUNS: 10,
      ALLOWED_REPOS: ["acme/*"],
      GITHUB_URL: "https://github.com",
      TWO_PERSON: true,
      MIX_PUBLIC_AND_PRIVATE: false,
    });
    expect(readConfig("runner", right)).toMatchObject({ CODY_RUN: 1, WORK_DIR: "/job" });
  });

  test("holds several patterns with commas, spaces or line ends between them", () => {
    const read = (list: string) => readConfig("slack", { ...right, ALLOWED_REPOS: list }).ALLOWED_REPOS;
    expect(read("acme/*, acme-eu/shop\n  other/x,")).toEqual(["acme/*", "acme-eu/shop", "other/x"]);
    expect(readConfig("slack", { ...right, ALLOWED_REPOS: undefined }).ALLOWED_REPOS).toEqual([]);
  });

  test.each(all)("by %s is what it lists and nothing else of the environment", (program) => {
    const asked = new Set<string>();
    const env = new Proxy(right, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name);
      },
    });
    const config = readConfig(program, env);
    expect([...asked].toSorted()).toEqual([...programs[program]].toSorted());
    expect(Object.keys(config).toSorted()).toEqual([...programs[program]].toSorted());
  });

  test("the board and the runner know no more secrets than they need", () => {
    expect(secretsIn(readConfig("board", right))).toEqual(["xoxb-1-2-abc"]);
    expect(secretsIn(readConfig("runner", right))).toEqual(["github-token", "anthropic-key"]);
    expect(secretsIn(readConfig("slack", right))).toEqual(["xoxb-1-2-abc", "signing-secret"]);
    const changing = { ...right, SLACK_SIGNING_SECRET: "new secret, signing-secret" };
    expect(secretsIn(readConfig("slack", changing))).toEqual([
      "xoxb-1-2-abc",
      "new secret",
      "signing-secret",
    ]);
  });
});

describe("who Cody is on GitHub", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const { GITHUB_TOKEN: token, ...nobody } = right;
  const app = { GITHUB_APP_ID: "123", GITHUB_APP_PRIVATE_KEY: privateKey };

  test("is an account with a token, or an App with a key", () => {
    expect(githubIdentity(readConfig("runner", right))).toEqual({ token });
    const asApp = readConfig("runner", { ...nobody, ...app });
    expect(githubIdentity(asApp)).toEqual({ appId: 123, privateKey });
  });

  test("may be a key whose line ends are written out", () => {
    const oneLine = { ...app, GITHUB_APP_PRIVATE_KEY: privateKey.replaceAll("\n", "\\n") };
    expect(githubIdentity(readConfig("effects", { ...nobody, ...oneLine }))).toEqual({
      appId: 123,
      privateKey,
    });
  });

  test.each([
    {
      is: "nobody",
      env: {},
      problem:
        "GITHUB_TOKEN is missing (the token of Cody's GitHub account; for a GitHub App, GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY instead)",
    },
    {
      is: "both",
      env: { ...app, GITHUB_TOKEN: token },
      problem:
        "GITHUB_TOKEN and GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY are set together (Cody is an account with a token or an App with a key)",
    },
    {
      is: "an account and half of an App",
      env: { GITHUB_APP_ID: "123", GITHUB_TOKEN: token },
      problem:
        "GITHUB_TOKEN and GITHUB_APP_ID are set together (Cody is an account with a token or an App with a key)",
    },
    {
      is: "an App without a key",
      env: { GITHUB_APP_ID: "123" },
      problem: "GITHUB_APP_PRIVATE_KEY is missing (the private key of Cody's GitHub App)",
    },
    {
      is: "a key without an App",
      env: { GITHUB_APP_PRIVATE_KEY: privateKey },
      problem: "GITHUB_APP_ID is missing (the number of Cody's GitHub App, from its settings page)",
    },
  ])("cannot be $is", ({ env, problem }) => {
    expect(configProblems("watchdog", { ...nobody, ...env })).toEqual([problem]);
  });

  test.each([
    { what: "no key", value: "zqxj" },
    { what: "cut off", value: privateKey.slice(0, 900) },
    { what: "without its line ends", value: privateKey.replaceAll("\n", " ") },
    {
      what: "of another kind",
      value: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    },
  ])("cannot have a key that is $what", ({ value }) => {
    expect(configProblems("runner", { ...nobody, ...app, GITHUB_APP_PRIVATE_KEY: value })).toEqual([
      "GITHUB_APP_PRIVATE_KEY must be an RSA key in PEM form, unencrypted, with its line ends or with \\n in their place (the private key of Cody's GitHub App)",
    ]);
  });

  test("no line of its key is shown, however the line ends are written", () => {
    const redact = redactor(secretsIn(readConfig("runner", { ...nobody, ...app })));
    for (const end of ["\n", "\\n", "\r\n", ""]) {
      const shown = redact(privateKey.split("\n").slice(1, -2).join(end));
      for (const line of privateKey.split("\n").slice(1, -3)) expect(shown).not.toContain(line.slice(0, 12));
    }
  });
});

describe("how people link their accounts", () => {
  const key = Buffer.alloc(32, 7).toString("base64");
  const link = { GITHUB_CLIENT_ID: "Iv23abc", GITHUB_CLIENT_SECRET: "client-secret", LINK_KEY: key };
  const address = { PUBLIC_URL: "https://cody.example.com/" };

  test("can be left out, and then every member may use Cody", () => {
    const config = readConfig("effects", right);
    expect(linkSettings(config)).toBeUndefined();
    expect(accessRule(config)).toBe("members");
  });

  test("is there as a whole, and then access is by linked accounts unless told otherwise", () => {
    const config = readConfig("effects", { ...right, ...link, ...address });
    expect(linkSettings(config)).toEqual({ clientId: "Iv23abc", clientSecret: "client-secret", keys: [key] });
    expect(config.PUBLIC_URL).toBe("https://cody.example.com");
    expect(accessRule(config)).toBe("linked");
    expect(accessRule(readConfig("effects", { ...right, ...link, ...address, ACCESS: "members" }))).toBe(
      "members",
    );
  });

  test("needs no address where requests name it", () => {
    expect(linkSettings(readConfig("slack", { ...right, ...link }))).toBeDefined();
    expect(configProblems("effects", { ...right, ...link })).toEqual([
      "PUBLIC_URL is missing (the public address of Cody's slack program, without a path; that program knows its own; linking needs all of it)",
    ]);
  });

  test("may have older keys behind the newest", () => {
    const older = Buffer.alloc(32, 8).toString("base64");
    const config = readConfig("slack", { ...right, ...link, LINK_KEY: `${key}, ${older}` });
    expect(config.LINK_KEY).toEqual([key, older]);
    expect(secretsIn(config)).toEqual(expect.arrayContaining(["client-secret", key, older]));
  });

  test.each(["abc", "", Buffer.alloc(31).toString("base64"), `${key},abc`])(
    "refuses the key “%s”",
    (wrong) => {
      expect(configProblems("slack", { ...right, ...link, LINK_KEY: wrong })).toHaveLength(1);
    },
  );

  test("is never half of it, and access by links cannot do without", () => {
    expect(configProblems("slack", { ...right, GITHUB_CLIENT_ID: "Iv23abc" })).toEqual([
      expect.stringMatching(/^GITHUB_CLIENT_SECRET is missing .*linking needs all of it/),
      expect.stringMatching(/^LINK_KEY is missing/),
    ]);
    expect(configProblems("watchdog", { ...right, ACCESS: "linked" })).toEqual([
      "ACCESS is linked, but GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, LINK_KEY are missing (people have to be able to link)",
    ]);
  });

  test.each(["TWO_PERSON", "MIX_PUBLIC_AND_PRIVATE"])("%s is true or false", (name) => {
    expect(configProblems("effects", { ...right, [name]: "yes" })).toEqual([
      expect.stringMatching(`^${name} must be true or false`),
    ]);
    expect(readConfig("effects", { ...right, [name]: "false" })).toMatchObject({ [name]: false });
  });
});
