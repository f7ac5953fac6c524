// Searching 20,000 files: the tool in its process against ripgrep by itself.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makeLog } from "@cody/core/log.ts";
import { makeToolProcess } from "../../packages/runner/src/adapters/tool-process.ts";
import { median } from "./figures.ts";
import { sourceText } from "./source-text.ts";

const run = promisify(execFile);
/** The very program that the tool runs, which is the runner's dependency. */
const runner = createRequire(path.join(import.meta.dirname, "../../packages/runner/package.json"));
const { rgPath }: { rgPath: string } = runner("@vscode/ripgrep");

const folders = 500;
const filesInFolder = 40;
const fileChars = 1_500;
/** A word stands in every so manieth file. One search finds a few dozens of lines, one a single line, one none. */
const words = { RARE_BUT_NOT_ALONE: 400, THE_ONLY_ONE: folders * filesInFolder, NOWHERE_AT_ALL: 0 };

export interface Search {
  /** The tool's time to ripgrep's, over all three searches. */
  ratio: number;
  medianMs: { tool: number; ripgrep: number };
}

/** Measures `rounds` searches of each kind, in turns. */
export async function measureSearch(rounds: number): Promise<Search> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-bench-search-"));
  const tree = path.join(folder, "tree");
  await writeTree(tree);
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: Date.now });
  const tools = makeToolProcess({
    tree,
    folder: path.join(folder, "tools"),
    inherited: { PATH: process.env.PATH ?? "" },
    deadline: Date.now() + 10 * 60_000,
    now: Date.now,
    log,
  });
  const signal = new AbortController().signal;
  const times = { tool: [] as number[], ripgrep: [] as number[] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const pattern of Object.keys(words)) {
        const tool = await timed(async () => (await tools.run("search_code", { pattern }, signal)).text);
        const ripgrep = await timed(async () => {
          // Exit code 1: nothing was found.
          const searched = run(rgPath, ["--line-number", pattern, "."], { cwd: tree });
          return searched
            .catch(({ stdout }: { stdout: string }) => ({ stdout }))
            .then(({ stdout }) => stdout);
        });
        checkSame(pattern, tool.text, ripgrep.text);
        // The first round warms the file cache and is not counted.
        if (round === 0) continue;
        times.tool.push(tool.ms);
        times.ripgrep.push(ripgrep.ms);
      }
    }
  } finally {
    await tools.close();
    await rm(folder, { recursive: true, force: true });
  }
  const medianMs = { tool: median(times.tool), ripgrep: median(times.ripgrep) };
  return { ratio: medianMs.tool / medianMs.ripgrep, medianMs };
}

async function writeTree(tree: string): Promise<void> {
  for (let folder = 0; folder < folders; folder += 1) {
    const place = path.join(tree, `packages/part-${folder % 20}/module-${folder}`);
    await mkdir(place, { recursive: true });
    const files = Array.from({ length: filesInFolder }, (_, index) => folder * filesInFolder + index + 1);
    await Promise.all(
      files.map((number) => {
        const marks = Object.entries(words).filter(([, each]) => each > 0 && number % each === 0);
        const lines = marks.map(([word]) => `const ${word} = ${number};\n`).join("");
        return writeFile(path.join(place, `file-${number}.ts`), lines + sourceText(number, fileChars));
      }),
    );
  }
}

async function timed(work: () => Promise<string>): Promise<{ ms: number; text: string }> {
  const from = performance.now();
  const text = await work();
  return { ms: performance.now() - from, text };
}

/** A search that found something else would be no comparison. */
function checkSame(pattern: string, tool: string, ripgrep: string): void {
  const count = (text: string) => text.split(pattern).length - 1;
  if (count(tool) !== count(ripgrep))
    throw new Error(`${pattern}: the tool shows ${count(tool)} and ripgrep ${count(ripgrep)}`);
}
