// Bundles of the bot's programs, made afresh for each deployment by the project's own esbuild.
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { bundleOptions } from "../packages/bot/bundle.ts";

/** The bot's programs: what runs on Lambda. */
const functions = ["slack", "effects", "board", "watchdog"] as const;
export type FunctionName = (typeof functions)[number];

/** The folder with the bundle of each program, by name. */
export async function makeBundles(): Promise<Record<FunctionName, string>> {
  const made = await Promise.all(
    functions.map(async (name) => {
      const folder = path.join($cli.paths.work, "bundles", name);
      await bundle(name, folder);
      return [name, folder] as const;
    }),
  );
  return Object.fromEntries(made) as Record<FunctionName, string>;
}

async function bundle(name: FunctionName, folder: string): Promise<void> {
  const { root } = $cli.paths;
  // SST brings an older esbuild for itself, and an import would find that one.
  const { build } = createRequire(path.join(root, "package.json"))("esbuild") as typeof import("esbuild");
  // Chunks are named by what is in them, and those of before would be zipped as well.
  await rm(folder, { recursive: true, force: true });
  const entry = path.join(root, `packages/bot/src/${name}.ts`);
  await build({ ...bundleOptions([entry], folder), absWorkingDir: root, logLevel: "warning" });
}
