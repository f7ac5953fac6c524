// The tools' way out: a proxy on 127.0.0.1 with a name and password of its own, a list of hosts, and a count of refusals.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Log } from "@cody/core/log.ts";
import { isPublicAddress } from "./addresses.ts";
import { Denials, type Denied } from "./denials.ts";
import { type NetworkPolicy, refusalOf } from "./network-policy.ts";

export interface ToolProxy {
  /** Its address, with the name and password. */
  url: string;
  port: number;
  /** Hosts that were refused, most often refused first. */
  denied(): Denied[];
  close(): Promise<void>;
}

interface ProxyOptions {
  policy: NetworkPolicy;
  log: Log;
  /** All addresses of a host. */
  resolve?: (host: string) => Promise<string[]>;
  /** Opens a connection to an address that was looked at. */
  dial?: (address: string, port: number) => Socket;
}

/** Longer than any registry takes to begin to answer. */
const silentMs = 120_000;
/** Package managers open a few dozen at once. */
const maxConnections = 512;

/** One try to get out, as it was judged: an address that may be connected to, or why not. */
type Judged = { address: string } | { refused: string };

/** Starts the proxy. A connection goes to the very address that was checked, so that no second lookup can change it. */
export async function startToolProxy(options: ProxyOptions): Promise<ToolProxy> {
  const { policy, log, resolve = addressesOf, dial = (host, port) => connect({ host, port }) } = options;
  const user = "tools";
  const password = randomBytes(18).toString("base64url");
  const expected = Buffer.from(`Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`);
  const denials = new Denials();
  const sockets = new Set<Duplex>();

  function isKnown(given: string | undefined): boolean {
    const bytes = Buffer.from(given ?? "");
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }

  async function judge(host: string, port: number): Promise<Judged> {
    const refused = refusalOf(policy, host, port);
    if (refused) return deny(host, refused);
    const addresses = await resolve(host);
    const address = addresses.find(isPublicAddress);
    if (address) return { address };
    return addresses.length === 0
      ? { refused: `${host} has no address` }
      : deny(host, "it has no address in the internet");
  }

  function deny(host: string, why: string): Judged {
    denials.add(host);
    log.debug("A connection of the tools was refused", { host: host.slice(0, 253), why });
    return { refused: `${host.slice(0, 253)}: ${why}` };
  }

  async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    if (!isKnown(request.headers["proxy-authorization"])) return answer(client, 407, "Say who you are.");
    const { host, port } = targetOf(request.url ?? "");
    const judged = await judge(host, port);
    if ("refused" in judged) return answer(client, 403, judged.refused);
    const server = dial(judged.address, port);
    keep(server);
    try {
      await once(server, "connect", { signal: AbortSignal.timeout(silentMs) });
    } catch (error) {
      server.destroy();
      return answer(client, 502, `${host} cannot be reached: ${wordsOf(error)}`);
    }
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    server.write(head);
    // Either side may go away at any time, which ends the other.
    await Promise.allSettled([pipeline(client, server), pipeline(server, client)]);
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isKnown(request.headers["proxy-authorization"])) return reply(response, 407, "Say who you are.");
    const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : undefined;
    if (url?.protocol !== "http:") return reply(response, 400, "A proxy takes whole addresses.");
    const host = url.hostname.toLowerCase();
    const port = Number(url.port || 80);
    const judged = await judge(host, port);
    if ("refused" in judged) return reply(response, 403, judged.refused);
    const { "proxy-authorization": _own, "proxy-connection": _hop, ...headers } = request.headers;
    const sent = forward({
      // The host's own name stands in the headers; the connection goes to the address that was looked at.
      createConnection: () => keep(dial(judged.address, port)),
      method: request.method,
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, connection: "close" },
      timeout: silentMs,
    });
    sent.once("timeout", () => sent.destroy(new Error("nothing came")));
    try {
      const answered = once(sent, "response");
      await Promise.all([pipeline(request, sent), answered]);
      const [came] = (await answered) as [IncomingMessage];
      response.writeHead(came.statusCode ?? 502, came.headers);
      await pipeline(came, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else reply(response, 502, `${host} cannot be reached: ${wordsOf(error)}`);
    }
  }

  function keep<S extends Duplex>(socket: S): S {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Told by whoever reads or writes it; without a listener it would end the program.
    socket.on("error", (error) => log.debug("A connection of the tools broke", { error }));
    return socket;
  }

  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    pass(request, response).catch((error: unknown) => {
      log.debug("The tools' proxy failed", { error });
      response.destroy();
    });
  });
  server.maxConnections = maxConnections;
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    tunnel(request, client, head).catch((error: unknown) => {
      log.debug("The tools' proxy failed", { error });
      client.destroy();
    });
  });
  server.on("connection", (socket: Socket) => {
    keep(socket).setTimeout(silentMs * 3, () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // It serves the tools and keeps nobody awake.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${user}:${password}@127.0.0.1:${port}`,
    port,
    denied: () => denials.list(),
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (["ENOTFOUND", "ENODATA", "EAI_AGAIN"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return [];
    throw error;
  }
}

/** What stands after CONNECT: a host, or an address in brackets, and a port. */
function targetOf(authority: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(authority) ?? [];
  return { host: host.toLowerCase().replace(/\.$/, ""), port: Number(port) };
}

function answer(client: Duplex, status: number, words: string): void {
  client.end(head(status, words) + words);
}

function head(status: number, words: string): string {
  const lines = [
    `HTTP/1.1 ${status} ${status === 407 ? "Proxy Authentication Required" : "Refused"}`,
    ...(status === 407 ? [`Proxy-Authenticate: Basic realm="tools"`] : []),
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(words)}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function reply(response: ServerResponse, status: number, words: string): void {
  const challenge = status === 407 ? { "proxy-authenticate": 'Basic realm="tools"' } : {};
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    connection: "close",
    ...challenge,
  });
  response.end(words);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
