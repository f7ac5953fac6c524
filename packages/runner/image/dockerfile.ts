// Writes the Dockerfile, and what of the repository its build may see, from the list of stages.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildArguments, home, type Stage, type Step, stagesOf, start } from "./stages.ts";

const root = path.join(import.meta.dirname, "../../..");

/** The content of package-lock.json. */
export function readLock(): unknown {
  return JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
}

/** What has to stand in the repository: paths from its root, each with its content. */
export function writtenFiles(lock: unknown): Record<string, string> {
  const stages = stagesOf(lock);
  return { "packages/runner/Dockerfile": dockerfile(stages), ".dockerignore": dockerignore(stages) };
}

/** A step as one command of sh, as a build runs it; undefined for a step that only moves files. */
export function commandOf(step: Step): string | undefined {
  if ("run" in step) return joined(step.run);
  if (!("install" in step)) return undefined;
  const install = ["apt-get install --yes --no-install-recommends", ...step.install].join(" \\\n      ");
  return joined(["apt-get update", install, "rm -rf /var/lib/apt/lists/*"]);
}

function joined(lines: readonly string[]): string {
  return lines.join(" \\\n && ");
}

function dockerfile(stages: readonly Stage[]): string {
  const lines = [
    "# Written from the list in packages/runner/image/stages.ts: change that, and run npm run dockerfile.",
    "#",
    "# Build it in the repository's root, with Debian 13 by the digest that is the newest on that day:",
    "#   docker buildx imagetools inspect debian:trixie-slim --format '{{.Manifest.Digest}}'",
    "#   docker build --file packages/runner/Dockerfile --platform linux/amd64 \\",
    "#     --build-arg BASE_IMAGE=debian:trixie-slim@sha256:<digest> \\",
    "#     --build-arg NPM_REGISTRY=$(npm config get registry) --tag cody-runner .",
    "# SYSTEM=slim leaves the compilers out; SYSTEM=<your image>@sha256:<digest> puts Cody into an image of yours.",
    ...argumentLines(buildArguments),
    ...stages.flatMap(stageLines),
    "",
    `WORKDIR ${start.workDir}`,
    `VOLUME ${JSON.stringify(start.volumes)}`,
    "# An image of your own can name another signal, and the runner knows this one.",
    "STOPSIGNAL SIGTERM",
    "# The init passes signals on to the runner, and collects what commands leave behind.",
    `ENTRYPOINT ${JSON.stringify(start.entrypoint)}`,
    "CMD []",
  ];
  return `${lines.join("\n")}\n`;
}

/** What a stage begins with whose image is anybody's. */
const ownShellAndUser = [
  "",
  "# An image of your own can have a shell that takes other commands for failures, and a user who may write nothing.",
  'SHELL ["/bin/sh","-c"]',
  "# Root stays: only root can start the tools as another user. They get nothing of that.",
  "USER root",
];

function stageLines({ name, from, why, arguments: named = {}, isForeign, steps }: Stage): string[] {
  const lines = steps.flatMap((step) => ["", `# ${step.why}`, ...instructions(step)]);
  const begin = ["", "", `# ${why}`, `FROM ${from} AS ${name}`, ...argumentLines(named)];
  return [...begin, ...(isForeign ? ownShellAndUser : []), ...lines];
}

function instructions(step: Step): string[] {
  if ("copy" in step) return step.copy.map((each) => `COPY ${each} ${home}/${each}`);
  if ("take" in step) return [`COPY --from=${step.from} ${step.take} ${step.take}`];
  return [`RUN ${commandOf(step)}`];
}

function argumentLines(named: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(named).map(([name, value]) => `ARG ${name}${value === undefined ? "" : `=${value}`}`);
}

/** Nothing but what is copied: no keys, no history, nothing that happens to lie there. */
function dockerignore(stages: readonly Stage[]): string {
  const copied = stages.flatMap(({ steps }) => steps.flatMap((step) => ("copy" in step ? step.copy : [])));
  const lines = ["# Written with the Dockerfile.", "*", ...new Set(copied.map((each) => `!${each}`))];
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) {
  for (const [file, content] of Object.entries(writtenFiles(readLock()))) {
    writeFileSync(path.join(root, file), content);
    process.stdout.write(`${file}\n`);
  }
}
