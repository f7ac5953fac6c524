// Finds the guidance of folders below the root when something in them is touched first, and gives each once.
import path from "node:path";
import type { Workspace } from "@cody/core/ports/workspace.ts";
import { editFile } from "../tools/edit-file.ts";
import { readFile } from "../tools/read-file.ts";
import { writeFile } from "../tools/write-file.ts";
import type { Call } from "./message.ts";
import { type Guidance, guidanceFiles } from "./prompt.ts";

const touching = [readFile, editFile, writeFile].map(({ name }) => name);

export class FolderGuidance {
  readonly #workspace: Pick<Workspace, "tree" | "baseFile">;
  readonly #given: Set<string>;
  readonly #known = new Map<string, Guidance[]>();

  /** `given` are the files that the conversation holds already. */
  constructor(workspace: Pick<Workspace, "tree" | "baseFile">, given: Iterable<string>) {
    this.#workspace = workspace;
    this.#given = new Set(given);
  }

  /** What the nearest folders of these calls' files say, as the base has it, if that was not given before. */
  async of(calls: readonly Call[]): Promise<Guidance[]> {
    const found: Guidance[] = [];
    for (const call of calls) {
      const file = this.#fileOf(call);
      if (file === undefined) continue;
      for (const guidance of await this.#nearest(path.dirname(file))) {
        if (this.#given.has(guidance.file)) continue;
        this.#given.add(guidance.file);
        // Whoever reads the guidance itself has it.
        if (guidance.file !== file) found.push(guidance);
      }
    }
    return found;
  }

  /** The path inside the tree that a call reads or writes. */
  #fileOf({ name, input }: Call): string | undefined {
    const given = touching.includes(name) ? (input as { path?: unknown } | null)?.path : undefined;
    if (typeof given !== "string" || given.includes("\0")) return undefined;
    const { tree } = this.#workspace;
    const file = path.relative(tree, path.resolve(tree, given));
    return file.startsWith("..") ? undefined : file;
  }

  /** Of the folder itself or the next one above it that has some; the root's stands in the first message. */
  async #nearest(folder: string): Promise<Guidance[]> {
    if (folder === "." || folder === "") return [];
    const known = this.#known.get(folder);
    if (known) return known;
    const own = await this.#guidanceIn(folder);
    const nearest = own.length > 0 ? own : await this.#nearest(path.dirname(folder));
    this.#known.set(folder, nearest);
    return nearest;
  }

  async #guidanceIn(folder: string): Promise<Guidance[]> {
    const found: Guidance[] = [];
    for (const name of guidanceFiles) {
      const file = path.join(folder, name);
      const text = await this.#workspace.baseFile(file);
      if (text !== undefined) found.push({ file, text });
    }
    return found;
  }
}
