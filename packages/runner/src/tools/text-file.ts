// Text files as bytes: read whole, told apart from binary ones, written back without changing what was not edited.
import type { FileHandle } from "node:fs/promises";
import { ToolError } from "./define-tool.ts";

/** As far as git looks for a NUL before it calls a file binary. */
const binaryProbeBytes = 8_000;

/** The whole of a text file. Throws where it is binary, which UTF-16 is too. */
export async function readText(file: FileHandle, given: string): Promise<Buffer> {
  const bytes = await file.readFile();
  if (bytes.subarray(0, binaryProbeBytes).includes(0))
    throw new ToolError(
      `${given} is a binary file of ${bytes.length} bytes; it cannot be shown or edited here.`,
    );
  return bytes;
}

/** Replaces the content of an open file, which keeps its mode and its name. */
export async function overwrite(file: FileHandle, content: Buffer): Promise<void> {
  await file.truncate(0);
  for (let written = 0; written < content.length; ) {
    const { bytesWritten } = await file.write(content, written, content.length - written, written);
    written += bytesWritten;
  }
}

/** One character a byte, so that bytes of any encoding survive being handled as text. */
export function asBytes(bytes: Buffer): string {
  return bytes.toString("latin1");
}

export function fromBytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Text of the model as its UTF-8 bytes, one character each. */
export function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** What bytes mean as UTF-8; anything else shows as replacement characters. */
export function decoded(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
