// Bundles the configuration into one file that can be imported, by the same recipe as SST's command line.
import { readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import type { Edit, Evaluation, Question } from "./evaluation.ts";

export interface Paths {
  /** The repository. */
  root: string;
  /** SST's platform. */
  platform: string;
  /** Where SST keeps what it makes: bundles and zip files. */
  work: string;
}

/** Provided by the platform's packages when the configuration runs, and not part of the bundle. */
const external = [
  "@pulumi/*",
  "@pulumiverse/*",
  "@sst-provider/*",
  "undici",
  "esbuild",
  "archiver",
  "glob",
  "vite",
];

/** The bundle's modules bring CommonJS, which asks for what an ES module does not have. */
const banner = [
  'import { createRequire as makeRequire } from "node:module";',
  'import { fileURLToPath as toPath } from "node:url";',
  "const require = makeRequire(import.meta.url);",
  "const __filename = toPath(import.meta.url);",
  'const __dirname = toPath(new URL(".", import.meta.url));',
].join("\n");

type App = Evaluation["app"];

interface Configuration {
  app(input: { stage: string }): App;
}

/** What `app()` says of the stage. */
export async function readApp(question: Question, paths: Paths): Promise<App> {
  const { default: configuration } = await load<{ default: Configuration }>({
    contents: `import configuration from "${paths.root}/sst.config.ts";\nexport default configuration;`,
    // SST asks for it before it has anything of Pulumi.
    banner: `${banner}\nfunction $config(input) { return input; }`,
    question,
    paths,
  });
  return configuration.app({ stage: question.stage });
}

/** The configuration as a Pulumi program. */
export async function readProgram(
  app: App,
  question: Question,
  paths: Paths,
): Promise<() => Promise<Record<string, unknown>>> {
  const cli = {
    command: "deploy",
    dev: false,
    paths: { ...paths, home: path.join(paths.work, "home") },
    state: { version: {} },
    env: {},
  };
  const { program } = await load<{ program: () => Promise<Record<string, unknown>> }>({
    contents: [
      `import { run } from "${paths.platform}/src/auto/run.ts";`,
      `import configuration from "${paths.root}/sst.config.ts";`,
      "export const program = () => run(configuration.run);",
    ].join("\n"),
    banner,
    define: {
      $app: JSON.stringify({ ...app, stage: question.stage, providers: { aws: {} } }),
      $cli: JSON.stringify(cli),
      $dev: "false",
    },
    inject: [`${paths.platform}/src/shim/run.js`],
    globals: [
      'import * as aws from "@pulumi/aws";',
      `import * as sst from "${paths.platform}/src/components";`,
    ],
    question,
    paths,
  });
  return program;
}

interface Parts {
  contents: string;
  banner: string;
  define?: Record<string, string>;
  inject?: string[];
  /** Lines in front of every file that is not SST's own. */
  globals?: string[];
  question: Question;
  paths: Paths;
}

/** Bundles it and imports the bundle, which lies beside the platform's packages for as long as that takes. */
async function load<Module>(parts: Parts): Promise<Module> {
  const { contents, question, paths, globals = [] } = parts;
  const outfile = path.join(paths.platform, `evaluated-${process.pid}-${globals.length}.mjs`);
  await build({
    stdin: { contents, resolveDir: paths.root, sourcefile: "evaluated.ts", loader: "ts" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    logLevel: "silent",
    banner: { js: parts.banner },
    define: parts.define,
    inject: parts.inject,
    external,
    nodePaths: [path.join(paths.platform, "node_modules")],
    plugins: [awsClients(paths), projectFiles(globals, question.edits ?? [], paths.root)],
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile, { force: true });
  }
}

/** The AWS clients are found beside the platform or, as from `.sst` inside of it, in the project. */
function awsClients({ root, platform }: Paths): Plugin {
  const places = [platform, root].map((place) => createRequire(path.join(place, "package.json")));
  return {
    name: "aws-clients",
    setup(build) {
      build.onResolve({ filter: /^@aws-sdk\// }, ({ path: name }) => {
        for (const { resolve } of places) {
          try {
            return { path: resolve(name), external: true };
          } catch {
            // Not in this place.
          }
        }
        return { errors: [{ text: `${name} is neither part of the platform nor of the project` }] };
      });
    },
  };
}

/** Puts the globals in front of the project's own files, and the planted faults into them. */
function projectFiles(globals: string[], edits: Edit[], root: string): Plugin {
  return {
    name: "project-files",
    setup(build) {
      build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, async ({ path: file }) => {
        const text = edited(await readFile(file, "utf8"), edits, path.relative(root, file));
        // In one line, so that errors name the right one.
        const head = file.includes(".sst") ? "" : globals.join(" ");
        return { contents: head + text, loader: "default" };
      });
    },
  };
}

function edited(text: string, edits: Edit[], file: string): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((current, { from, to }) => {
      if (current.split(from).length !== 2) throw new Error(`${file} does not have once: ${from}`);
      return current.replace(from, () => to);
    }, text);
}
