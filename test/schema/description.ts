// GitHub's description of its REST API, fetched from the npm registry for itself: it is too large for a dependency.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Schema } from "./validate.ts";

const run = promisify(execFile);

/** One version, so that an answer of this GitHub does not turn wrong overnight. */
const version = "23.0.2";
const file = "package/generated/api.github.com.json";

export interface Operation {
  operationId: string;
  responses: Record<string, Schema>;
}

export interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Schema>>;
}

/** Kept in the folder for temporary files. Throws a sentence where it cannot be had. */
export async function fetchDescription(): Promise<Description> {
  const folder = path.join(tmpdir(), `cody-openapi-${version}`);
  const kept = path.join(folder, "api.github.com.json");
  const text = await readFile(kept, "utf8").catch(async () => {
    await fetchInto(folder, kept);
    return readFile(kept, "utf8");
  });
  const description = JSON.parse(text) as Description;
  correct(description);
  return description;
}

/**
 * The one place where the description contradicts itself: it joins what an installation's account is in a list, a user
 * and an enterprise, where the description of one installation gives them as alternatives.
 */
function correct({ paths }: Description): void {
  const list = paths["/app/installations"]?.get?.responses["200"]?.content?.["application/json"]?.schema;
  const account = list?.items?.properties?.account;
  if (account?.allOf === undefined) throw new Error("The description of installations is another by now.");
  account.anyOf = account.allOf;
  delete account.allOf;
}

async function fetchInto(folder: string, kept: string): Promise<void> {
  process.stdout.write(`Fetching @octokit/openapi ${version} (28 MB) …\n`);
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(path.join(folder, "fetch-"));
  try {
    await run(
      "npm",
      ["pack", `@octokit/openapi@${version}`, "--loglevel", "error", "--pack-destination", work],
      {
        cwd: work,
        timeout: 300_000,
      },
    );
    await run("tar", ["-xzf", path.join(work, `octokit-openapi-${version}.tgz`), "-C", work, file]);
    await rename(path.join(work, file), kept);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const why = stderr?.trim() || message;
    throw new Error(
      `GitHub's description (@octokit/openapi ${version}) could not be fetched, so nothing was checked. This test needs the network once.\n${why}`,
      { cause: error },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
