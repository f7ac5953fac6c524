// One round by the real program, against a real table protocol, real git and the scripted model.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Reply, steps } from "../world/claude/script.ts";
import { openStage, type Stage } from "./stage.ts";

const edit: Reply = {
  calls: [{ name: "edit_file", input: { path: "src/price.ts", oldText: "vat = 19", newText: "vat = 20" } }],
};
const finish: Reply = {
  calls: [{ name: "finish", input: { summary: "The VAT is 20.", verification: "Nothing to run here." } }],
};

test("a change becomes a branch, a pull request and a patch that git applies", async () => {
  const stage = await openStage({ script: steps(edit, finish, finish) });
  const { code, output } = await stage.play();
  expect(code, output).toBe(0);
  const run = await stage.run();
  console.log(output, run);
  expect(run).toMatchObject({ state: "done", outcome: "changed" });
  applies(stage, await stage.patch());
}, 60_000);

function applies(stage: Stage, patch: Buffer | undefined): void {
  const clone = path.join(stage.folder, "clone");
  const bare = path.join(stage.folder, "github", "4711.git");
  execFileSync("git", ["clone", "--quiet", bare, clone]);
  const file = path.join(stage.folder, "it.patch");
  writeFileSync(file, patch ?? "");
  execFileSync("git", ["apply", "--check", file], { cwd: clone });
}
