// Bundles the page of the local Slack workspace once and answers what the browser asks for.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** One file of the page, ready to be written to a response. */
interface PageFile {
  type: string;
  body: string | Buffer;
}

/** Looks up a path of the address, without its query; undefined where the page has no such file. */
export type Page = (path: string) => PageFile | undefined;

let built: Promise<Page> | undefined;

/**
 * The page as files in memory: `/` and `/index.html`, `/page.js`, `/page.css`. Built at the first call
 * and kept for the life of the process; a failed build is tried again at the next call.
 */
export async function buildPage(): Promise<Page> {
  built ??= bundle();
  try {
    return await built;
  } catch (error) {
    built = undefined;
    throw error;
  }
}

async function bundle(): Promise<Page> {
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const [html, { outputFiles }] = await Promise.all([
    readFile(here("./page.html"), "utf8"),
    build({
      entryPoints: [here("./page.tsx"), here("./page.css")],
      outdir: "/",
      bundle: true,
      write: false,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      jsx: "automatic",
      legalComments: "none",
      define: { "process.env.NODE_ENV": '"production"' },
      logLevel: "silent",
    }),
  ]);
  const index: PageFile = { type: "text/html; charset=utf-8", body: html };
  const files = new Map<string, PageFile>([
    ["/", index],
    ["/index.html", index],
  ]);
  for (const { path, contents } of outputFiles) {
    const type = path.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
    files.set(path, { type, body: Buffer.from(contents) });
  }
  return (path) => files.get(path);
}
