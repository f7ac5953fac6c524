// An outside of a deployment in which everything goes well unless a test says otherwise; it remembers what was done.
import { type Command, CommandFailed, type Outside, type SlackApps } from "../../deploy/outside.ts";
import { manifestAt } from "../../deploy/slack-app.ts";

export const account = "123456789012";
export const images = `${account}.dkr.ecr.eu-west-1.amazonaws.com/cody-production-runner`;
/** Of what was pushed last. */
export const pushedDigest = `sha256:${"d".repeat(64)}`;
export const address = "https://abc.lambda-url.eu-west-1.on.aws";

export const outputs = {
  requestUrl: `${address}/slack/events`,
  images,
  environment: {
    CODY_TABLE: "cody-production-table",
    SLACK_BOT_TOKEN: "ssm:/cody/production/SLACK_BOT_TOKEN:1",
  },
};

/** What SST keeps, by SST's names. A key has several lines. */
export const kept = {
  SlackBotToken: "xoxb-0000-of-the-deployment",
  SlackSigningSecret: "signing-secret-of-the-app",
  GithubToken: "ghp_000000000000000000000000",
  AnthropicApiKey: "sk-ant-api03-00000000000000",
  GithubAppPrivateKey:
    "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0LWtleS1vZi10aGUtYXBw\n-----END RSA PRIVATE KEY-----",
};

export interface Fake extends Outside {
  /** Commands as a person would type them, with what they were handed beside their arguments. */
  done: { line: string; input?: string; env?: Readonly<Record<string, string>> }[];
  said: string[];
  files: Map<string, string>;
  apps: Map<string, object>;
}

interface Failing {
  line: string;
  said?: string;
}

interface FakeOptions {
  env?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Answers of a person; nobody is there if left out. */
  answers?: string[];
  /** The beginning of a command that fails, and what it says. */
  failing?: Failing | Failing[];
  /** What SST keeps for all stages. */
  shared?: Record<string, string>;
  /** Digests of images that are not in the repository. */
  missing?: string[];
  health?: Outside["health"];
  hasConfigurationToken?: boolean;
}

export function fakeOutside(options: FakeOptions = {}): Fake {
  const { secrets = kept, shared = {}, answers = [], missing = [], hasConfigurationToken = true } = options;
  const failures = [options.failing ?? []].flat();
  const done: Fake["done"] = [];
  const said: string[] = [];
  const files = new Map([[".sst/outputs.json", JSON.stringify(outputs)]]);
  const apps = new Map<string, object>([["A1", manifestAt("https://old.example.com")]]);
  const section = (heading: string, values: Record<string, string>) => {
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    return lines.length > 0 ? `# ${heading}\n${lines.join("")}\n` : "";
  };
  const secretList = section("fallback", shared) + section("cody/production", secrets);
  const ofManifests = (line: string) => {
    const [, digest = ""] = /imageDigest=(\S+)/.exec(line) ?? [];
    const image = { imageManifest: `{"of":"${digest}"}`, imageManifestMediaType: "application/vnd.oci" };
    return JSON.stringify(
      missing.includes(digest) ? { images: [], failures: [{ imageId: {} }] } : { images: [image] },
    );
  };
  const printed: [string, string | ((line: string) => string)][] = [
    ["aws ecr describe-repositories", JSON.stringify({ repositories: [{ repositoryUri: images }] })],
    ["aws ecr describe-images", JSON.stringify({ imageDetails: [{ imageDigest: pushedDigest }] })],
    ["aws ecr batch-get-image", ofManifests],
    ["aws ecr put-image", "{}"],
    ["aws sts get-caller-identity", JSON.stringify({ Account: account, Arn: "arn:aws:iam::1:user/ann" })],
    ["aws ecr get-login-password", "the-password-of-the-registry\n"],
    ["npm config get registry", "https://npm.example.com/\n"],
    ["docker buildx imagetools inspect", `sha256:${"a".repeat(64)}\n`],
    ["sst secret list", secretList],
  ];
  const run = async (command: Command): Promise<string> => {
    const program = command.program === process.execPath ? "node" : command.program;
    const line = [program, ...command.args].join(" ");
    done.push({ line, input: command.input, env: command.env });
    const failing = failures.find((each) => line.includes(each.line));
    if (failing) throw new CommandFailed(command, "ended with exit code 1", failing.said ?? "it went wrong");
    if (line.startsWith("sst secret list") && secretList === "")
      throw new CommandFailed(command, "ended with exit code 1", "No secrets found");
    const answer = printed.find(([start]) => line.startsWith(start))?.[1] ?? "1.2.3\n";
    return typeof answer === "string" ? answer : answer(line);
  };
  const slackApps: SlackApps = {
    async create(manifest) {
      apps.set("ANEW", manifest);
      return { id: "ANEW", signingSecret: "signing-secret-of-a-new-app" };
    },
    manifest: async (app) => apps.get(app) ?? {},
    async update(app, manifest) {
      apps.set(app, manifest);
      return false;
    },
  };
  return {
    env: { AWS_PROFILE: "acme", AWS_REGION: "eu-west-1", ...options.env },
    run,
    say: (line) => void said.push(line),
    ask: async () => answers.shift(),
    slackApps: hasConfigurationToken ? slackApps : undefined,
    appOf: async () => "A1",
    health: options.health ?? (async () => ({ status: 200, parts: { table: "ok", queue: "ok" } })),
    read: async (file) => files.get(file),
    async write(file, text) {
      files.set(file, text);
    },
    sleep: async () => {},
    done,
    said,
    files,
    apps,
  };
}
