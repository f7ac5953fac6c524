// Reads how a check went from how its command ended and what it printed; pure, so that each rule can be tested.

/** How a command ended, as the tool that runs it tells. */
export type Ending = { code: number } | { timeoutSeconds: number } | { killed: string };

/**
 * `missing`: a tool, a dependency or a target is not there. `download`: what it needs could not be fetched. `time`: it
 * was not done in time. All of them say nothing about the code.
 */
export type Cause = "missing" | "download" | "time";

export type Reading =
  | { went: "passed" }
  | { went: "failed" }
  | { went: "not run"; because: string; cause: Cause };

const downloads: RegExp[] = [
  // Maven
  /in offline mode and the artifact/,
  /Could not transfer (?:artifact|metadata)/,
  /Cannot access \S+ \(.*\) in offline mode/,
  // Gradle and its wrapper
  /No cached version of .* available for offline mode/,
  /Could not (?:GET|HEAD) 'https?:/,
  /Exception in thread "main" (?:java\.net\.\w+Exception|java\.io\.IOException: Downloading)/,
  // npm, pnpm, yarn
  /npm (?:ERR!|error) (?:network |code (?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENOTCACHED|E40[13]))/,
  /ERR_PNPM_(?:META_FETCH_FAIL|NO_OFFLINE_\w+)/,
  /There appears to be trouble with your network connection/,
  // pip, cargo, go, .NET, Bundler
  /Retrying \(Retry\(total=0|Tunnel connection failed/,
  /failed to download (?:from|replaced)|unable to update registry|failed to get `.*` as a dependency/i,
  /: dial tcp:? /,
  /error NU1301/,
  /Could not reach host|Could not fetch specs from/,
];

const missing: [RegExp, (found: string) => string][] = [
  [/(?:^|: )([\w./-]+): (?:command )?not found$/m, (tool) => `${tool} is not installed`],
  [/^make: ([\w./-]+): No such file or directory$/m, (tool) => `${tool} is not installed`],
  [/: No module named (?:pytest|tox|nox)$/m, () => "the tool that runs the tests is not installed"],
  [/Missing script: "?([\w:.-]+)/, (name) => `there is no script "${name}"`],
  [/No rule to make target [`']([\w./-]+)'/, (name) => `there is no make target "${name}"`],
  [
    /Cannot find (?:module|package) ['"](?![./])([\w@./-]+)/,
    (name) => `the dependency ${name} is not installed`,
  ],
  [/ModuleNotFoundError: No module named '([\w.]+)'/, (name) => `the module ${name} is not installed`],
  [/Bundler::GemNotFound|Run `bundle install`/, () => "its gems are not installed"],
];

/** Nobody reads further for the reason of a failure. */
const maxReadChars = 60_000;

/**
 * `passedBefore` where the same check passed on the base: what it needs was there then, so what is missing now went
 * missing by the change.
 */
export function readCheck(ending: Ending, output: string, passedBefore = false): Reading {
  if ("timeoutSeconds" in ending)
    return { went: "not run", because: `it was not done after ${ending.timeoutSeconds} s`, cause: "time" };
  if ("killed" in ending)
    return { went: "not run", because: `it was killed by ${ending.killed}`, cause: "time" };
  if (ending.code === 0) return { went: "passed" };
  const text = output.slice(-maxReadChars);
  if (downloads.some((pattern) => pattern.test(text)))
    return { went: "not run", because: "what it needs could not be downloaded", cause: "download" };
  if (passedBefore) return { went: "failed" };
  const because = whatIsMissing(ending.code, text);
  return because === undefined ? { went: "failed" } : { went: "not run", because, cause: "missing" };
}

function whatIsMissing(code: number, text: string): string | undefined {
  for (const [pattern, words] of missing) {
    const found = pattern.exec(text);
    if (found) return words(found[1] ?? "");
  }
  if (code === 127) return "its tool is not installed";
  if (code === 126) return "its tool may not be executed";
  // pytest's word for having found nothing to run.
  if (code === 5 && /no tests ran/.test(text)) return "there are no tests";
  return undefined;
}

/** What two measurements say together. */
export type Outcome =
  | { outcome: "passed" | "failed before and after" | "newly failing" }
  | { outcome: "not run"; because: string };

export function outcomeOf(before: Reading, after: Reading): Outcome {
  if (after.went === "passed") return { outcome: "passed" };
  if (after.went === "not run") {
    const known = before.went === "passed" ? "; it passed before the change" : "";
    return { outcome: "not run", because: after.because + known };
  }
  if (before.went === "passed") return { outcome: "newly failing" };
  if (before.went === "failed") return { outcome: "failed before and after" };
  return {
    outcome: "not run",
    because: `it could not be measured before the change (${before.because}), so that it fails now says nothing`,
  };
}
