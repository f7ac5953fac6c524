// Finds out how a repository is checked, from its own instructions and its build files.
import * as z from "zod";
import { checkInGuidance } from "./guidance-check.ts";

/** How a repository is checked. */
export interface Check {
  command: string;
  /** The same with what it needs fetched first; for where something is missing. */
  fetching?: string;
  /** The file that says so. */
  source: string;
}

export type FoundCheck = Check | { none: string };

/** Files whose text matters; of the others it is enough that they are there. */
export const filesToRead = ["AGENTS.md", "CLAUDE.md", "package.json", "Makefile", "composer.json"] as const;

type Read = (file: (typeof filesToRead)[number]) => string | undefined;
type Has = (file: string) => boolean;

/**
 * `files` are the names in the repository's root, those of folders with a slash at the end. `read` gives the text of
 * a file, or undefined. The repository's own instructions come first, then its build files in a fixed order.
 */
export function findCheck(files: readonly string[], read: Read): FoundCheck {
  const has: Has = (file) => files.includes(file);
  return (
    inGuidance(has, read) ??
    inBuildFiles(files, has, read) ?? { none: "nothing in the repository says how it is checked" }
  );
}

function inGuidance(has: Has, read: Read): Check | undefined {
  for (const source of ["AGENTS.md", "CLAUDE.md"] as const) {
    const command = checkInGuidance(read(source) ?? "");
    if (command) return completed(command, source, has, read);
  }
  return undefined;
}

/** Asks a build tool to be quiet, to ask nothing and to fetch nothing; says how what is missing is fetched. */
function completed(command: string, source: string, has: Has, read: Read): Check {
  if (/^(mvn|\.\/mvnw) /.test(command)) {
    const [tool = "", ...words] = command.split(/ +/);
    return mavenCheck(
      tool,
      words.filter((word) => !["-q", "-B", "-o"].includes(word)),
      source,
    );
  }
  const install = /^(npm|pnpm|yarn|bun) /.test(command) ? installing(has, read) : undefined;
  return { command, source, ...(install && { fetching: `${install} && ${command}` }) };
}

function mavenCheck(tool: string, words: readonly string[], source: string): Check {
  const rest = words.join(" ");
  return { command: `${tool} -q -B -o ${rest}`, fetching: `${tool} -q -B ${rest}`, source };
}

const packageSchema = z.object({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
});

/** A manifest with scripts, as npm and Composer have it; undefined where it is none. */
function parsed(text: string | undefined) {
  if (text === undefined) return undefined;
  try {
    return packageSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    // A file that is no JSON says nothing about checks.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function inBuildFiles(files: readonly string[], has: Has, read: Read): Check | undefined {
  const plain = (source: string, command: string): Check => ({ command, source });
  const test = parsed(read("package.json"))?.scripts?.test;
  // What npm writes into a new package.
  if (test && !/no test specified/.test(test))
    return completed(`${packageManager(has)} test`, "package.json", has, read);
  if (has("pom.xml")) return mavenCheck(has("mvnw") ? "./mvnw" : "mvn", ["verify"], "pom.xml");
  const gradle = ["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"].find(has);
  if (gradle) return plain(gradle, has("gradlew") ? "./gradlew check" : "gradle check");
  const target = makeTarget(read("Makefile"));
  if (target) return plain("Makefile", `make ${target}`);
  const python = pythonFile(files, has);
  if (python) return plain(python, "pytest -q");
  if (has("go.mod")) return plain("go.mod", "go test ./...");
  if (has("Cargo.toml")) return plain("Cargo.toml", "cargo test --quiet");
  const solution = files.find((name) => /\.(slnx?|csproj|fsproj)$/.test(name));
  if (solution) return plain(solution, "dotnet test");
  if (has("Gemfile") && has("spec/")) return plain("Gemfile", "bundle exec rspec");
  if (has("Gemfile") && has("Rakefile")) return plain("Rakefile", "bundle exec rake test");
  if (has("mix.exs")) return plain("mix.exs", "mix test");
  if (parsed(read("composer.json"))?.scripts?.test) return plain("composer.json", "composer test");
  if (has("Package.swift")) return plain("Package.swift", "swift test");
  return undefined;
}

function packageManager(has: Has): string {
  if (has("pnpm-lock.yaml")) return "pnpm";
  if (has("yarn.lock")) return "yarn";
  return "npm";
}

/** How the dependencies are installed, where there are any. */
function installing(has: Has, read: Read): string | undefined {
  const manifest = parsed(read("package.json"));
  const names = Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies });
  if (names.length === 0) return undefined;
  const manager = packageManager(has);
  if (manager !== "npm") return `${manager} install --frozen-lockfile`;
  const how = has("package-lock.json") ? "npm ci" : "npm install --no-package-lock";
  return `${how} --no-audit --no-fund --fetch-retries=1`;
}

function makeTarget(makefile = ""): string | undefined {
  return ["test", "check"].find((target) => new RegExp(`^${target}\\s*:(?!=)`, "m").test(makefile));
}

function pythonFile(files: readonly string[], has: Has): string | undefined {
  const manifest = ["pytest.ini", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "conftest.py"].find(
    has,
  );
  const hasPython = has("requirements.txt") || files.some((name) => name.endsWith(".py"));
  return manifest ?? (hasPython ? ["tests/", "test/"].find(has) : undefined);
}
