// What this machine can do of the image's tests, said in words where it cannot, and where it keeps what was fetched.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Package lists of Debian, and stages of the image that change seldom. May be removed at any time. */
export const cacheFolder = path.join(
  process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"),
  "cody-image",
);

export const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** More than any command prints. */
const maxOutputBytes = 64 * 1024 * 1024;

/** Runs a program of this machine. Throws what it said where it fails. */
export async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout } = await execute(program, args, { cwd, env, maxBuffer: maxOutputBytes });
  return stdout;
}

/** Why Debian's packages cannot be looked at here; undefined where they can. */
export function whyNoPackages(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  for (const program of ["apt-get", "flock"]) if (!has(program)) return `${program} is not installed`;
  if (!existsSync(debianKeys)) return `Debian's keys are not installed (${debianKeys})`;
  return undefined;
}

/** Why no root file system can be made and run here; undefined where it can. */
export function whyNoContainers(): string | undefined {
  const why = whyNoPackages();
  if (why) return why;
  if (process.getuid?.() !== 0) return "only root can make a root file system";
  for (const program of ["dpkg-deb", "perl", "chroot", "setpriv"])
    if (!has(program)) return `${program} is not installed`;
  const spaces = ["--mount", "--propagation=private", "--pid", "--fork", "mount", "-t", "tmpfs", "x", "/mnt"];
  if (spawnSync("unshare", spaces, { stdio: "ignore" }).status !== 0)
    return "root may not mount anything here, as in most containers";
  return undefined;
}

function has(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status === 0;
}

/** The address from which npm fetches packages here, without a slash at its end. */
export function npmRegistry(): string {
  const printed = execFileSync("npm", ["config", "get", "registry"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return printed.trim().replace(/\/+$/, "");
}

export async function openCache(): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
}
