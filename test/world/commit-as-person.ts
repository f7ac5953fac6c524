// Commits to a branch as a person does: a clone of their own, a change, a push.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { World } from "./world.ts";

const run = promisify(execFile);

/** Writes a file on a branch, as this account; returns the commit. */
export async function commitAsPerson(
  { github, secrets }: Pick<World, "github" | "secrets">,
  login: string,
  change: { repository: string; branch: string; file: string; text: string; message: string },
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-person-"));
  const credentials = Buffer.from(`x-access-token:${login}-${secrets.githubToken}`).toString("base64");
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraheader",
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${credentials}`,
  };
  const git = async (...args: string[]) =>
    (await run("git", args, { cwd: folder, env, encoding: "utf8" })).stdout.trim();
  try {
    const { repository, branch, file, text, message } = change;
    await git("clone", "--quiet", "--depth=1", `--branch=${branch}`, github.cloneUrl(repository), ".");
    await git("config", "user.name", login);
    await git("config", "user.email", `${login}@people.invalid`);
    await writeFile(path.join(folder, file), text);
    await git("add", "--", file);
    await git("commit", "--quiet", "-m", message);
    await git("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    return await git("rev-parse", "HEAD");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
