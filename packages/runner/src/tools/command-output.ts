// Gathers a command's output of any length: both ends in memory, all of it in a file once it is long.

import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { endsOf, joinEnds } from "./truncate.ts";

/** The file ends there; nobody reads further, and a disk is not endless. */
const maxFileBytes = 32 * 1024 * 1024;

export class CommandOutput {
  readonly #path: string;
  readonly #headChars: number;
  readonly #tailChars: number;
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #totalBytes = 0;
  #file: WriteStream | undefined;

  /** `path` is where the whole goes if it is longer than `maxChars`. */
  constructor(path: string, maxChars: number) {
    this.#path = path;
    const { headChars, tailChars } = endsOf(maxChars);
    this.#headChars = headChars;
    this.#tailChars = tailChars;
  }

  /** Takes the next piece; settles when more may come. */
  async add(piece: Buffer): Promise<void> {
    const room = this.#headChars - this.#head.length;
    const toHead = piece.subarray(0, Math.max(0, room));
    const toTail = piece.subarray(toHead.length);
    this.#totalBytes += piece.length;
    if (toHead.length > 0) this.#head = Buffer.concat([this.#head, toHead]);
    const tail = Buffer.concat([this.#tail, toTail]);
    const isLong = tail.length > this.#tailChars;
    if (isLong && !this.#file) {
      this.#file = createWriteStream(this.#path);
      await this.#write(this.#head);
      await this.#write(tail);
    } else if (this.#file) await this.#write(piece);
    this.#tail = isLong ? tail.subarray(tail.length - this.#tailChars) : tail;
  }

  /** The text for the model, when everything has come. */
  async text(): Promise<string> {
    if (!this.#file) return readable(Buffer.concat([this.#head, this.#tail]));
    this.#file.end();
    await once(this.#file, "close");
    const where = this.#totalBytes > maxFileBytes ? "The first 32 MB of it are in" : "All of it is in";
    const hint = `${where} ${this.#path}; look into it with run_command (grep, sed -n, tail).`;
    return joinEnds(readable(this.#head), readable(this.#tail), this.#totalBytes, hint);
  }

  async #write(piece: Buffer): Promise<void> {
    const file = this.#file;
    if (!file || file.bytesWritten >= maxFileBytes) return;
    if (!file.write(piece)) await once(file, "drain");
  }
}

/** Without colours, and of lines that were drawn over themselves only the last state. */
function readable(bytes: Buffer): string {
  return stripVTControlCharacters(bytes.toString("utf8")).replace(/\r+\n/g, "\n").replace(/^.*\r/gm, "");
}
