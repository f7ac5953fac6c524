// The layers of the project, from the programs to the core, and which of them may know which.

export type Layer =
  | "root"
  | "program"
  | "app"
  | "listeners"
  | "web"
  | "stories"
  | "effects"
  | "views"
  | "round"
  | "agent"
  | "tools"
  | "publish"
  | "guard"
  | "shared"
  | "adapters"
  | "core";

/** The programs: they read the environment, make clients, and exit. */
const roots = [
  "packages/bot/src/slack.ts",
  "packages/bot/src/effects.ts",
  "packages/bot/src/board.ts",
  "packages/bot/src/watchdog.ts",
  "packages/bot/src/doctor.ts",
  "packages/runner/src/main.ts",
  "packages/runner/src/tools/process.ts",
];

/** Those of them that are run and not called: their last lines do the work. */
export const executables = [
  "packages/bot/src/doctor.ts",
  "packages/runner/src/main.ts",
  "packages/runner/src/tools/process.ts",
];

const single: Record<string, Layer> = {
  "packages/bot/src/program.ts": "program",
  "packages/bot/src/app.ts": "app",
  "packages/runner/src/round.ts": "round",
};

const folders: readonly Layer[] = [
  "listeners",
  "web",
  "stories",
  "effects",
  "views",
  "agent",
  "tools",
  "publish",
  "guard",
];

/** What each layer may import, beside the core, which all may. */
export const mayImport: Record<Layer, readonly Layer[]> = {
  root: [
    "program",
    "app",
    "listeners",
    "web",
    "stories",
    "effects",
    "views",
    "round",
    "agent",
    "tools",
    "publish",
    "guard",
    "shared",
    "adapters",
  ],
  // The shared part of the bot's roots.
  program: ["effects", "stories", "shared", "adapters"],
  app: ["listeners", "stories", "views", "shared"],
  listeners: ["listeners", "stories", "views", "shared"],
  // Pages in a browser, and what other services send.
  web: ["web", "stories", "views", "shared"],
  effects: ["effects", "stories", "views", "shared"],
  stories: ["stories", "views", "shared"],
  views: ["views"],
  round: ["agent", "tools", "publish", "guard", "shared"],
  agent: ["agent", "tools", "guard", "shared"],
  publish: ["publish", "tools", "guard", "shared"],
  // Judges a change, for whoever is about to deliver it and for the agent that can still mend it.
  guard: ["guard", "shared"],
  tools: ["tools", "shared"],
  // Files beside the folders: what several layers of a package share.
  shared: ["views", "tools", "shared"],
  adapters: ["adapters", "tools", "shared"],
  core: [],
};

/** The package of a file under packages/, and its layer; undefined for what is not part of a program. */
export function placeOf(path: string): { package: string; layer: Layer } | undefined {
  const parts = /^packages\/(\w+)\/src\/(.+)$/.exec(path);
  if (!parts) return undefined;
  const [, name = "", inside = ""] = parts;
  return { package: name, layer: layerOf(path, name, inside) };
}

function layerOf(path: string, name: string, inside: string): Layer {
  if (roots.includes(path)) return "root";
  if (inside.split("/").slice(0, -1).includes("adapters")) return "adapters";
  if (name === "core") return "core";
  return single[path] ?? folders.find((folder) => inside.startsWith(`${folder}/`)) ?? "shared";
}
