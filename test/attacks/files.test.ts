// Attacks through paths and odd files, by the real tool process as the real tools' user.
import { existsSync, linkSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, openHost } from "./host.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

describe.skipIf(cannotIsolate)(`files (skipped elsewhere: ${whyNot})`, { timeout: 60_000 }, () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost();
    // Files that the tools' user may read, so that what keeps them from it is the path alone.
    writeFileSync(path.join(host.folder, "secret"), "foreign\n");
    await mkdir(path.join(host.folder, "tree-evil"));
    writeFileSync(path.join(host.folder, "tree-evil", "s"), "foreign\n");
    await host.sh("echo own > own; ln -s ../secret link; ln -s / rootlink; ln -s /etc sub; ln -s .. up");
  });
  afterAll(() => host.close());

  test.each([
    ["P1", "../secret"],
    ["P2", "../tree-evil/s"],
    ["P3", "link"],
    ["P4", "rootlink/etc/hostname"],
    ["P4", "/etc/hostname"],
    ["P5", "sub/hostname"],
  ])("%s: %s is not read, edited, written, listed or searched", async (_, given) => {
    const calls: [string, object][] = [
      ["read_file", { path: given }],
      ["edit_file", { path: given, oldText: "foreign", newText: "mine" }],
      ["write_file", { path: given, content: "mine" }],
      ["list_files", { path: given }],
      ["search_code", { pattern: ".", path: given }],
    ];
    for (const [name, input] of calls) {
      const { text, isError } = await host.run(name, input);
      expect(isError, name).toBe(true);
      expect(text, name).toContain("outside the repository");
    }
    expect(readFileSync(path.join(host.folder, "secret"), "utf8")).toBe("foreign\n");
    expect(readFileSync(path.join(host.folder, "tree-evil", "s"), "utf8")).toBe("foreign\n");
  });

  test("P5: no new file gets outside through a folder that is a link", async () => {
    for (const target of ["sub/cody-new", "up/new", "up/deep/er/new", "rootlink/tmp/cody-new"]) {
      expect((await host.run("write_file", { path: target, content: "x" })).isError, target).toBe(true);
    }
    expect(existsSync("/etc/cody-new") || existsSync("/tmp/cody-new")).toBe(false);
    expect(await readdir(host.folder)).not.toContain("new");
  });

  test("P6: pipes, devices, folders and giants are not read, and do not block", async () => {
    await host.sh("mkfifo pipe; ln -s /dev/zero zero; mkdir folder; truncate -s 1900M sparse");
    const says = { pipe: "not an ordinary file", zero: "outside", folder: "list_files", sparse: "too many" };
    const started = performance.now();
    for (const [given, words] of Object.entries(says)) {
      const { text, isError } = await host.run("read_file", { path: given });
      expect(isError, given).toBe(true);
      expect(text, given).toContain(words);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
    await host.sh("rm sparse");
  });

  test("P7: odd names are names", async () => {
    for (const name of ["-rf", "--pre=x", "two\nlines", " ", "$(touch pwn)", "`id`", "ü", "\u202Etxt.exe"]) {
      expect((await host.run("write_file", { path: name, content: "needle\n" })).isError, name).toBe(false);
      expect((await host.run("read_file", { path: name })).text).toBe("1\tneedle");
      expect((await host.run("search_code", { pattern: "needle", path: name })).text).toContain("needle");
    }
    const long = await host.run("write_file", { path: "n".repeat(300), content: "x" });
    expect(long).toMatchObject({ isError: true, text: expect.stringContaining("ENAMETOOLONG") });
    await host.sh("printf x > $'bytes\\xff\\xfe'");
    expect((await host.run("list_files", {})).isError).toBe(false);
    expect(existsSync(path.join(host.tree, "pwn"))).toBe(false);
  });

  test("P8: an edit leaves line ends, marks and foreign bytes as they are", async () => {
    await host.sh(
      "printf 'a\\r\\nb\\r\\nc' > crlf; printf '\\xef\\xbb\\xbfa\\nb\\n' > bom; printf 'b\\xe9\\na\\n' > latin; printf 'a\\0b\\0' > wide",
    );
    const edit = (name: string) => host.run("edit_file", { path: name, oldText: "a", newText: "A" });
    for (const name of ["crlf", "bom", "latin"]) expect((await edit(name)).isError, name).toBe(false);
    expect((await edit("wide")).isError).toBe(true);
    const bytes = (name: string) => readFileSync(path.join(host.tree, name)).toString("latin1");
    expect([bytes("crlf"), bytes("bom"), bytes("latin"), bytes("wide")]).toEqual([
      "A\r\nb\r\nc",
      "\xef\xbb\xbfA\nb\n",
      "b\xe9\nA\n",
      "a\0b\0",
    ]);
  });

  test("P9: a file that is swapped for a link all the time is never read from outside", async () => {
    const swapping = host.sh(
      `${process.execPath} -e '
        const { renameSync, symlinkSync, writeFileSync } = require("fs");
        for (const until = Date.now() + 15_000; Date.now() < until; ) {
          symlinkSync("../secret", "next"); renameSync("next", "swapped");
          writeFileSync("next", "own"); renameSync("next", "swapped");
        }'`,
      3,
    );
    const outcomes = new Set<string>();
    let reads = 0;
    const read = async () => {
      while (reads < 10_000) {
        reads += 1;
        const { text, isError } = await host.run("read_file", { path: "swapped" });
        outcomes.add(isError ? "refused" : text);
      }
    };
    await Promise.all([swapping, ...Array.from({ length: 8 }, read)]);
    expect([...outcomes].toSorted()).toEqual(["1\town", "refused"]);
  });

  test("P9: what trusted git reads holds no hard link to a file that is not the tools' own", async () => {
    const closed = path.join(host.folder, "closed");
    writeFileSync(closed, "foreign\n", { mode: 0o600 });
    const stolen = path.join(host.tree, "stolen");
    await host.sh("ln ../closed stolen; ln own twin; ls -li");
    // As a command can make it where the system does not forbid that.
    if (!existsSync(stolen)) linkSync(closed, stolen);
    expect(await host.diff()).toBe(0);
    expect(existsSync(stolen)).toBe(false);
    expect(existsSync(path.join(host.tree, "twin"))).toBe(true);
    expect(readFileSync(closed, "utf8")).toBe("foreign\n");
  });

  test("P10: a hundred thousand files and a circle of links are listed soon, and cut", async () => {
    const made = await host.sh("mkdir -p many/deep && cd many/deep && seq 100000 | xargs touch", 60);
    expect(made).toContain("exit code 0");
    await host.sh("mkdir ring; ln -s .. ring/ring; ln -s ring ring2");
    const started = performance.now();
    const { text } = await host.run("list_files", {});
    // Where the disk is busy, the tool's own limit of 30 s cuts it.
    expect(performance.now() - started).toBeLessThan(35_000);
    expect(text).toMatch(/many\/ \(\d+ files\)/);
    expect(text).toContain("not all of them");
    expect(text.length).toBeLessThan(31_000);
    await host.sh("rm -r many", 60);
  }, 120_000);
});
