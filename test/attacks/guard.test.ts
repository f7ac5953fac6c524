// Attacks on what CI runs and who reviews it: changes by the real tools, judged before anything is pushed.
import path from "node:path";
import { describe, expect, test } from "vitest";
import { guard } from "../../packages/runner/src/guard/guard.ts";
import { publish } from "../runner/yard.ts";
import { elsewhere, type IsolatedYard, openIsolatedYard, patience } from "./isolated-yard.ts";
import { refuseWorkflows } from "./refuse-workflows.ts";

const workflow = "on: push\njobs: {}\n";
const files = {
  "a.txt": "one\n",
  "evil.yml": workflow,
  "build.sh": "#!/bin/sh\nmake\n",
  ".github/workflows/ci.yml": workflow,
  ".github/actions/setup/action.yml": "runs: {}\n",
  "action.yml": "runs: {}\n",
  "docs/CODEOWNERS": "* @acme/security\n",
  ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = https://github.com/acme/lib\n',
};

/** Has a command do it, and judges what came of it. */
async function judged({ sh, compared }: IsolatedYard, command: string) {
  await sh(command);
  return guard(await compared(), () => false);
}

const holds = (...reasons: string[]) => ({ verdict: "hold", reasons });
const ci = "which says what the CI runs.";

describe(`what CI runs (${elsewhere})`, patience, () => {
  test("W1: a new workflow is held", async () => {
    const yard = await openIsolatedYard({ files });
    expect(await judged(yard, "cp evil.yml .github/workflows/x.yml")).toEqual(
      holds(`It adds .github/workflows/x.yml, ${ci}`),
    );
  });

  test("W2: a file renamed into the workflows is held, and one renamed out of them", async () => {
    const yard = await openIsolatedYard({ files });
    expect(await judged(yard, "git mv evil.yml .github/workflows/x.yml")).toEqual(
      holds(`It adds .github/workflows/x.yml, ${ci}`),
    );
    expect(await judged(yard, "git reset -q --hard && git mv .github/workflows/ci.yml ci.yml")).toEqual(
      holds(`It removes .github/workflows/ci.yml, ${ci}`),
    );
  });

  test("W3: the workflows as a link are held, and refused where it leads outside", async () => {
    const yard = await openIsolatedYard({ files });
    const link = (target: string) => `rm -rf .github/workflows && ln -sfn ${target} .github/workflows`;
    expect(await judged(yard, `mkdir mine && cp evil.yml mine && ${link("../mine")}`)).toEqual(
      holds(
        `It adds .github/workflows, ${ci}`,
        `It removes .github/workflows/ci.yml, ${ci}`,
        "It adds .github/workflows, a link to ../mine.",
      ),
    );
    for (const target of ["/tmp", "../../mine", "../.git"])
      expect(await judged(yard, link(target)), target).toMatchObject({
        verdict: "refuse",
        failure: { kind: "change-refused", detail: expect.stringContaining(".github/workflows is a link") },
      });
  });

  test("W4: a workflow that goes is held", async () => {
    const yard = await openIsolatedYard({ files });
    expect(await judged(yard, "rm -r .github/workflows")).toEqual(
      holds(`It removes .github/workflows/ci.yml, ${ci}`),
    );
  });

  test("W5: upper and lower case are the same", async () => {
    const yard = await openIsolatedYard({ files });
    expect(await judged(yard, "mkdir -p .GitHub/Workflows && cp evil.yml .GitHub/Workflows/x.yml")).toEqual(
      holds(`It adds .GitHub/Workflows/x.yml, ${ci}`),
    );
  });

  test("W6: actions, owners and submodules are held, each by its name", async () => {
    const yard = await openIsolatedYard({ files });
    const names = [".github/actions/setup/action.yml", ".gitmodules", "action.yml", "docs/CODEOWNERS"];
    expect(await judged(yard, `for name in ${names.join(" ")}; do echo '# mine' >> $name; done`)).toEqual(
      holds(
        `It changes .github/actions/setup/action.yml, ${ci}`,
        "It changes .gitmodules, which says how git treats files.",
        `It changes action.yml, ${ci}`,
        "It changes docs/CODEOWNERS, which says who has to review.",
      ),
    );
  });

  test("W7: a script that becomes executable, and nothing else, is held", async () => {
    const yard = await openIsolatedYard({ files });
    expect(await judged(yard, "chmod +x build.sh")).toEqual(holds("It makes build.sh executable."));
  });

  test("W8: bytes, keys by their name, and keys by their text are held", async () => {
    const yard = await openIsolatedYard({ files });
    const begin = "-----BEGIN OPENSSH PRIVATE " + "KEY-----";
    expect(
      await judged(yard, `truncate -s 60M big.bin; echo x > tls.pem; printf '%s\\n' one '${begin}' >> a.txt`),
    ).toEqual(
      holds(
        "It adds tls.pem, which by its name is a key or a secret.",
        "Something that looks like a secret is in a.txt, line 3.",
        "It adds big.bin, whose content cannot be read as text.",
        "big.bin is large, 60 MB.",
      ),
    );
  });

  test("W9: where GitHub refuses a workflow, its name is told, and nothing is tried again", async () => {
    const yard = await openIsolatedYard({ files });
    refuseWorkflows(path.join(yard.folder, "..", "github", "1.git"), ".github/workflows/x.yml");
    await judged(yard, "cp evil.yml .github/workflows/x.yml");
    await expect(publish(yard.workspace)).rejects.toMatchObject({
      failure: { kind: "push-refused", detail: "Cody may not change the workflow .github/workflows/x.yml" },
    });
    const pushes = yard.github.record.calls.filter(
      ({ method, path: called }) => method === "POST" && called.endsWith("git-receive-pack"),
    );
    expect(pushes).toHaveLength(1);
    expect(yard.remote("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
  });
});

describe(`what a diff does not show (${elsewhere})`, patience, () => {
  test("attributes do not keep a text out of sight", async () => {
    const yard = await openIsolatedYard({
      files: { ...files, ".gitattributes": "*.txt -diff\n*.lock binary\n" },
    });
    const token = `ghp_${"a1B2".repeat(9)}`;
    expect(await judged(yard, `echo 'key ${token}' >> a.txt; echo '${token}' > x.lock`)).toEqual(
      holds(
        "Something that looks like a secret is in a.txt, line 2.",
        "Something that looks like a secret is in x.lock, line 1.",
      ),
    );
  });

  test("lines that look like a patch, odd names and changes of kind do not lead it astray", async () => {
    const yard = await openIsolatedYard({ files: { ...files, "was-file": "x\n", "z.txt": "1\n2\n3\n" } });
    const odd = ["two\nlines.txt", "tab\t.txt", 'quote".txt', "ü \\ b.txt", " lead", "-rf"];
    const content = "diff --git a/x b/x\n@@ -1 +1 @@\n-x\n+y\n";
    for (const name of odd)
      expect(await yard.run("write_file", { path: name, content })).toMatchObject({ isError: false });
    expect(
      await judged(
        yard,
        "ln -sfn a.txt was-file; printf '\\342\\200\\256\\n' >> z.txt; rm a.txt; touch empty",
      ),
    ).toEqual(
      holds(
        "Characters that cannot be seen, such as U+202E, are in z.txt, line 4.",
        "It changes was-file, a link to a.txt.",
      ),
    );
  });

  test("an ordinary change of many kinds is pushed", async () => {
    const yard = await openIsolatedYard({ files });
    const command = `sed -i s/one/two/ a.txt; rm evil.yml; mkdir -p src/deep; printf 'x\\r\\ny' > src/deep/new.c
      printf '\\351\\n' > latin1.txt; touch empty; printf 'no newline' > end.txt`;
    expect(await judged(yard, command)).toEqual({ verdict: "push" });
    await publish(yard.workspace);
    expect(yard.github.record.pushes).toHaveLength(1);
  });
});
