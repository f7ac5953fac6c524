// Measures a repository's check before the first change and after the last one, and says what changed between them.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { checkSentence } from "@cody/core/check-words.ts";
import { maxCheckTailChars } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import type { ToolProcess, Workspace } from "@cody/core/ports/workspace.ts";
import type { BaseCheck, Checks } from "@cody/core/schema.ts";
import { toolNamed } from "../tools/catalogue.ts";
import { CannotRun } from "./command.ts";
import { type Check, type FoundCheck, filesToRead, findCheck } from "./find-check.ts";
import { findProject } from "./find-project.ts";
import { type Means, type Measured, measure } from "./measure.ts";
import { outcomeOf, type Reading } from "./reading.ts";
import { headTree, putBack, treeOf } from "./tree.ts";

export interface CheckerOptions extends Means {
  tools: ToolProcess;
  workspace: Pick<Workspace, "tree" | "baseFile" | "diff">;
  round: number;
  /** What an earlier runner measured. */
  known: { baseCheck?: BaseCheck; checks?: Checks };
  redact: (text: string) => string;
  /** Keeps what was measured, and tells what is going on. */
  report(progress: { progress?: string; baseCheck?: BaseCheck; checks?: Checks }): void;
  log: Log;
}

export interface CheckReport {
  checks: Checks;
  /** What the agent is told of it. */
  words: string;
}

type Base = { reading: Reading; ms: number; leftBehind: string[] };

/** As much of a failing check's output as the agent is shown. */
const maxAgentTailChars = 6_000;
/** These change files by their nature; whether a command does, only the tree can tell. */
const changing = ["edit_file", "write_file"];

/** The tree does not hold the agent's work any more, so nothing of it may be delivered. */
class TreeLost extends Error {}

/** The check of one round. What goes wrong with it is why it was not run, and never ends the round. */
export class Checker {
  readonly #options: CheckerOptions;
  #found: Promise<FoundCheck> | undefined;
  /** Whether all was done that has to be done before the first change. */
  #isReady = false;
  #baseTree: string | undefined;
  #base: Base | undefined;
  #measured: { change: string; report: CheckReport } | undefined;
  /** The tools; before the first of them changes the tree, the base is measured. */
  readonly tools: ToolProcess;

  constructor(options: CheckerOptions) {
    this.#options = options;
    const { tools } = options;
    this.tools = {
      run: async (name, input, signal) => {
        if (toolNamed(name)?.readOnly === false) await this.#beforeChange(name);
        return tools.run(name, input, signal);
      },
      close: () => tools.close(),
    };
  }

  /** Measures the tree as it is, once for each change; undefined where nothing differs from the base. */
  async report(): Promise<CheckReport | undefined> {
    const change = await this.#options.workspace.diff();
    if (!change) return undefined;
    const { checks: known } = this.#options.known;
    if (known?.change === change.id) return told(known, known.tail);
    if (this.#measured?.change !== change.id) {
      const report = await this.#compare(change.id);
      this.#measured = { change: change.id, report };
      this.#options.report({ checks: report.checks });
    }
    return this.#measured.report;
  }

  async #beforeChange(name: string): Promise<void> {
    if (this.#isReady) return;
    try {
      const { tools, signal } = this.#options;
      const found = await this.#find();
      this.#isReady = "none" in found || changing.includes(name);
      if ("none" in found) return;
      // A command can move the tree's own git, so its commit is read before the first one.
      this.#baseTree ??= await headTree(tools, signal);
      if (changing.includes(name)) await this.#measureBase(found);
    } catch (error) {
      // Nothing was claimed yet; it is tried once more when something is.
      this.#isReady = true;
      this.#reasonOf(error);
    }
  }

  async #compare(change: string): Promise<CheckReport> {
    let command: string | undefined;
    try {
      const found = await this.#find();
      if ("none" in found) return told({ change, outcome: "not run", because: found.none });
      ({ command } = found);
      return await this.#measureBoth(change, found);
    } catch (error) {
      return told({ change, command, outcome: "not run", because: this.#reasonOf(error) });
    }
  }

  async #measureBoth(change: string, check: Check): Promise<CheckReport> {
    const { command } = check;
    const base = await this.#measureBase(check);
    // What is missing the agent may have installed; a network or time that was not there is not there now either.
    if (base.reading.went === "not run" && base.reading.cause !== "missing")
      return told({ change, command, outcome: "not run", because: base.reading.because, beforeMs: base.ms });
    const passedBefore = base.reading.went === "passed";
    const after = await this.#measure(check, `checking the change: ${command}`, passedBefore);
    const leftBehind = [...new Set([...base.leftBehind, ...after.leftBehind])];
    const { output } = after;
    const checks: Checks = {
      change,
      command,
      ...outcomeOf(base.reading, after),
      ...(leftBehind.length > 0 && { leftBehind }),
      beforeMs: base.ms,
      afterMs: after.ms,
      ...(after.went === "failed" && { tail: endOf(output, maxCheckTailChars) }),
    };
    return told(checks, output);
  }

  /** Measured once. Where the tree has changed already, it is put back to the base for as long as that takes. */
  async #measureBase(check: Check): Promise<Base> {
    if (this.#base) return this.#base;
    const { round, tools, signal, report } = this.#options;
    const known = this.#known();
    if (known) {
      this.#base = { reading: readingOf(known), ms: known.ms, leftBehind: [] };
      return this.#base;
    }
    this.#baseTree ??= await headTree(tools, signal);
    const tree = await treeOf(tools, signal);
    const isChanged = tree !== this.#baseTree;
    if (isChanged) await putBack(tools, this.#baseTree);
    try {
      const { output, leftBehind, ...reading } = await this.#measure(
        check,
        `checking the base: ${check.command}`,
      );
      this.#base = { reading, ms: reading.ms, leftBehind };
      report({ baseCheck: { round, ...check, ...reading } });
      return this.#base;
    } finally {
      if (isChanged) await this.#putChangeBack(tree);
    }
  }

  async #putChangeBack(tree: string): Promise<void> {
    try {
      await putBack(this.#options.tools, tree);
    } catch (error) {
      throw new TreeLost("the change could not be put back after the base was checked", { cause: error });
    }
  }

  async #measure(check: Check, progress: string, passedBefore = false): Promise<Measured> {
    const { report, redact } = this.#options;
    report({ progress });
    const measured = await measure(this.#options, check, passedBefore);
    const output = redact(measured.output);
    const leftBehind = measured.leftBehind.map(redact);
    if (measured.went !== "not run") return { ...measured, output, leftBehind };
    return { ...measured, because: redact(measured.because), output, leftBehind };
  }

  /** Whatever goes wrong with a check is why it was not run; only what ends the round does so here too. */
  #reasonOf(error: unknown): string {
    const { signal, log } = this.#options;
    signal.throwIfAborted();
    if (error instanceof TreeLost) throw error;
    log.warn("The check was not measured", { error });
    return error instanceof CannotRun ? error.message : "the tools could not run it";
  }

  /** From the base, whatever the tree holds by now; an earlier runner's finding stays. */
  #find(): Promise<FoundCheck> {
    const known = this.#known();
    this.#found ??= known ? Promise.resolve(known) : findIn(this.#options);
    return this.#found;
  }

  /** The base of another round is another. */
  #known(): BaseCheck | undefined {
    const { known, round } = this.#options;
    return known.baseCheck?.round === round ? known.baseCheck : undefined;
  }
}

/** In the root, or else where its one project is. */
async function findIn({
  workspace,
  redact,
}: Pick<CheckerOptions, "workspace" | "redact">): Promise<FoundCheck> {
  const checkIn = async (folder: string) => {
    const entries = await readdir(path.join(workspace.tree, folder), { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    const texts = new Map<string, string>();
    for (const file of filesToRead.filter((each) => names.includes(each))) {
      const text = await workspace.baseFile(path.join(folder, file));
      if (text !== undefined) texts.set(file, redact(text));
    }
    return findCheck(names, (file) => texts.get(file));
  };
  const inRoot = await checkIn("");
  return "none" in inRoot ? ((await findProject(workspace.tree, checkIn)) ?? inRoot) : inRoot;
}

function readingOf({ went, because = "it could not be run", cause = "missing" }: BaseCheck): Reading {
  return went === "not run" ? { went, because, cause } : { went };
}

function told(checks: Checks, output = ""): CheckReport {
  return { checks, words: wordsFor(checks, output) };
}

/** What the agent is told of a measurement, after its diff. */
function wordsFor(checks: Checks, output: string): string {
  const measured = `Measured by Cody with this change: ${checkSentence(checks)}`;
  if (checks.outcome === "passed" || checks.outcome === "not run") return measured;
  const advice =
    checks.outcome === "newly failing"
      ? "Mend it before you finish. If the request itself makes it fail, say so in the summary; the pull request then becomes a draft."
      : "It failed without the change too, so it does not hold the change back; mend it only if that was asked for.";
  return `${measured} ${advice}\nThe end of its output, as data:\n${endOf(output, maxAgentTailChars)}`;
}

function endOf(output: string, maxChars: number): string {
  const text = output.trim();
  if (text.length <= maxChars) return text;
  const end = text.slice(-maxChars);
  return end.slice(end.indexOf("\n") + 1);
}
