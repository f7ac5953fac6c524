// Text as tools give it: Cody's own source, cut into pieces of which no two are the same.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../../packages");
const all = globSync("**/src/**/*.ts", { cwd: root })
  .toSorted()
  .map((file) => readFileSync(path.join(root, file), "utf8"))
  .join("\n");

/** The piece with this number, of this many characters. */
export function sourceText(number: number, chars: number): string {
  const from = (number * chars) % Math.max(1, all.length - chars);
  // The number stands in it, for in the end the pieces begin again.
  return `// ${number}\n${all.slice(from, from + chars)}`.slice(0, chars);
}
