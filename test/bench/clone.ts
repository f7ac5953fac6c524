// Getting a repository: Cody's workspace against a plain clone of depth 1, of a repository with a long past.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { median } from "./figures.ts";
import { startGitServer } from "./git-server.ts";
import { makeLargeRepository } from "./large-repository.ts";

const run = promisify(execFile);

export interface Clone {
  /** Bytes that came over the wire, to those of `git clone --depth 1`. */
  bytes: number;
  /** Time until the tools can work in the tree, to the time of `git clone --depth 1`. */
  seconds: number;
  medianMs: { workspace: number; clone: number };
}

/** Measures `rounds` of each, in turns. */
export async function measureClone(rounds: number): Promise<Clone> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-bench-clone-"));
  const server = await startGitServer(folder);
  try {
    const baseSha = await makeLargeRepository(path.join(folder, "large.git"));
    const cloneUrl = `${server.url}/large.git`;
    const ways = {
      async workspace() {
        const workspace = await openWorkspace({
          folder: path.join(folder, "workspace"),
          cloneUrl,
          authorization: async () => ({ header: "basic bm9ib2R5Om5vYm9keQ==", isNew: false }),
          baseSha,
          baseBranch: "main",
          path: process.env.PATH ?? "",
          signal: new AbortController().signal,
        });
        return () => workspace.remove();
      },
      async clone() {
        const target = path.join(folder, "clone");
        const env = {
          PATH: process.env.PATH ?? "",
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_CONFIG_GLOBAL: "/dev/null",
        };
        await run("git", ["clone", "--quiet", "--depth=1", cloneUrl, target], { env });
        return () => rm(target, { recursive: true, force: true });
      },
    };
    const times = { workspace: [] as number[], clone: [] as number[] };
    const bytes = { workspace: 0, clone: 0 };
    for (let round = 0; round <= rounds; round += 1) {
      for (const way of ["workspace", "clone"] as const) {
        server.takeBytes();
        const from = performance.now();
        const remove = await ways[way]();
        const ms = performance.now() - from;
        bytes[way] = server.takeBytes();
        await remove();
        // The first round warms the file cache and is not counted.
        if (round > 0) times[way].push(ms);
      }
    }
    const medianMs = { workspace: median(times.workspace), clone: median(times.clone) };
    return { bytes: bytes.workspace / bytes.clone, seconds: medianMs.workspace / medianMs.clone, medianMs };
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
