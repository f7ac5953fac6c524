// Values larger than an item: compressed, cut into chunks, and read back whole or not at all.
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { maxChunkBytes } from "../../limits.ts";
import type { Item, Table } from "./table.ts";

/**
 * Writes `value` under `<prefix>#<chunk>`. The first chunk says how many there are and is written last, so that a
 * writer that dies half-way leaves nothing that could be read. `expires` in seconds since 1970.
 */
export async function saveChunks(
  table: Table,
  { pk, prefix, expires }: { pk: string; prefix: string; expires: number },
  value: Buffer,
): Promise<void> {
  const packed = zstdCompressSync(value);
  const count = Math.max(1, Math.ceil(packed.length / maxChunkBytes));
  for (let chunk = count - 1; chunk >= 0; chunk -= 1) {
    const data = packed.subarray(chunk * maxChunkBytes, (chunk + 1) * maxChunkBytes);
    await table.put({ pk, sk: keyOf(prefix, chunk), data, count, expires });
  }
}

/** Puts together all values among `items`, in key order; values with a chunk missing are left out. */
export function joinChunks(items: Item[]): Buffer[] {
  const whole: Buffer[] = [];
  for (const [index, first] of items.entries()) {
    if (!first.sk.endsWith("#00")) continue;
    const prefix = first.sk.slice(0, -2);
    const chunks = items.slice(index, index + Number(first.count));
    if (chunks.length !== first.count || chunks.some((item) => !item.sk.startsWith(prefix))) continue;
    whole.push(zstdDecompressSync(Buffer.concat(chunks.map((item) => Buffer.from(item.data as Uint8Array)))));
  }
  return whole;
}

function keyOf(prefix: string, chunk: number): string {
  return `${prefix}#${String(chunk).padStart(2, "0")}`;
}
