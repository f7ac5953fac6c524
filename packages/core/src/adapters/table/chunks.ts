// Values larger than an item: compressed, cut into chunks, and read back whole or not at all.
import { createHash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { maxChunkBytes } from "../../limits.ts";
import type { Item, Table } from "./table.ts";

/**
 * Writes `value` under `<prefix>#<chunk>`. The first chunk says how many there are and is written last, and each names
 * the value that it is of, so that a writer that dies half-way leaves nothing that could be read, not even where it
 * was about to replace another value. `expires` in seconds since 1970. Throws where the value there is of a later
 * `term`, for then its writer is late.
 */
export async function saveChunks(
  table: Table,
  { pk, prefix, expires, term = 0 }: { pk: string; prefix: string; expires: number; term?: number },
  value: Buffer,
): Promise<void> {
  const packed = zstdCompressSync(value);
  const of = createHash("sha256").update(packed).digest("base64url");
  const count = Math.max(1, Math.ceil(packed.length / maxChunkBytes));
  for (let chunk = count - 1; chunk >= 0; chunk -= 1) {
    const data = packed.subarray(chunk * maxChunkBytes, (chunk + 1) * maxChunkBytes);
    const item = { pk, sk: keyOf(prefix, chunk), data, count, of, expires, term };
    if (!(await table.put(item, { below: { term: term + 1 } })))
      throw new Error(`somebody who came later has written ${prefix}`);
  }
}

/** Puts together all values among `items`, in key order; values with a chunk missing are left out. */
export function joinChunks(items: Item[]): Buffer[] {
  const whole: Buffer[] = [];
  for (const [index, first] of items.entries()) {
    if (!first.sk.endsWith("#00")) continue;
    const prefix = first.sk.slice(0, -2);
    const chunks = items.slice(index, index + Number(first.count));
    const isOfFirst = (item: Item) => item.sk.startsWith(prefix) && item.of === first.of;
    if (chunks.length !== first.count || !chunks.every(isOfFirst)) continue;
    whole.push(zstdDecompressSync(Buffer.concat(chunks.map((item) => Buffer.from(item.data as Uint8Array)))));
  }
  return whole;
}

function keyOf(prefix: string, chunk: number): string {
  return `${prefix}#${String(chunk).padStart(2, "0")}`;
}
