// git over HTTP for the measurements: `git http-backend` on loopback, counting what it sends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface GitServer {
  url: string;
  /** Bytes of bodies that were sent since the last call. */
  takeBytes(): number;
  close(): Promise<void>;
}

/** Serves all repositories below `root` to anybody. */
export async function startGitServer(root: string): Promise<GitServer> {
  let sentBytes = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const backend = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env.PATH ?? "",
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
        REQUEST_METHOD: request.method ?? "GET",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: String(request.headers["content-type"] ?? ""),
        ...(request.headers["content-length"] && { CONTENT_LENGTH: request.headers["content-length"] }),
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    request.pipe(backend.stdin);
    let head: Buffer | undefined = Buffer.alloc(0);
    backend.stdout.on("data", (chunk: Buffer) => {
      if (!head) {
        sentBytes += chunk.length;
        response.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const headers = head
        .subarray(0, end)
        .toString()
        .split("\r\n")
        .map((line) => line.split(": "));
      const { Status: status = "200", ...others } = Object.fromEntries(headers) as Record<string, string>;
      response.writeHead(Number.parseInt(status, 10), others);
      const body = head.subarray(end + 4);
      head = undefined;
      sentBytes += body.length;
      response.write(body);
    });
    backend.stdout.on("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeBytes() {
      const bytes = sentBytes;
      sentBytes = 0;
      return bytes;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
