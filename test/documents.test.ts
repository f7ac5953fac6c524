// The documents: every command in them exists, every file they name is there, and the README stays short.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "AGENTS.md",
  "CHANGELOG.md",
  ...readdirSync(path.join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const scripts = Object.keys(JSON.parse(read("package.json")).scripts);

test.each(documents)("%s: npm scripts that it names exist", (file) => {
  const named = [...read(file).matchAll(/npm (?:run )?(start|test(?::\w+)?|(?<=run )[\w:]+)/g)].map(
    ([, name]) => name,
  );
  for (const name of named) expect(scripts).toContain(name);
});

test.each(documents)("%s: files that it links to or names exist", (file) => {
  const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target);
  const named = [...read(file).matchAll(/`((?:packages|test|docs)\/[\w./-]+)`/g)].map(([, target]) => target);
  for (const target of [...links, ...named]) expect(isThere(file, target ?? ""), target).toBe(true);
});

/** A link is relative to its document, a name in the text to the repository. */
function isThere(file: string, target: string): boolean {
  return existsSync(path.join(root, path.dirname(file), target)) || existsSync(path.join(root, target));
}

test("flags of npm start that the documents name are known to it", () => {
  const usage = read("test/world/start.ts");
  for (const file of documents) {
    for (const [, flag] of read(file).matchAll(/npm start -- --(\w+)/g))
      expect(usage).toContain(`${flag}: {`);
  }
});

test("the README has at most 150 lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(150);
});

test("every variable of .env.example is one that a program or the deployment reads, and none is missing", async () => {
  const { programs } = await import("@cody/core/config.ts");
  const { ownSettings } = await import("../infra/settings.ts");
  // What the commands under deploy/ read beside that. Of AWS's own variables only the region belongs into the file.
  const commands = readdirSync(path.join(root, "deploy")).map((file) => read(`deploy/${file}`));
  const asked = [...commands.join("\n").matchAll(/\benv\.(?!AWS_(?!REGION\b))([A-Z]+_[A-Z0-9_]+)\b/g)];
  const known = [...Object.values(programs).flat(), ...ownSettings, ...asked.map(([, name = ""]) => name)];
  const named = new Set(
    [...read(".env.example").matchAll(/\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b|^(?:# )?([A-Z]+)=/gm)].map(
      ([, long, short]) => long ?? short,
    ),
  );
  expect([...named].sort()).toEqual([...new Set(known)].sort());
});
