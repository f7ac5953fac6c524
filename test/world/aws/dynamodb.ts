// A real DynamoDB server on this machine: dynoxide, started and ended with this process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { contain, isRunning } from "./processes.ts";

export interface LocalDynamoDB {
  endpoint: string;
  /** Ends the server this process started; one named by the environment is left alone. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const MAX_STARTS = 5;
const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 3_000;

/**
 * Where DynamoDB comes from: the server named by AWS_ENDPOINT_URL_DYNAMODB, else the installed dynoxide.
 * Throws a sentence that says what to do when there is neither, or when the address is AWS itself.
 */
export function dynamoDbSource(
  env: NodeJS.ProcessEnv,
  resolve: (request: string) => string = createRequire(import.meta.url).resolve,
): { endpoint: string } | { binary: string } {
  const endpoint = env.AWS_ENDPOINT_URL_DYNAMODB;
  if (endpoint) {
    const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
    if (host === "" || /(^|\.)(amazonaws\.com|api\.aws)(\.cn)?$/.test(host)) {
      throw new Error(
        `AWS_ENDPOINT_URL_DYNAMODB is "${endpoint}": set it to a DynamoDB-compatible server of your own, such as http://127.0.0.1:8000.`,
      );
    }
    return { endpoint };
  }
  try {
    return { binary: path.join(path.dirname(resolve("@dynoxide/linux-x64/package.json")), "dynoxide") };
  } catch {
    throw new Error(
      `There is no DynamoDB server for ${process.platform}-${process.arch} in node_modules: start one that is compatible, such as DynamoDB Local, and set AWS_ENDPOINT_URL_DYNAMODB to its address.`,
    );
  }
}

/** Starts a server that keeps its data in the file `path`, or in memory without one. */
export async function startDynamoDB(
  options: { path?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<LocalDynamoDB> {
  const source = dynamoDbSource(options.env ?? process.env);
  if ("endpoint" in source) return { endpoint: source.endpoint, close: async () => {} };
  for (let start = 1; start <= MAX_STARTS; start++) {
    const port = await freePort();
    const server = await launch(source.binary, port, options.path);
    if (server) return { endpoint: `http://${HOST}:${port}`, close: () => stop(server) };
  }
  throw new Error(`DynamoDB did not start: ${MAX_STARTS} free ports were all taken by others meanwhile.`);
}

/** dynoxide prints ":0" when told to choose a port itself, so the choice is made here. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no free port.");
  return address.port;
}

/** The running server, or undefined when someone else took the port first. */
async function launch(binary: string, port: number, file?: string): Promise<ChildProcess | undefined> {
  const location = file === undefined ? [] : ["--db-path", file];
  const server = spawn(binary, ["serve", "--host", HOST, "--port", String(port), ...location], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    env: {},
  });
  contain(server);
  const said = await firstWords(server, `listening on http://${HOST}:${port}`);
  if (said.ready) return server;
  server.kill("SIGKILL");
  if (said.text.includes("already in use")) return undefined;
  throw new Error(`DynamoDB did not start: ${said.text.trim() || "it said nothing"}`);
}

/** Reads what the server prints until it says it is ready, ends, or has taken too long. */
function firstWords(server: ChildProcess, sign: string): Promise<{ ready: boolean; text: string }> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (ready: boolean) => {
      clearTimeout(timer);
      resolve({ ready, text });
    };
    const timer = setTimeout(() => finish(false), START_TIMEOUT_MS);
    server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      // Read to the end of its life, or a full pipe would stop the server; keep only the beginning.
      if (text.length < 10_000) text += chunk;
      if (text.includes(sign)) finish(true);
    });
    server.once("error", (error) => {
      text += error.message;
      finish(false);
    });
    server.once("close", () => finish(false));
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (!isRunning(server)) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const timer = setTimeout(() => server.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
