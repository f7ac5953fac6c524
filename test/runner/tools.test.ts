// The tools by themselves: what they answer, what they leave unchanged, and what they refuse.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { toolNamed, tools } from "../../packages/runner/src/tools/catalogue.ts";
import { replaceText } from "../../packages/runner/src/tools/replace-text.ts";
import { truncate } from "../../packages/runner/src/tools/truncate.ts";
import { writeFiles } from "./stage.ts";

/** Of this run alone, for everything that carries it is killed. */
const mark = randomUUID();

async function openTree(files: Record<string, string> = {}) {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "cody-tools-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const root = path.join(folder, "tree");
  const outputFolder = path.join(folder, "output");
  await mkdir(root);
  await mkdir(outputFolder);
  await writeFiles(root, files);
  const environment = { PATH: process.env.PATH ?? "", HOME: folder, CODY_TOOLS: mark };
  const context = { root, outputFolder, environment, timeLeftMs: 60_000 };
  const run = (name: string, input: unknown, more: Partial<typeof context> = {}) => {
    const tool = toolNamed(name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool.run(input, { ...context, ...more });
  };
  return { folder, root, outputFolder, run, in: (name: string) => path.join(root, name) };
}

describe("what the model is told", () => {
  test("every tool has a schema without what only a validator needs", () => {
    for (const tool of tools) {
      expect(tool.inputSchema).toMatchObject({ type: "object" });
      expect(JSON.stringify(tool.inputSchema)).not.toMatch(/\$schema|9007199254740991/);
      expect(tool.name).toMatch(/^[a-z_]{1,64}$/);
    }
  });

  test("wrong input is told by name, and nothing is done", async () => {
    const { run } = await openTree();
    const { text, isError } = await run("read_file", { path: 3, limit: 0 });
    expect(isError).toBe(true);
    expect(text).toMatch(/path: .*string.*limit: /);
  });
});

describe("paths", () => {
  const escapes = [
    "../secret.txt",
    "../tree-evil/secret.txt",
    "/etc/hostname",
    "link-out",
    "root-link/etc/hostname",
    "a/../../secret.txt",
    "nul\0.txt",
  ];

  async function openTrap() {
    const tree = await openTree({ "a/b.txt": "b\n", "inside.txt": "fine\n" });
    await writeFile(path.join(tree.folder, "secret.txt"), "secret\n");
    await mkdir(path.join(tree.folder, "tree-evil"));
    await writeFile(path.join(tree.folder, "tree-evil", "secret.txt"), "secret\n");
    await symlink("../secret.txt", tree.in("link-out"));
    await symlink("/", tree.in("root-link"));
    await symlink("inside.txt", tree.in("link-in"));
    await symlink("..", tree.in("up"));
    return tree;
  }

  test.each(escapes)("%s is not read, edited, written, listed or searched", async (given) => {
    const { run, folder } = await openTrap();
    const calls: [string, object][] = [
      ["read_file", { path: given }],
      ["edit_file", { path: given, oldText: "secret", newText: "mine" }],
      ["write_file", { path: given, content: "mine" }],
      ["list_files", { path: given }],
      ["search_code", { pattern: "secret", path: given }],
    ];
    for (const [name, input] of calls) {
      const { text, isError } = await run(name, input);
      expect(isError, name).toBe(true);
      expect(text).not.toContain("secret\n");
    }
    expect(await readFile(path.join(folder, "secret.txt"), "utf8")).toBe("secret\n");
    expect(await readFile(path.join(folder, "tree-evil", "secret.txt"), "utf8")).toBe("secret\n");
  });

  test("new files do not get outside through a folder that is a link", async () => {
    const { run, folder } = await openTrap();
    for (const target of ["up/new.txt", "up/deep/er/new.txt", "root-link/tmp/cody-new.txt"]) {
      expect((await run("write_file", { path: target, content: "x" })).isError).toBe(true);
    }
    expect((await readdir(folder)).sort()).toEqual(["output", "secret.txt", "tree", "tree-evil"]);
  });

  test("links inside the tree and absolute paths into it are followed", async () => {
    const { run, root } = await openTrap();
    expect((await run("read_file", { path: "link-in" })).text).toContain("fine");
    expect((await run("read_file", { path: path.join(root, "inside.txt") })).text).toContain("fine");
  });

  test("pipes, devices and folders are no files, and do not block", async () => {
    const { run, root } = await openTree({ "d/x": "1" });
    execFileSync("mkfifo", [path.join(root, "pipe")]);
    expect((await run("read_file", { path: "pipe" })).text).toContain("not an ordinary file");
    expect((await run("read_file", { path: "d" })).text).toContain("list_files");
    expect((await run("write_file", { path: "pipe", content: "x" })).isError).toBe(true);
    expect((await run("write_file", { path: "d", content: "x" })).isError).toBe(true);
  });

  test.each([".git/config", "sub/.GIT/hooks/x", "a/../.git/HEAD"])(
    "git's own %s is not written",
    async (given) => {
      const { run } = await openTree({ ".git/config": "[core]\n", "a/x": "1" });
      expect((await run("write_file", { path: given, content: "x" })).isError).toBe(true);
      expect((await run("edit_file", { path: given, oldText: "core", newText: "x" })).isError).toBe(true);
    },
  );

  test("odd names are names", async () => {
    const { run } = await openTree();
    for (const name of ["-rf", "--pre=x", "two\nlines.txt", "ü.txt", "a b"]) {
      expect((await run("write_file", { path: name, content: "needle\n" })).isError).toBe(false);
      expect((await run("read_file", { path: name })).text).toBe("1\tneedle");
      expect((await run("search_code", { pattern: "needle", path: name })).text).toContain("needle");
    }
  });
});

describe("read_file", () => {
  test("shows lines with numbers, and how to go on", async () => {
    const lines = Array.from({ length: 2_100 }, (_, index) => `line ${index + 1}`);
    const { run } = await openTree({
      "long.txt": `${lines.join("\n")}\n`,
      "short.txt": "a\nb",
      "none.txt": "",
    });
    expect((await run("read_file", { path: "short.txt" })).text).toBe("1\ta\n2\tb");
    expect((await run("read_file", { path: "none.txt" })).text).toBe("(the file is empty)");
    const first = (await run("read_file", { path: "long.txt" })).text;
    expect(first).toMatch(/2000\tline 2000\n\(lines 1 to 2000 of 2100; go on with offset 2001\)$/);
    const rest = (await run("read_file", { path: "long.txt", offset: 2_001, limit: 2 })).text;
    expect(rest).toBe(
      "2001\tline 2001\n2002\tline 2002\n(lines 2001 to 2002 of 2100; go on with offset 2003)",
    );
    expect((await run("read_file", { path: "long.txt", offset: 3_000 })).isError).toBe(true);
  });

  test("bounds a page by characters, and a line by itself", async () => {
    const wide = Array.from({ length: 100 }, () => "x".repeat(1_500)).join("\n");
    const { run } = await openTree({ "wide.txt": wide, "one.txt": "y".repeat(5_000) });
    const { text } = await run("read_file", { path: "wide.txt" });
    expect(text.length).toBeLessThan(51_000);
    expect(text).toMatch(/go on with offset 34\)$/);
    expect((await run("read_file", { path: "one.txt" })).text).toMatch(
      /y\[… 3000 more characters in this line\]$/,
    );
  });

  test("says what a binary file is, and what a missing one could be", async () => {
    const { run, in: at } = await openTree({ "src/price.ts": "1" });
    await writeFile(at("image.png"), Buffer.from([137, 80, 0, 1]));
    await writeFile(at("utf16.txt"), Buffer.from("hello", "utf16le"));
    expect((await run("read_file", { path: "image.png" })).text).toContain("binary file of 4 bytes");
    expect((await run("read_file", { path: "utf16.txt" })).text).toContain("binary");
    expect((await run("read_file", { path: "src/prices.ts" })).text).toContain("Beside it: price.ts");
    expect((await run("read_file", { path: "lib/price.ts" })).isError).toBe(true);
  });
});

describe("edit_file", () => {
  interface EditCase {
    name: string;
    before: string;
    oldText: string;
    newText: string;
    after?: string;
    says?: RegExp;
    replaceAll?: boolean;
  }
  const cases: EditCase[] = [
    {
      name: "replaces what stands once",
      before: "a\nb\nc\n",
      oldText: "b",
      newText: "B",
      after: "a\nB\nc\n",
    },
    {
      name: "takes $& and $1 as they are",
      before: "a b",
      oldText: "b",
      newText: "$& $1 $$",
      after: "a $& $1 $$",
    },
    { name: "keeps a missing last line break", before: "a\nb", oldText: "b", newText: "c", after: "a\nc" },
    {
      name: "keeps CRLF and gives it to new lines",
      before: "a\r\nb\r\nc\r\n",
      oldText: "a\nb\n",
      newText: "a\nx\nb\n",
      after: "a\r\nx\r\nb\r\nc\r\n",
      says: /Changed 1 place/,
    },
    { name: "keeps a BOM", before: "\uFEFFa\nb\n", oldText: "a", newText: "A", after: "\uFEFFA\nb\n" },
    {
      name: "refuses what stands twice",
      before: "a\nb\na\n",
      oldText: "a",
      newText: "x",
      says: /2 times, at lines 1, 3/,
    },
    {
      name: "replaces all where that is asked",
      before: "a\nb\na\n",
      oldText: "a",
      newText: "x",
      replaceAll: true,
      after: "x\nb\nx\n",
      says: /2 places/,
    },
    { name: "refuses nothing as the old text", before: "a", oldText: "", newText: "x", says: /write_file/ },
    { name: "refuses a change that is none", before: "a", oldText: "a", newText: "a", says: /same/ },
    {
      name: "tolerates trailing blanks",
      before: "if (x) {  \n  y();\t\n}\n",
      oldText: "if (x) {\n  y();\n}",
      newText: "z();",
      after: "z();\n",
      says: /indentation/,
    },
    {
      name: "tolerates another indentation, and gives it to the new lines",
      before: "class A {\n    b() {\n        c();\n    }\n}\n",
      oldText: "b() {\n    c();\n}\n",
      newText: "b() {\n    d();\n\n    e();\n}\n",
      after: "class A {\n    b() {\n        d();\n\n        e();\n    }\n}\n",
    },
    {
      name: "does not guess where the middle differs",
      before: "start\n  one\nend\n",
      oldText: "start\n  two\nend\n",
      newText: "x\n",
      says: /not found[\s\S]*most similar[\s\S]*1\tstart\n2\t {2}one\n3\tend/,
    },
    {
      name: "does not choose between two similar places",
      before: " a\n\n  a\n",
      oldText: "a \n",
      newText: "b\n",
      says: /2 times, at lines 1, 3/,
    },
    {
      name: "asks whether the edit was made before",
      before: "vat = 20\n",
      oldText: "vat = 19",
      newText: "vat = 20",
      says: /already, at line 1/,
    },
  ];

  test.each(cases)("$name", async ({ before, oldText, newText, after, says, replaceAll }) => {
    const { run, in: at } = await openTree({ f: before });
    const { text, isError } = await run("edit_file", { path: "f", oldText, newText, replaceAll });
    expect(isError, text).toBe(after === undefined);
    expect(await readFile(at("f"), "utf8")).toBe(after ?? before);
    if (says) expect(text).toMatch(says);
  });

  test("shows the lines around", async () => {
    const { run } = await openTree({ f: "1\n2\n3\n4\n5\n6\n7\n8\n9\n" });
    const { text } = await run("edit_file", { path: "f", oldText: "6", newText: "six\nsix" });
    expect(text).toBe(
      "Changed 1 place in f:\n2\t2\n3\t3\n4\t4\n5\t5\n6\tsix\n7\tsix\n8\t7\n9\t8\n10\t9\n11\t",
    );
  });

  test("keeps the bytes of another encoding, and puts only ASCII into it", async () => {
    const { run, in: at } = await openTree();
    await writeFile(at("f"), Buffer.from("caf\xe9 = 1\n", "latin1"));
    expect((await run("edit_file", { path: "f", oldText: "= 1", newText: "= 2" })).isError).toBe(false);
    expect((await readFile(at("f"))).toString("latin1")).toBe("caf\xe9 = 2\n");
    expect((await run("edit_file", { path: "f", oldText: "= 2", newText: "= é" })).text).toContain(
      "not UTF-8",
    );
  });

  test("keeps the mode", async () => {
    const { run, in: at, root } = await openTree({ f: "a\n" });
    execFileSync("chmod", ["755", "f"], { cwd: root });
    await run("edit_file", { path: "f", oldText: "a", newText: "b" });
    expect((await stat(at("f"))).mode & 0o777).toBe(0o755);
  });

  test("a shorter text leaves nothing of the longer one", () => {
    const replaced = replaceText("aaaa\n", { oldText: "aaaa", newText: "b", everywhere: false });
    expect(replaced).toMatchObject({ text: "b\n", lines: [{ first: 1, last: 1 }] });
  });
});

describe("write_file", () => {
  test("makes folders and files, and replaces whole files", async () => {
    const { run, in: at } = await openTree();
    expect((await run("write_file", { path: "a/b/c.txt", content: "long text\n" })).text).toContain("Made");
    expect((await run("write_file", { path: "a/b/c.txt", content: "short" })).text).toContain("Replaced");
    expect(await readFile(at("a/b/c.txt"), "utf8")).toBe("short");
  });
});

describe("search_code", () => {
  const files = {
    "src/a.ts": "one\nneedle here\nthree\n",
    "src/b.ts": "nothing\n",
    ".hidden/c.ts": "needle too\n",
    ".git/notes": "needle in git\n",
    "node_modules/d.ts": "needle ignored\n",
    ".gitignore": "node_modules\n",
  };

  test("finds in hidden files, not in ignored ones and not in git's own", async () => {
    const { run, root } = await openTree(files);
    execFileSync("git", ["init", "-q"], { cwd: root });
    for (const glob of [undefined, "*.ts", ".git/**", "**"]) {
      const { text } = await run("search_code", { pattern: "needle|.*in git", glob });
      expect(text, glob).not.toContain("in git");
      if (glob !== "**") expect(text, glob).not.toContain("ignored");
    }
    const { text } = await run("search_code", { pattern: "needle" });
    expect(text).toContain("src/a.ts:2:needle here");
    expect(text).toContain(".hidden/c.ts:1:needle too");
  });

  test("few matches come with their surroundings, many are cut with a word about it", async () => {
    const { run } = await openTree({ ...files, "many.txt": "many\n".repeat(250) });
    expect((await run("search_code", { pattern: "needle here" })).text).toContain("src/a.ts-1-one");
    const { text } = await run("search_code", { pattern: "many" });
    expect(text.split("\n")).toHaveLength(101);
    expect(text).toMatch(/the first 100 matches; there are more/);
    expect((await run("search_code", { pattern: "absent" })).text).toBe("No matches.");
    expect((await run("search_code", { pattern: "NEEDLE", ignoreCase: true })).text).toContain("needle");
  });

  test.each(["--pre=/tmp/evil.sh", "-e x --files /etc", "--files", "-"])(
    "%s is a pattern and no option",
    async (pattern) => {
      const { run } = await openTree({ "a.txt": `before\n${pattern} after\n` });
      expect((await run("search_code", { pattern })).text).toContain("after");
    },
  );

  test("a broken pattern is told", async () => {
    const { run } = await openTree(files);
    const { text, isError } = await run("search_code", { pattern: "(" });
    expect(isError).toBe(true);
    expect(text).toContain("regex");
  });

  test("a line of megabytes is not shown whole", async () => {
    const { run } = await openTree({ "min.js": `needle${"x".repeat(3_000_000)}\n` });
    expect((await run("search_code", { pattern: "needle" })).text.length).toBeLessThan(1_000);
  });
});

describe("list_files", () => {
  test("lists few files and counts many", async () => {
    const many = Object.fromEntries(Array.from({ length: 320 }, (_, index) => [`big/${index}.txt`, "x"]));
    const { run } = await openTree({ ...many, "a.txt": "x", "src/b.ts": "x", "src/deep/c.ts": "x" });
    const { text } = await run("list_files", {});
    expect(text).toBe("323 files:\na.txt\nbig/ (320 files)\nsrc/ (2 files)");
    expect((await run("list_files", { path: "src" })).text).toBe("src/b.ts\nsrc/deep/c.ts");
    expect((await run("list_files", { glob: "**/*.ts" })).text).toBe("src/b.ts\nsrc/deep/c.ts");
    expect((await run("list_files", { path: "none" })).isError).toBe(true);
  });

  test("does not go round in circles", async () => {
    const { run, in: at } = await openTree({ "d/a.txt": "x" });
    await symlink("..", at("d/loop"));
    expect((await run("list_files", {})).text).toBe("d/a.txt");
  });
});

describe("run_command", () => {
  test("shows both streams in order and the exit code", async () => {
    const { run } = await openTree();
    const { text, isError } = await run("run_command", {
      command: "echo one; echo two >&2; echo three; exit 3",
    });
    expect(text).toBe("one\ntwo\nthree\n(exit code 3)");
    expect(isError).toBe(false);
    expect((await run("run_command", { command: "true" })).text).toBe("(exit code 0)");
    expect((await run("run_command", { command: "kill -9 $$" })).text).toBe("(killed by SIGKILL)");
  });

  test("has no input, starts in the root each time, and keeps nothing", async () => {
    const { run } = await openTree({ "sub/x": "1" });
    expect((await run("run_command", { command: "cat; echo end" })).text).toBe("end\n(exit code 0)");
    await run("run_command", { command: "cd sub; export LEFT=1" });
    expect((await run("run_command", { command: 'ls; echo "[$LEFT]"' })).text).toBe("sub\n[]\n(exit code 0)");
  });

  test("ends after its time, whatever the command thinks of signals", async () => {
    const { run } = await openTree();
    const started = performance.now();
    const { text } = await run("run_command", {
      command: "trap '' TERM INT HUP; echo begun; sleep 60 & wait; sleep 60",
      timeoutSeconds: 1,
    });
    expect(text).toMatch(/^begun\n\(ended after 1 s, before it was done/);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test("is bounded by what is left of the round", async () => {
    const { run } = await openTree();
    const { text } = await run("run_command", { command: "sleep 60" }, { timeLeftMs: 1_000 });
    expect(text).toContain("ended after 1 s");
  });

  test.each([
    "sleep 61 &",
    "nohup sleep 61 > /dev/null 2>&1 &",
    "setsid sleep 61 > /dev/null 2>&1 &",
    "setsid setsid bash -c 'sleep 61 & sleep 61' &",
  ])("nothing is left of %s, and it is not waited for", async (command) => {
    const { run } = await openTree();
    const started = performance.now();
    await run("run_command", { command: `${command}\necho done` });
    expect(performance.now() - started).toBeLessThan(3_000);
    await expect
      .poll(() => execFileSync("bash", ["-c", "pgrep -fx 'sleep 61' || true"], { encoding: "utf8" }))
      .toBe("");
  });

  test("a process that is just becoming another program is not missed", async () => {
    // While it becomes one its environment reads as empty: three hundred chances to look at that moment.
    const chain = '[ "$1" -gt 0 ] && exec bash chain.sh $(($1 - 1)); exec sleep 63\n';
    const { run } = await openTree({ "chain.sh": chain });
    for (let attempt = 0; attempt < 5; attempt += 1)
      await run("run_command", { command: "setsid bash chain.sh 300 &" });
    expect(
      execFileSync("bash", ["-c", "pgrep -f 'chain[.]sh|sleep 6[3]' || true"], { encoding: "utf8" }),
    ).toBe("");
  });

  test("one that hides its environment is not waited for, though it holds the output open", async () => {
    const { run } = await openTree();
    const { text } = await run("run_command", { command: "env -i setsid sleep 64 & echo $!" });
    process.kill(Number.parseInt(text, 10), "SIGKILL");
    expect(text).toMatch(/^\d+\n\(exit code 0\)$/);
  });

  test("long output keeps both ends, and all of it is in a file that the next command can read", async () => {
    const { run, outputFolder } = await openTree();
    const { text } = await run("run_command", { command: "seq 1 200000; echo the end; exit 1" });
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(text).toMatch(/^1\n2\n/);
    expect(text).toMatch(/the end\n\(exit code 1\)$/);
    const file = /All of it is in (\S+);/.exec(text)?.[1] ?? "";
    expect(path.dirname(file)).toBe(outputFolder);
    expect((await run("run_command", { command: `wc -l < ${file}` })).text).toBe("200001\n(exit code 0)");
  });

  test("endless output is no danger", async () => {
    const { run } = await openTree();
    const { text } = await run("run_command", { command: "cat /dev/zero | tr '\\0' x", timeoutSeconds: 1 });
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(text).toMatch(/\(ended after 1 s/);
  });

  test("of output that is longer than the file may be, the file has the beginning", async () => {
    const { run, outputFolder } = await openTree();
    const command = "head -c 36000000 /dev/zero | tr '\\0' x; echo; echo the end";
    const { text } = await run("run_command", { command, timeoutSeconds: 60 });
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(text).toMatch(/The first 32 MB of it are in[\s\S]*the end\n\(exit code 0\)$/);
    const [file = ""] = await readdir(outputFolder);
    expect((await stat(path.join(outputFolder, file))).size).toBeLessThan(34 * 1024 * 1024);
  }, 30_000);

  test("colours and lines drawn over themselves are cleaned up", async () => {
    const { run } = await openTree();
    const { text } = await run("run_command", {
      command: "printf '\\033[31mred\\033[0m\\n10%%\\r50%%\\r100%%\\nend\\r\\n'",
    });
    expect(text).toBe("red\n100%\nend\n(exit code 0)");
  });
});

describe("the rule for long text", () => {
  test("keeps a quarter at the beginning and the rest at the end, in whole lines", () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`).join("\n");
    const cut = truncate(lines, 1_000, "Ask for less.");
    expect(cut).toMatch(
      /^line 0\n[\s\S]*\n\[… \d+ characters left out\. Ask for less\.\]\nline \d+\n[\s\S]*line 999$/,
    );
    expect(cut.length).toBeLessThan(1_100);
    expect(cut.indexOf("[…")).toBeGreaterThan(200);
    expect(cut.indexOf("[…")).toBeLessThan(260);
    expect(truncate("short", 1_000, "")).toBe("short");
  });
});
