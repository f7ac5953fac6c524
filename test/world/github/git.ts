// Runs git on one bare repository, with an environment that takes nothing from the machine's own settings.
import { execFile } from "node:child_process";

/** The longest that one command on these small repositories may take. */
const GIT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Who GitHub itself commits as, in merges made with the button. */
export const GITHUB_COMMITTER = { name: "GitHub", email: "noreply@github.com" };

export interface Person {
  name: string;
  email: string;
}

export interface GitRun {
  input?: string;
  env?: Record<string, string>;
  /** Exit codes besides 0 that are an answer and no failure. */
  allowedExitCodes?: number[];
}

export interface GitOutput {
  text: string;
  bytes: Buffer;
  exitCode: number;
}

/** git ended with an exit code that was not expected; the message holds what it printed. */
export class GitError extends Error {
  readonly exitCode: number | undefined;

  constructor(args: string[], exitCode: number | undefined, stderr: string) {
    super(`git ${args[0] ?? ""} failed (${exitCode ?? "no exit code"}): ${stderr.trim()}`);
    this.exitCode = exitCode;
  }
}

/** The whole environment of a git process here: no system or user configuration, no prompts, English. */
export function gitEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
    LC_ALL: "C",
    ...more,
  };
}

/** `GIT_CONFIG_COUNT` and its pairs: settings for one process that are written nowhere. */
export function gitSettings(settings: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(Object.keys(settings).length) };
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/** The environment that makes a commit by `author`, committed by `committer`, at `atMs`. */
export function commitEnvironment(author: Person, committer: Person, atMs: number): Record<string, string> {
  const date = `${Math.floor(atMs / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  };
}

/** Runs git with `gitDirectory` as its repository. Throws GitError on an exit code that is not allowed. */
export function runGit(gitDirectory: string, args: string[], run: GitRun = {}): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      ["--git-dir", gitDirectory, ...args],
      {
        encoding: "buffer",
        env: gitEnvironment(run.env),
        maxBuffer: MAX_OUTPUT_BYTES,
        timeout: GIT_TIMEOUT_MS,
      },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === "number" && (exitCode === 0 || run.allowedExitCodes?.includes(exitCode))) {
          resolve({ text: stdout.toString("utf8"), bytes: stdout, exitCode });
        } else {
          reject(
            new GitError(
              args,
              typeof exitCode === "number" ? exitCode : undefined,
              `${stderr.toString("utf8")} ${error?.message ?? ""}`,
            ),
          );
        }
      },
    );
    // A git that ends before it has read everything tells so by its exit code; the broken pipe adds nothing.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(run.input ?? "");
  });
}
