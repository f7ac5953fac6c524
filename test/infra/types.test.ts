// The configuration's types, checked against SST's and AWS's own, with the module resolution that sees them.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { preparePlatform, repository } from "./platform.ts";

/** With the resolution that the rest is checked with, these would be `any` and pass. */
const wrong = `
new aws.batch.JobQueue("Queue", { state: "ENABLED", priority: "1" });
new sst.aws.Function("Function", { handler: "handler.handler", timeout: 60 });
new sst.aws.Dynamo("Table", { fields: { pk: "text" }, primaryIndex: { hashKey: "pk" } });
`;

test("every property is one that there is, and has the type that it needs", async () => {
  const { folder: platform } = await preparePlatform();
  // Where SST keeps what it makes, which is part of nothing.
  await mkdir(path.join(repository, ".sst"), { recursive: true });
  const folder = await mkdtemp(path.join(repository, ".sst/types-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, "wrong.ts"), `${wrong}export {};\n`);
  const project = {
    extends: "../../infra/tsconfig.json",
    include: ["./wrong.ts", "../../infra/*.ts", "../../sst.config.ts", path.join(platform, "config.d.ts")],
  };
  await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(project));
  const said = await compile(folder);
  // SST's sources come along, and are written for a compiler that is less strict.
  const own = said.filter((line) => /^[\w./-]+\(\d+,\d+\): error/.test(line) && !line.startsWith("../"));
  const planted = own.filter((line) => line.includes("wrong.ts"));
  expect(own.filter((line) => !planted.includes(line))).toEqual([]);
  expect(planted.map((line) => /\((\d+),/.exec(line)?.[1])).toEqual(["2", "3", "4"]);
});

function compile(folder: string): Promise<string[]> {
  const compiler = path.join(repository, "node_modules/.bin/tsc");
  return new Promise((resolve, reject) => {
    execFile(
      compiler,
      ["--noEmit", "--pretty", "false", "--project", folder],
      { cwd: repository, maxBuffer: 10 * 1024 ** 2 },
      (error, stdout) => (error && !stdout ? reject(error) : resolve(stdout.split("\n"))),
    );
  });
}
