// Shows the places of a file that are most like a passage that was not found, with their line numbers.

const maxBlocks = 3;
const maxLines = 12;

/** Up to three blocks of `lines` that share most lines with `wanted`; empty where none shares any. */
export function nearestBlocks(lines: readonly string[], wanted: readonly string[]): string {
  const keys = wanted.map((line) => line.trim());
  const scored = lines
    .map((_, first) => ({ first, score: scoreAt(lines, first, keys) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || one.first - other.first);
  const chosen: number[] = [];
  for (const { first } of scored) {
    if (chosen.length === maxBlocks) break;
    if (chosen.every((other) => Math.abs(other - first) >= keys.length)) chosen.push(first);
  }
  if (chosen.length === 0) return " Nothing in the file is like it; read the file first.";
  const blocks = chosen.map((first) => numbered(lines, first, Math.min(keys.length, maxLines)));
  return `\nThe most similar places:\n${blocks.join("\n--\n")}`;
}

/** Lines of the file as the model sees them: number, tab, text. Lines from `first`, counted from 0. */
export function numbered(lines: readonly string[], first: number, count: number): string {
  return lines
    .slice(first, first + count)
    .map((line, index) => `${first + index + 1}\t${line}`)
    .join("\n");
}

/** Equal lines count by their length: a shared `}` says little. */
function scoreAt(lines: readonly string[], first: number, keys: readonly string[]): number {
  return keys.reduce((score, key, index) => {
    const same = key !== "" && lines[first + index]?.trim() === key;
    return score + (same ? Math.min(key.length, 40) : 0);
  }, 0);
}
