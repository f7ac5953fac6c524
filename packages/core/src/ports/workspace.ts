// The work tree of a run and the tools that work in it, in Cody's words.
import type { Diff } from "../schema.ts";

export interface ToolResult {
  text: string;
  isError: boolean;
}

/** The tools of the work tree, in a process that holds no secret. */
export interface ToolProcess {
  run(name: string, input: unknown, signal: AbortSignal): Promise<ToolResult>;
  /** Ends it and everything that its commands left behind. */
  close(): Promise<void>;
}

/** One path that differs from the base. Modes as git writes them: `100644`, `120000`, `160000`, `000000` for none. */
export interface ChangedFile {
  path: string;
  oldMode: string;
  newMode: string;
  /** Size of the new content; 0 where there is none. */
  bytes: number;
}

/** What the work tree holds that the base does not. */
export interface Change {
  /** Names exactly this change: its base and what the tree then holds. */
  id: string;
  /** Binary-safe; `git apply` takes it on the base. Cut off where it is over `maxPatchBytes`. */
  patch: Buffer;
  diff: Diff;
  /** In the order in which the patch has them. */
  files: ChangedFile[];
  /** Paths that cannot be part of a commit: nested repositories, and names that git refuses. */
  leftOut: string[];
}

/** A commit of what was compared last, and where it goes. */
export interface CommitWanted {
  branch: string;
  message: string;
  /** Where the branch has to be; undefined: it must not be there yet. */
  expected?: string;
  /** What `expected` holds need not be kept. */
  overwrite?: boolean;
  signal: AbortSignal;
}

/** `movedTo`: nothing was pushed, because the branch is there, or elsewhere, by now; undefined where it is gone. */
export type Published = { sha: string; isSigned: boolean } | { sha?: undefined; movedTo: string | undefined };

/** The work tree of one run, and the trusted git directory beside it. */
export interface Workspace {
  /** Where the tools work. */
  readonly tree: string;
  /** Paths that could not be put together when the base branch was merged in, in the tree's beginning. */
  readonly conflicts: readonly string[];
  /** A text file as the base has it; undefined where there is none, or no ordinary file. */
  baseFile(path: string): Promise<string | undefined>;
  /**
   * What changed since the last snapshot, or since the beginning; undefined if nothing. What is too large to be kept
   * does not count as a snapshot, so that the next one holds it too.
   */
  snapshot(): Promise<Buffer | "too-large" | undefined>;
  /** Puts the snapshots of an earlier runner back, in their order, into a fresh tree. */
  restore(snapshots: readonly Buffer[]): Promise<void>;
  /** What changed against the base, or against what was merged in; read by git alone. */
  diff(): Promise<Change | undefined>;
  /** Those of the conflicting paths that still hold marks of a conflict. */
  marked(): Promise<string[]>;
  /** Commits what `diff` showed last, on the base, and pushes it. */
  publish(commit: CommitWanted): Promise<Published>;
  /**
   * Makes another commit the base, and puts what `diff` showed last on top of it; the tree stays as it is. `change` is
   * undefined where that commit holds it already. Nothing is changed where it does not fit.
   */
  putOnto(
    commit: string,
    signal: AbortSignal,
  ): Promise<{ fits: true; change: Change | undefined } | { fits: false; conflicts: string[] }>;
  remove(): Promise<void>;
}
