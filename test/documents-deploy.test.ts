// The deploy guide: every command, flag, variable, secret, step, sentence and link in it is one that there is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { programs } from "@cody/core/config.ts";
import { describe, expect, test } from "vitest";
import { deploySteps } from "../deploy/deploy-steps.ts";
import { removeSteps } from "../deploy/remove-steps.ts";
import { ownSettings } from "../infra/settings.ts";
import { secretName, variablesFrom } from "../infra/variables.ts";
import { fakeOutside } from "./deploy/fake-outside.ts";

const root = path.join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const sourcesIn = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => read(path.join(folder, name)));

const documents = ["", "docs"].flatMap((folder) =>
  readdirSync(path.join(root, folder)).flatMap((name) =>
    name.endsWith(".md") ? [path.join(folder, name)] : [],
  ),
);
const guide = read("docs/deploy.md");

describe.each(documents)("%s", (file) => {
  const text = read(file);

  test("commands exist, and take the flags that are named", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const commands = /npm (?:run (?<script>[\w:]+)|(?<short>start|test))(?: -- (?<given>[^`|\n]*))?/g;
    for (const { groups } of text.matchAll(commands)) {
      const name = groups?.script ?? groups?.short ?? "";
      const given = groups?.given ?? "";
      expect(Object.keys(scripts)).toContain(name);
      const known = flagsOf[name];
      for (const [, flag = ""] of given.matchAll(/--([a-z][\w-]*)/g))
        if (known) expect(flagsIn(known), `npm run ${name} -- --${flag}`).toContain(flag);
    }
  });

  test("secrets that are set or removed are secrets of Cody's", () => {
    for (const [, name] of text.matchAll(/secret (?:set|remove) (\w+)/g))
      expect([...secrets, "NAME"]).toContain(name);
  });
});

/** Where a script reads its flags. */
const flagsOf: Record<string, string> = {
  start: "test/world/start.ts",
  deploy: "deploy/arguments.ts",
  remove: "deploy/arguments.ts",
  doctor: "packages/bot/src/doctor.ts",
};

function flagsIn(file: string): string[] {
  return [...read(file).matchAll(/^ {2}"?([\w-]+)"?: \{ type: /gm)].map(([, name = ""]) => name);
}

const secrets = variablesFrom("secret").map(secretName);

test("all secrets stand in the guide, with their variables", () => {
  for (const variable of variablesFrom("secret"))
    expect(guide).toContain(`| \`${secretName(variable)}\` | \`${variable}\` |`);
});

test("variables in the guide are read by a program, by the deployment, or by what it calls", () => {
  const deployment = sourcesIn("deploy").join("\n");
  // AWS's, SST's, and the local world's.
  const ofOthers = ["AWS_PROFILE", "AWS_REGION", "SST_TELEMETRY_DISABLED", "SLACK_APP_TOKEN"];
  const known = new Set<string>([...Object.values(programs).flat(), ...ownSettings, ...ofOthers]);
  const named = [...guide.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(20);
  for (const name of new Set(named))
    expect(known.has(name) || deployment.includes(`env.${name}`), name).toBe(true);
});

test("what only the deployment reads stands in .env.example", () => {
  const example = read(".env.example");
  const asked = sourcesIn("deploy").flatMap((source) =>
    [...source.matchAll(/\benv\.((?!AWS_|PATH)[A-Z][A-Z_]+)\b/g)].map(([, name = ""]) => name),
  );
  for (const name of new Set([...ownSettings, ...asked])) expect(example).toContain(`${name}=`);
});

describe("steps", () => {
  const outside = fakeOutside({ env: {} });

  test("of the deployment are all in the guide, in their order", () => {
    const steps = deploySteps(outside, { stage: "production", isSure: true });
    expect(rowsUnder("7. Deploy")).toEqual(steps.map(({ says }) => says));
  });

  test("of the removal are all in the guide, in their order", () => {
    const steps = removeSteps(outside, { stage: "trial", isSure: true });
    expect(rowsUnder("Remove")).toEqual(steps.map(({ says }) => says));
  });
});

/** First cells of the table of steps in this chapter. */
function rowsUnder(title: string): string[] {
  const [, chapter = ""] = guide.split(`\n## ${title}\n`);
  const rows = (chapter.split("\n## ")[0] ?? "").matchAll(/^\| (?!Step \||---)([^|]+) \| [^|]+ \|$/gm);
  return [...rows].map(([, cell = ""]) => cell);
}

test("sentences in the table of stops are ones that the programs say", () => {
  const said = [...sourcesIn("deploy"), ...sourcesIn("infra"), ...sourcesIn("packages")].join("\n");
  const [, chapter = ""] = guide.split("\n## If it stops\n");
  // `dispatch_failed` is Slack's, and the first words of a command are this machine's.
  const quoted = [...chapter.matchAll(/^\| `([A-Z…][^`]*)`/gm)].map(([, sentence = ""]) => sentence);
  expect(quoted.length).toBeGreaterThan(8);
  for (const sentence of quoted)
    for (const part of sentence.split("…").map((words) => words.trim()))
      expect(said, sentence).toContain(part);
});

test("the rights that the guide asks for cover every kind of resource", () => {
  const modules = sourcesIn("infra").flatMap((source) =>
    [...source.matchAll(/\bnew aws\.(\w+)\./g)].map(([, name = ""]) => name),
  );
  const rights: Record<string, string[]> = {
    // The provider's module of CloudWatch has the rules and the logs as well.
    cloudwatch: ["cloudwatch:*", "events:*", "logs:*"],
    iam: ["iam:CreateRole", "iam:PassRole", "iam:CreateServiceLinkedRole"],
  };
  for (const name of new Set([...modules, "dynamodb", "lambda", "s3"]))
    for (const action of rights[name] ?? [`${name}:*`]) expect(guide).toContain(`"${action}"`);
});

test.each(documents)("%s: places in documents that it links to are there", (file) => {
  for (const [, target = "", anchor = ""] of read(file).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
    const other = target ? path.join(path.dirname(file), target) : file;
    expect(existsSync(path.join(root, other)), other).toBe(true);
    expect(anchorsIn(read(other)), `${target}#${anchor}`).toContain(anchor);
  }
});

/** As GitHub makes them of headings. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
