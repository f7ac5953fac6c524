// Attacks by processes that stay behind and go on writing while a change is compared, committed and pushed.
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Change } from "@cody/core/ports/workspace.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { kill } from "../../packages/runner/src/tools/left-behind.ts";
import { publish } from "../runner/yard.ts";
import { elsewhere, type IsolatedYard, openIsolatedYard, patience } from "./isolated-yard.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

/** What was pushed is what was shown, by its name and byte for byte. */
function expectPushed({ baseSha, remote }: IsolatedYard, { id, patch }: Change, branch: string) {
  expect(id).toBe(`${baseSha}..${remote("rev-parse", `${branch}^{tree}`)}`);
  expect(remote("diff", "--full-index", baseSha, branch)).toBe(String(patch).trim());
}

test(
  `G10: one in a session of its own is dead before it can change anything (${elsewhere})`,
  patience,
  async () => {
    const yard = await openIsolatedYard();
    const later = "touch .git/waits; until [ -e ../go ]; do sleep 0.01; done; echo evil >> a.txt";
    await yard.sh(
      `setsid bash -c '${later}' & until [ -e .git/waits ]; do sleep 0.01; done; echo two >> a.txt`,
    );
    await writeFile(path.join(yard.folder, "go"), "");
    await sleep(200);
    expect((await yard.compared()).patch.toString()).not.toContain("evil");
  },
);

/** Plainly: the file is emptied and then written, over and over. It ends by itself where nothing else ends it. */
const writing = "while ((SECONDS < 30)); do date +%N > a.txt; done";
const begins = "date +%N > a.txt; touch .git/writes";
const writers = [
  `${begins}; ${writing}`,
  `${begins}; setsid env -i PATH="$PATH" bash -c '${writing}' & ${writing}`,
  `${begins}; (trap "" TERM HUP; ${writing}) & wait`,
  ": > a.txt; touch .git/writes; sleep 60",
];

test.skipIf(cannotIsolate)(
  `G10: one that writes all the time, at whatever moment it is caught, changes nothing of what was shown (skipped elsewhere: ${whyNot})`,
  patience,
  async () => {
    const yard = await openIsolatedYard();
    const file = path.join(yard.workspace.tree, "a.txt");
    const marker = path.join(yard.workspace.tree, ".git", "writes");
    for (const [number, command] of writers.entries()) {
      const branch = `cody/writer-${number}`;
      const call = yard.run("run_command", { command, timeoutSeconds: 60 });
      await expect.poll(() => existsSync(marker), { timeout: 20_000 }).toBe(true);
      const change = await yard.compared();
      const shown = readFileSync(file);
      await publish(yard.workspace, { branch });
      expectPushed(yard, change, branch);
      expect(yard.remote("hash-object", file)).toBe(yard.remote("rev-parse", `${branch}:a.txt`));
      expect(readFileSync(file)).toEqual(shown);
      expect((await call).text).toContain("was killed");
      await rm(marker);
    }
    expect(readFileSync(file, "utf8"), "the last one was caught with the file empty").toBe("");
  },
);

test(
  "G10: without a user of their own one that hides lives on, and what was shown is pushed all the same",
  patience,
  async () => {
    const yard = await openIsolatedYard({ isolated: false });
    await yard.sh(`env -i PATH="$PATH" setsid bash -c 'echo $$ > .git/writer; ${begins}; ${writing}' > /dev/null 2>&1 &
    until [ -e .git/writes ]; do sleep 0.01; done`);
    const { tree } = yard.workspace;
    const pid = Number(await readFile(path.join(tree, ".git", "writer"), "utf8"));
    onTestFinished(() => kill(-pid));
    // A file that becomes shorter while git reads it stays as it was.
    const change = await vi.waitFor(() => yard.compared(), { timeout: 20_000 });
    await publish(yard.workspace);
    expectPushed(yard, change, "cody/abc");
    const now = () => yard.remote("hash-object", path.join(tree, "a.txt"));
    await expect.poll(now, { timeout: 20_000 }).not.toBe(yard.remote("rev-parse", "cody/abc:a.txt"));
  },
);
