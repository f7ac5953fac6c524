// Cold starts of the slack program against its yardsticks, in turns, so that a drifting machine hits all alike.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { bundleOptions } from "../../packages/bot/bundle.ts";
import type { FarEnds } from "./far-ends.ts";
import { median } from "./figures.ts";

const run = promisify(execFile);
const here = import.meta.dirname;

const programs = {
  cody: path.join(here, "../../packages/bot/src/slack.ts"),
  byHand: path.join(here, "yardsticks/by-hand.ts"),
  plainBolt: path.join(here, "yardsticks/plain-bolt.ts"),
  hello: path.join(here, "yardsticks/hello.ts"),
};

export interface ColdStart {
  /** Cody's median to that of a handler by hand with one table call. */
  ratio: number;
  toBolt: number;
  toHello: number;
  /** Cody with its secrets in the Parameter Store, as on Lambda, to Cody with its secrets at hand, as its yardsticks. */
  withSecrets: number;
  /** Medians, in milliseconds from process start to answer. */
  medianMs: Record<keyof typeof programs | "deployed", number>;
}

/** Measures `rounds` cold starts of each program. */
export async function measureColdStart({ env, deployedEnv }: FarEnds, rounds: number): Promise<ColdStart> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-bench-"));
  try {
    const names = Object.keys(programs) as (keyof typeof programs)[];
    const probe = path.join(folder, "probe", "one-cold-start.mjs");
    for (const name of names) {
      const options = bundleOptions([programs[name]], path.join(folder, name));
      await build(name === "plainBolt" ? { ...options, plugins: [] } : options);
    }
    await build(bundleOptions([path.join(here, "one-cold-start.ts")], path.dirname(probe)));
    const bundleOf = (name: keyof typeof programs) =>
      path.join(folder, name, `${path.basename(programs[name], ".ts")}.mjs`);
    const starts = [
      ...names.map((name) => ({ name, bundle: bundleOf(name), env })),
      { name: "deployed" as const, bundle: bundleOf("cody"), env: { ...env, ...deployedEnv } },
    ];
    const times = new Map(starts.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const start of starts) {
        const { stdout } = await run(process.execPath, [probe, start.bundle], { env: start.env });
        // The first round warms the file cache and is not counted.
        if (round > 0) times.get(start.name)?.push(JSON.parse(stdout).answeredMs);
      }
    }
    const medianMs = Object.fromEntries(
      [...times].map(([name, each]) => [name, median(each)]),
    ) as ColdStart["medianMs"];
    return {
      ratio: medianMs.cody / medianMs.byHand,
      toBolt: medianMs.cody / medianMs.plainBolt,
      toHello: medianMs.cody / medianMs.hello,
      withSecrets: medianMs.deployed / medianMs.cody,
      medianMs,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
