// Runs git so that nothing but what is given here decides what it does: no configuration, hook or prompt of anybody.
import { GitError, simpleGit } from "simple-git";

export interface GitOptions {
  /** Where git runs; must exist. */
  folder: string;
  /** The search path for git itself. */
  path: string;
  /** For the trusted directory, which lies outside the tree: where git's own files, the tree and the index are. */
  trusted?: { gitDir: string; workTree: string; index: string };
}

export interface GitCall {
  /** Sent to git's stdin. */
  input?: Buffer | string;
  /** Settings for this call alone, in its environment and nowhere else. */
  settings?: Record<string, string>;
  env?: Record<string, string>;
  /** Exit codes besides 0 that are an answer and no failure. */
  alsoFine?: number[];
  signal?: AbortSignal;
}

/** One repository's git. Rejects with git's own words. */
export type Git = (args: string[], call?: GitCall) => Promise<string>;

/** Without a sign of life for this long, git is given up. */
const silentMs = 120_000;

/** What must not come from the repository, the machine or the user: whatever can run a program or change content. */
const fixed: Record<string, string> = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "core.attributesFile": "/dev/null",
  "core.excludesFile": "/dev/null",
  "core.untrackedCache": "false",
  "core.autocrlf": "false",
  "core.quotePath": "false",
  "core.bare": "false",
  // Names that other systems take for .git are refused here too.
  "core.protectHFS": "true",
  "core.protectNTFS": "true",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "submodule.recurse": "false",
  "push.recurseSubmodules": "no",
  "push.gpgSign": "false",
  "http.followRedirects": "false",
  "protocol.allow": "never",
  // Twice as fast with two workers, where many small files are written.
  "checkout.workers": "2",
};

/** Makes the git of one folder, through simple-git; what it guards against is set here, and to safe values. */
export function makeGit({ folder, path, trusted }: GitOptions): Git {
  return async (args, call = {}) => {
    const settings = Object.entries({ ...fixed, ...call.settings });
    const env: Record<string, string> = {
      PATH: path,
      HOME: "/nonexistent",
      LC_ALL: "C.UTF-8",
      GIT_TERMINAL_PROMPT: "0",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_CONFIG_COUNT: String(settings.length),
      ...(trusted && {
        GIT_DIR: trusted.gitDir,
        GIT_WORK_TREE: trusted.workTree,
        GIT_INDEX_FILE: trusted.index,
      }),
      ...call.env,
    };
    for (const [index, [name, value]] of settings.entries()) {
      env[`GIT_CONFIG_KEY_${index}`] = name;
      env[`GIT_CONFIG_VALUE_${index}`] = value;
    }
    const { alsoFine = [], input, signal } = call;
    const git = simpleGit({
      baseDir: folder,
      timeout: { block: silentMs },
      unsafe: {
        allowUnsafeConfigEnvCount: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeHooksPath: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeProtocolOverride: true,
      },
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith("GIT_")),
      errors: (error, { exitCode, stdErr }) => {
        if (alsoFine.includes(exitCode)) return undefined;
        return (
          error ?? (exitCode === 0 ? undefined : Buffer.concat([Buffer.from("git failed: "), ...stdErr]))
        );
      },
      ...(input === undefined ? {} : { input: () => input }),
      ...(signal && { abort: signal }),
    }).env(env);
    return git.raw(args);
  };
}

/** Whether git itself said it, and not what was done between its calls. */
export function isOfGit(error: unknown): boolean {
  return error instanceof GitError;
}

/** The lines of git's words that say what was wrong, on one line. */
export function wordsOfGit(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => /^(remote:|fatal:|error:|!)/.test(line));
  const words = (telling.length > 0 ? telling : lines).map((line) =>
    line.replace(/^(remote|fatal|error):\s*/, ""),
  );
  return words.filter(Boolean).join("; ").slice(0, 400) || "no reason was given";
}

/** Whether the other end did not know who this is. git then asks for a name, which nobody answers. */
export function isUnauthorized(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /authentication failed|could not read (username|password)|returned error: 401|HTTP 401/i.test(text);
}

/** Whether the other end was not there or in trouble, so that the same call may succeed later. */
export function isPassing(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /returned error: (429|5\d\d)|HTTP (429|5\d\d)|could not resolve host|connection (refused|reset|timed out)|failed to connect|couldn't connect|early eof|unexpected disconnect|the remote end hung up|empty reply|rpc failed|operation timed out|recv failure|internal server error|bad gateway|gateway time-?out|service unavailable/i.test(
    text,
  );
}
