// The local DynamoDB: where it comes from, that it stays on this machine, and that it ends with its parent.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import { dynamoDbSource, startDynamoDB } from "./dynamodb.ts";
import { createExampleTable } from "./example-table.ts";
import { isAlive } from "./processes.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe("where the server comes from", () => {
  const missing = () => {
    throw new Error("Cannot find module");
  };

  test("a server named by the environment is used as it is", async () => {
    const env = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000" };
    expect(dynamoDbSource(env, missing)).toEqual({ endpoint: "http://127.0.0.1:8000" });
    expect((await startDynamoDB({ env })).endpoint).toBe("http://127.0.0.1:8000");
  });

  test("without a server and without the package, the error says what to do", () => {
    expect(() => dynamoDbSource({}, missing)).toThrow(/start one.*set AWS_ENDPOINT_URL_DYNAMODB/);
  });

  test.each(["https://dynamodb.us-east-1.amazonaws.com", "https://dynamodb.us-east-1.api.aws", "nonsense"])(
    "%s is refused: no call may leave for AWS",
    (endpoint) => {
      expect(() => dynamoDbSource({ AWS_ENDPOINT_URL_DYNAMODB: endpoint }, missing)).toThrow(/of your own/);
    },
  );
});

test("it listens on 127.0.0.1 and nowhere else", async () => {
  const server = await startDynamoDB({ env: {} });
  closers.push(server.close);
  const port = Number(new URL(server.endpoint).port).toString(16).toUpperCase().padStart(4, "0");
  const listening = ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => state === "0A" && address?.endsWith(`:${port}`));
  expect(listening.map(([, address]) => address)).toEqual([`0100007F:${port}`]);
});

test("two servers run side by side, and a file keeps its tables over a restart", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "dynamodb-"));
  closers.push(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "data.sqlite");
  const [first, other] = await Promise.all([
    startDynamoDB({ path: file, env: {} }),
    startDynamoDB({ env: {} }),
  ]);
  closers.push(other.close);
  await createExampleTable(first.endpoint, "kept");
  await first.close();
  const second = await startDynamoDB({ path: file, env: {} });
  closers.push(second.close);
  expect(await tables(second.endpoint)).toEqual(["kept"]);
  expect(await tables(other.endpoint)).toEqual([]);
});

test("it ends when its parent is killed", async () => {
  const program = `
    import { startDynamoDB } from ${JSON.stringify(new URL("./dynamodb.ts", import.meta.url).href)};
    const { endpoint } = await startDynamoDB({ env: {} });
    process.stdout.write(endpoint);
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = await once(parent.stdout, "data");
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8").trim().split(" ");
  expect(children.length).toBe(2);
  expect(await tables(String(chunk))).toEqual([]);
  parent.kill("SIGKILL");
  await expect.poll(() => children.filter((pid) => isAlive(Number(pid)))).toEqual([]);
  await sleep(20);
  await expect(fetch(String(chunk))).rejects.toThrow();
});

async function tables(endpoint: string): Promise<string[] | undefined> {
  const client = new DynamoDBClient({ ...clientSettings, endpoint });
  const { TableNames } = await client.send(new ListTablesCommand({}));
  client.destroy();
  return TableNames;
}
