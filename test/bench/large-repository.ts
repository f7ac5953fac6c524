// Makes a repository with a past: 5,000 commits and 2,000 files, the same every time.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { sourceText } from "./source-text.ts";

const commits = 5_000;
const files = 2_000;
const fileChars = 6_000;

/** Makes it as a bare repository in `folder`; returns the newest commit of `main`. */
export async function makeLargeRepository(folder: string): Promise<string> {
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", folder]);
  const git = spawn("git", ["-C", folder, "fast-import", "--quiet", "--date-format=raw"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const ended = once(git, "exit");
  const write = async (text: string) => {
    if (!git.stdin.write(text)) await once(git.stdin, "drain");
  };
  for (let commit = 0; commit < commits; commit += 1) {
    const message = `Change ${commit}`;
    await write(
      `commit refs/heads/main\ncommitter Ann <ann@example.com> ${1_700_000_000 + commit} +0000\n${data(message)}`,
    );
    const changed = commit === 0 ? Array.from({ length: files }, (_, index) => index) : [commit % files];
    for (const file of changed)
      await write(`M 100644 inline ${nameOf(file)}\n${data(contentOf(file, commit))}`);
  }
  git.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  execFileSync("git", ["-C", folder, "repack", "-adq"]);
  return execFileSync("git", ["-C", folder, "rev-parse", "main"]).toString().trim();
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function nameOf(file: number): string {
  return path.posix.join(`packages/part-${file % 10}`, `module-${file % 100}`, `file-${file}.ts`);
}

/** Source, and between it what does not compress, as in any repository. */
function contentOf(file: number, commit: number): string {
  const hash = createHash("sha512").update(`${file} ${commit}`);
  return `${sourceText(file, fileChars)}\n// ${hash.digest("hex")}\n`;
}
