// How the bot's programs become Lambda bundles; the parts of Bolt that no Lambda uses are left out.
import type { BuildOptions, Plugin } from "esbuild";

/** Bolt's other receivers load all of these, and they are most of a cold start. */
const unused = ["@slack/socket-mode", "express", "raw-body", "@slack/oauth"];

/** In place of an unused package: classes can be extended and names imported, but nothing can be used. */
const absent = `
const refuse = () => { throw new Error("This part of Bolt is not in the bundle."); };
module.exports = new Proxy(class { constructor() { refuse(); } }, { get: (target, name) => target[name] ?? refuse });
`;

const withoutUnused: Plugin = {
  name: "without-unused-receivers",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${unused.join("|")})$`) }, ({ path }) => ({
      path,
      namespace: "absent",
    }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: absent, loader: "js" }));
  },
};

/** esbuild's options for one or more entry points; the AWS client and Octokit stay in chunks of their own. */
export function bundleOptions(entryPoints: string[], outdir: string): BuildOptions {
  return {
    entryPoints,
    outdir,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    splitting: true,
    minify: true,
    mainFields: ["module", "main"],
    outExtension: { ".js": ".mjs" },
    legalComments: "none",
    plugins: [withoutUnused],
    // Packages in the older module format call require; an ES module has to bring its own.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
  };
}
