// Which commands are checks: those of known tools with plain words, for what stands in a repository is data.

/** A word without anything that a shell would read as more than a word. */
const plainWord = /^[\w./:=@,+%-]+$/;
/** Names of scripts, targets and tasks that check something. */
const tellingName = /(^|[:._-])(tests?|checks?|verify|specs?|ci|lint|validate|types?|typecheck)($|[:._-])/i;
const testing = /test|check|verify|spec/i;
const gradleTask = /^(:?[\w-]+:)*:?(clean|build|check|test|\w+Test|\w+Check)$/;
const mavenGoals = [
  "clean",
  "validate",
  "compile",
  "test-compile",
  "test",
  "package",
  "integration-test",
  "verify",
];
/** Options by which an interpreter would run text, or files from elsewhere, as a program. */
const evaluating = /^(-e|-p|-r|-c|--eval|--print|--require|--import|--loader)/;

type Judge = (words: readonly string[]) => boolean;

const operands = (words: readonly string[]) => words.filter((word) => !word.startsWith("-"));
const first =
  (...allowed: string[]): Judge =>
  ([word = ""]) =>
    allowed.includes(word);
const every =
  (isFine: (word: string) => boolean): Judge =>
  (words) =>
    operands(words).length > 0 && operands(words).every(isFine);
const anything: Judge = () => true;
const telling = every((word) => tellingName.test(word));

const script: Judge = ([word = "", name = ""]) =>
  word === "test" || word === "t" || (word === "run" && tellingName.test(name));
const shortScript: Judge = (words) => script(words) || tellingName.test(words[0] ?? "");
const maven = every((word) => mavenGoals.includes(word));
const gradle = every((word) => gradleTask.test(word));
const python: Judge = ([flag, module = ""]) =>
  flag === "-m" && ["pytest", "unittest", "tox"].includes(module);
const node: Judge = (words) =>
  !words.some((word) => evaluating.test(word)) &&
  (words.includes("--test") || words.some((word) => /(^|\/)tests?[\w./-]*\.[cm]?[jt]s$/.test(word)));

const tools: Record<string, Judge> = {
  npm: script,
  pnpm: shortScript,
  yarn: shortScript,
  bun: shortScript,
  node,
  deno: (words) =>
    first("test", "check", "lint")(words) || (words[0] === "task" && tellingName.test(words[1] ?? "")),
  mvn: maven,
  "./mvnw": maven,
  gradle,
  "./gradlew": gradle,
  make: telling,
  just: telling,
  rake: telling,
  pytest: anything,
  tox: anything,
  nox: anything,
  python,
  python3: python,
  go: first("test", "vet", "build"),
  cargo: first("test", "check", "clippy"),
  dotnet: first("test", "build"),
  rspec: anything,
  mix: first("test"),
  composer: shortScript,
  phpunit: anything,
  "vendor/bin/phpunit": anything,
  "./vendor/bin/phpunit": anything,
  swift: first("test", "build"),
  sbt: first("test"),
  ctest: anything,
  bazel: first("test"),
};

/** Commands that only run another one in the project's own surroundings. */
const runners = ["bundle exec ", "uv run ", "poetry run ", "pdm run ", "hatch run "];

/** Whether this is a check as a person would type it: commands of known tools, joined by `&&` at most. */
export function isKnownCheck(command: string): boolean {
  return command.split(" && ").every(isKnownPart);
}

/** Whether it runs tests, and not only a linter. */
export function isTest(command: string): boolean {
  return testing.test(command);
}

function isKnownPart(part: string): boolean {
  const runner = runners.find((prefix) => part.startsWith(prefix)) ?? "";
  const [tool = "", ...words] = part.slice(runner.length).split(/ +/);
  if (!words.every((word) => plainWord.test(word))) return false;
  return Object.hasOwn(tools, tool) && tools[tool]?.(words) === true;
}
