// A runner reduced to its tools: keys in its environment, real isolation, tool calls as lines on its stdin.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { makeLog } from "@cody/core/log.ts";
import type { Workspace } from "@cody/core/ports/workspace.ts";
import { makeIsolation } from "../../packages/runner/src/adapters/isolation.ts";
import { processesOf } from "../../packages/runner/src/tools/left-behind.ts";
import type { HostOrder, HostSettings } from "./host.ts";

const { folder, uid, memoryBytes } = JSON.parse(process.argv[2] ?? "") as HostSettings;
const tree = path.join(folder, "tree");
const user = uid === undefined ? undefined : { uid, gid: uid };
const isolation = makeIsolation({
  user,
  commands: true,
  policy: { network: "registries", hosts: [], never: [] },
  folder,
  inherited: { PATH: process.env.PATH ?? "" },
  memoryBytes,
  now: Date.now,
  log: makeLog({
    level: "info",
    write: (line) => process.stderr.write(`${line}\n`),
    redact: (text) => text,
    now: Date.now,
  }),
});
/** Tells what it finds alive where trusted git would read the tree. */
const workspace = {
  diff: async () => (uid === undefined ? 0 : processesOf(uid).length),
} as unknown as Workspace;

const words = await isolation.begin();
mkdirSync(tree, { recursive: true });
execFileSync("git", ["init", "--quiet", tree]);
// As the trusted git directory would hold it.
mkdirSync(path.join(folder, "git"), { mode: 0o700 });
writeFileSync(path.join(folder, "git", "config"), process.env.GITHUB_TOKEN ?? "");
const tools = isolation.startTools({ tree, deadline: Date.now() + 600_000 });
const never = new AbortController().signal;

async function obey({ order, name, input }: HostOrder): Promise<unknown> {
  if (order === "run") return tools.run(name ?? "", input, never);
  if (order === "diff") return isolation.guarded(workspace).diff();
  return isolation.denied();
}

const tell = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
tell({ ready: words });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as HostOrder;
  obey(order).then(
    (result) => tell({ id: order.id, result }),
    (error: unknown) => tell({ id: order.id, error: String(error) }),
  );
}
await tools.close();
await isolation.close();
