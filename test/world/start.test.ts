// `npm start` on a machine that lacks something: a sentence, and nothing is started.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cody-start-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** With no other programs on the PATH than those in the folder. */
function start(...flags: string[]) {
  const script = path.join(import.meta.dirname, "start.ts");
  const env = { ...process.env, PATH: folder };
  return spawnSync(process.execPath, [script, ...flags], { env, encoding: "utf8", timeout: 20_000 });
}

test("without git, it says so at once", () => {
  const { status, stderr } = start("--once");
  expect(stderr).toBe(
    "Cody needs git 2.38 or newer, and there is none on the PATH. Install it and try again.\n",
  );
  expect(status).toBe(2);
});

test("with an old git, it says which", () => {
  const git = path.join(folder, "git");
  writeFileSync(git, "#!/bin/sh\necho git version 2.34.1\n");
  chmodSync(git, 0o755);
  const { status, stderr } = start("--once");
  expect(stderr).toBe("Cody needs git 2.38 or newer, and this is 2.34.1. Install it and try again.\n");
  expect(status).toBe(2);
});

test("the scenarios are listed all the same", () => {
  const { status, stdout } = start("--list");
  expect(stdout).toContain("upgrade: ");
  expect(status).toBe(0);
});
