// Debian 13 as apt knows it, beside the machine's own: package lists, what an installation would do, and a root file system.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheFolder, debianKeys, openCache, run } from "./machine.ts";

const release = "trixie";
const sources = `Types: deb
URIs: http://deb.debian.org/debian
Suites: ${release} ${release}-updates
Components: main
Signed-By: ${debianKeys}

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: ${release}-security
Components: main
Signed-By: ${debianKeys}
`;

/** The processors that the image can be built for. */
export const processors = ["amd64", "arm64"];

const freshMs = 24 * 60 * 60_000;
const state = path.join(cacheFolder, "apt");
const sourcesFile = path.join(state, "debian.sources");
const listed = path.join(state, "listed");

/** apt with a state of its own: nothing of the machine's is read but its proxies, and nothing is written. */
const settings = {
  "Dir::Etc::SourceList": sourcesFile,
  "Dir::Etc::SourceParts": "/dev/null",
  "Dir::Etc::Preferences": "/dev/null",
  "Dir::Etc::PreferencesParts": "/dev/null",
  "Dir::State": state,
  "Dir::State::Lists": path.join(state, "lists"),
  "Dir::State::Status": path.join(state, "status"),
  "Dir::Cache": path.join(state, "cache"),
  "APT::Architectures": processors.join(","),
  "APT::Update::Error-Mode": "any",
  "APT::Sandbox::User": "root",
  "Acquire::Languages": "none",
  "Acquire::Retries": "2",
};

function apt(args: readonly string[], more: Record<string, string> = {}, cwd?: string): Promise<string> {
  const options = Object.entries({ ...settings, ...more }).map(
    ([name, value]) => `--option=${name}=${value}`,
  );
  // One at a time, of all that use this cache.
  return run("flock", [path.join(cacheFolder, "lock"), "apt-get", ...options, ...args], cwd);
}

/** Gets Debian's package lists, once a day. Returns why that was not possible, in apt's words. */
export async function whyNoLists(): Promise<string | undefined> {
  await openCache();
  if (existsSync(listed) && Date.now() - (await stat(listed)).mtimeMs < freshMs) return undefined;
  for (const folder of ["lists/partial", "cache/archives/partial"])
    await mkdir(path.join(state, folder), { recursive: true });
  await writeFile(sourcesFile, sources);
  // As on a machine on which nothing is installed.
  await writeFile(path.join(state, "status"), "");
  try {
    await apt(["update"]);
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    const [first] = stderr.split("\n").filter((line) => line.startsWith("E:"));
    return `Debian's package lists cannot be had (${first ?? (error as Error).message})`;
  }
  await writeFile(listed, "");
  return undefined;
}

/** Names of all that would be installed with these packages. Throws apt's words where they cannot be. */
export async function simulateInstall(packages: readonly string[], processor: string): Promise<string[]> {
  const printed = await apt(["install", "--simulate", "--no-install-recommends", ...packages], {
    "APT::Architecture": processor,
    "APT::Architectures": processor,
  });
  return [...printed.matchAll(/^Inst ([^ :]+)/gm)].map(([, name = ""]) => name);
}

/** Makes `folder` a Debian 13 like its official image, with these packages installed. */
export async function makeDebian(folder: string, packages: readonly string[]): Promise<void> {
  const tools = await mkdtemp(path.join(cacheFolder, "mmdebstrap-"));
  try {
    // Fetched and not installed: the machine stays as it is.
    await apt(["download", "mmdebstrap"], {}, tools);
    const [file = ""] = await readdir(tools);
    await run("dpkg-deb", ["--extract", file, "."], tools);
    const how = [
      "--mode=root",
      "--variant=minbase",
      "--format=directory",
      // Whoever loses power makes it anew.
      "--dpkgopt=force-unsafe-io",
      `--include=${packages.join(",")}`,
    ];
    const inOwnMounts = ["--mount", "--propagation=private", "perl", path.join(tools, "usr/bin/mmdebstrap")];
    await run("unshare", [...inOwnMounts, ...how, release, folder, sourcesFile]);
  } finally {
    await rm(tools, { recursive: true, force: true });
  }
}
