// The tools' way into the network: what the list lets through, which addresses, who may use it, and what is counted.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeLog } from "@cody/core/log.ts";
import { isHostPattern, isNeverReached, meansHost } from "@cody/core/tool-hosts.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { isPublicAddress } from "../../packages/runner/src/isolation/addresses.ts";
import { Denials } from "../../packages/runner/src/isolation/denials.ts";
import { type NetworkPolicy, refusalOf } from "../../packages/runner/src/isolation/network-policy.ts";
import { startToolProxy, type ToolProxy } from "../../packages/runner/src/isolation/proxy.ts";
import { socketFilter } from "../../packages/runner/src/isolation/socket-filter.ts";
import { cannotLoad, loadFilter } from "./load-filter.ts";

const registries: NetworkPolicy = { network: "registries", hosts: [], never: [] };
const silent = makeLog({ level: "error", write: () => {}, redact: (text) => text, now: Date.now });

describe("names", () => {
  test.each(["npm.example.com", "*.example.com", "a-b.example", "EXAMPLE.com"])("%s is a host", (name) => {
    expect(isHostPattern(name)).toBe(true);
  });

  test.each([
    "*",
    "localhost",
    "10.0.0.1",
    "[::1]",
    "https://x.example",
    "x.example:8080",
    "x..example",
    "-x.example",
    "*.*.example",
    "x.example/y",
    "",
    `${"a".repeat(250)}.example`,
  ])("%s is none", (name) => {
    expect(isHostPattern(name)).toBe(false);
  });

  test("a pattern means what lies below it, and not what looks like it", () => {
    const patterns = ["*.Example.com", "one.example"];
    expect(
      ["a.example.com", "a.b.example.com", "one.example"].every((each) => meansHost(patterns, each)),
    ).toBe(true);
    expect(
      ["example.com", "evilexample.com", "a.one.example"].some((each) => meansHost(patterns, each)),
    ).toBe(false);
  });

  test.each([
    "api.anthropic.com",
    "github.com",
    "API.GitHub.com",
    "raw.githubusercontent.com",
    "hooks.slack.com",
    "*.slack.com",
  ])("%s is never reached", (host) => {
    expect(isNeverReached(host)).toBe(true);
  });

  test("others are", () => {
    for (const host of ["notgithub.com", "github.com.evil.example", "repo.maven.apache.org"])
      expect(isNeverReached(host)).toBe(false);
  });
});

describe("the policy", () => {
  const refused = (host: string, policy: Partial<NetworkPolicy> = {}, port = 443) =>
    refusalOf({ ...registries, ...policy }, host, port);

  test.each([
    "repo.maven.apache.org",
    "repo.maven.apache.org",
    "plugins.gradle.org",
    "pypi.org",
    "static.crates.io",
    "proxy.golang.org",
    "rubygems.org",
    "deb.debian.org",
  ])("%s is a registry", (host) => {
    expect(refused(host)).toBeUndefined();
    expect(refused(host, {}, 8443)).toContain("ports");
    expect(refused(host, { network: "off" })).toContain("off");
  });

  test("other hosts have to be named, or everything open", () => {
    expect(refused("npm.example.com")).toContain("TOOL_HOSTS");
    expect(refused("npm.example.com", { hosts: ["*.example.com"] })).toBeUndefined();
    expect(refused("npm.example.com", { network: "open" }, 8080)).toBeUndefined();
    expect(refused("npm.example.com", { network: "off", hosts: ["*.example.com"] })).toContain("off");
  });

  test.each([
    "api.anthropic.com",
    "github.com",
    "slack.com",
    "ghe.example",
    "140.82.121.3",
    "[2606:50c0::1]",
    "localhost",
    "",
  ])("%s is refused at any level", (host) => {
    for (const network of ["off", "registries", "open"] as const)
      expect(
        refused(host, { network, hosts: ["*.com", "ghe.example"], never: ["ghe.example"] }),
      ).toBeDefined();
  });
});

describe("addresses", () => {
  test.each(["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    "127.0.0.1",
    "127.255.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "ff02::1",
    "0177.0.0.1",
    "2130706433",
    "",
  ])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("the count of refusals", () => {
  test("names the most frequent, and bounds what a command can have it hold", () => {
    const denials = new Denials();
    for (const host of ["a.example", "a.example", "x".repeat(500), "<!channel>", "ü.example"])
      denials.add(host);
    for (let index = 0; index < 5_000; index += 1) denials.add(`h${index}.example`);
    expect(denials.list()).toHaveLength(20);
    expect(denials.list().slice(0, 3)).toEqual([
      { host: "(others)", count: 4_002 },
      { host: "(not a host name)", count: 3 },
      { host: "a.example", count: 2 },
    ]);
  });
});

/** A server that stands for a registry, at an address that the proxy takes for a public one. */
async function openRegistry(policy: Partial<NetworkPolicy> = {}, addresses = ["93.184.216.34"]) {
  const registry = createServer((asked, answer) => {
    answer.end(JSON.stringify({ url: asked.url, headers: asked.headers }));
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  onTestFinished(() => void registry.close());
  const { port } = registry.address() as AddressInfo;
  const dialled: string[] = [];
  const proxy = await startToolProxy({
    policy: { ...registries, ...policy },
    log: silent,
    resolve: async () => addresses,
    dial: (address, wanted) => {
      dialled.push(`${address}:${wanted}`);
      return connect({ host: "127.0.0.1", port });
    },
  });
  onTestFinished(() => proxy.close());
  return { proxy, dialled };
}

/** What a client gets that asks for a tunnel: status, and through the tunnel the answer to one request. */
async function tunnel(proxy: ToolProxy, target: string, credentials = credentialsOf(proxy)) {
  const asked = request({
    host: "127.0.0.1",
    port: proxy.port,
    method: "CONNECT",
    path: target,
    headers: credentials ? { "proxy-authorization": credentials } : {},
  });
  asked.end();
  const [answer, socket] = await once(asked, "connect");
  if (answer.statusCode !== 200) return { status: answer.statusCode as number, body: "" };
  socket.write("GET /package HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let body = "";
  for await (const piece of socket) body += piece;
  return { status: 200, body };
}

function credentialsOf({ url }: ToolProxy): string {
  const { username, password } = new URL(url);
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

describe("the proxy", () => {
  test("lets a tunnel through to the address that it looked up", async () => {
    const { proxy, dialled } = await openRegistry({}, ["10.0.0.7", "93.184.216.34"]);
    const { status, body } = await tunnel(proxy, "Registry.npmjs.org:443");
    expect(status).toBe(200);
    expect(body).toContain('"url":"/package"');
    expect(dialled).toEqual(["93.184.216.34:443"]);
    expect(proxy.denied()).toEqual([]);
  });

  test.each([undefined, "Basic dG9vbHM6d3Jvbmc=", "Bearer x"])(
    "asks who it is of %s",
    async (credentials) => {
      const { proxy, dialled } = await openRegistry();
      expect((await tunnel(proxy, "repo.maven.apache.org:443", credentials ?? "")).status).toBe(407);
      expect(dialled).toEqual([]);
    },
  );

  test("refuses and counts what the list does not hold", async () => {
    const { proxy, dialled } = await openRegistry();
    const targets = [
      "evil.example:443",
      "evil.example:443",
      "api.anthropic.com:443",
      "127.0.0.1:443",
      "repo.maven.apache.org:22",
    ];
    for (const target of targets) expect((await tunnel(proxy, target)).status, target).toBe(403);
    expect(dialled).toEqual([]);
    expect(proxy.denied()[0]).toEqual({ host: "evil.example", count: 2 });
    expect(proxy.denied()).toHaveLength(4);
  });

  test("refuses a name that leads into the machine or its network", async () => {
    const { proxy, dialled } = await openRegistry({ network: "open" }, [
      "127.0.0.1",
      "169.254.169.254",
      "::1",
    ]);
    expect((await tunnel(proxy, "rebound.example:443")).status).toBe(403);
    expect(dialled).toEqual([]);
    expect(proxy.denied()).toEqual([{ host: "rebound.example", count: 1 }]);
  });

  test("refuses everything where the network is off", async () => {
    const { proxy } = await openRegistry({ network: "off" });
    expect((await tunnel(proxy, "repo.maven.apache.org:443")).status).toBe(403);
  });

  test("passes plain requests on without its own credentials", async () => {
    const { proxy } = await openRegistry();
    const get = (url: string, headers: Record<string, string>) =>
      new Promise<{ status?: number; body: string }>((resolve, reject) => {
        request({ host: "127.0.0.1", port: proxy.port, path: url, headers }, async (answer) => {
          let body = "";
          for await (const piece of answer) body += piece;
          resolve({ status: answer.statusCode, body });
        })
          .once("error", reject)
          .end();
      });
    const known = { "proxy-authorization": credentialsOf(proxy) };
    const { status, body } = await get("http://deb.debian.org/dists/x?y=1", { ...known, accept: "text/x" });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      url: "/dists/x?y=1",
      headers: { host: "deb.debian.org", accept: "text/x" },
    });
    expect(body).not.toContain("proxy-authorization");
    expect((await get("http://evil.example/", known)).status).toBe(403);
    expect((await get("http://deb.debian.org/", {})).status).toBe(407);
    expect((await get("/etc/passwd", known)).status).toBe(400);
    expect((await get("ftp://deb.debian.org/", known)).status).toBe(400);
  });

  test("survives clients and servers that break off, and ends with everything open", async () => {
    const { proxy } = await openRegistry();
    for (const words of ["CONNECT\r\n\r\n", "nonsense", "CONNECT repo.maven.apache.org:443 HTTP/1.1\r\n"]) {
      const socket = connect({ host: "127.0.0.1", port: proxy.port });
      await once(socket, "connect");
      socket.write(words);
      socket.destroy();
    }
    expect((await tunnel(proxy, "pypi.org:443")).status).toBe(200);
    const left = connect({ host: "127.0.0.1", port: proxy.port });
    await once(left, "connect");
    const closed = once(left, "close");
    await proxy.close();
    await closed;
  });
});

describe("the filter of sockets", () => {
  test("is made for the machines that are known, and no others", () => {
    expect(socketFilter("x64")?.length).toBe(88);
    expect(socketFilter("arm64")?.length).toBe(88);
    expect(socketFilter("ia32")).toBeUndefined();
  });

  test.skipIf(cannotLoad)(
    "refuses connections, servers and datagrams, and leaves pipes and local sockets",
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), "cody-filter-"));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const file = path.join(folder, "sockets.bpf");
      await writeFile(file, socketFilter("x64") ?? "");
      const server = createTcpServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const attempt = `
        const net = require("net"), dgram = require("dgram");
        const { spawnSync } = require("child_process");
        const told = (name, emitter, good) => new Promise((done) => {
          emitter.once("error", (error) => done(name + " " + error.code));
          emitter.once(good, () => done(name + " works"));
        });
        (async () => {
          console.log(await told("tcp", net.connect(${port}, "127.0.0.1"), "connect"));
          console.log(await told("tcp6", net.connect(${port}, "::1"), "connect"));
          console.log(await told("server", net.createServer().listen(0), "listening"));
          console.log(await told("unix", net.createServer().listen(${JSON.stringify(path.join(folder, "s"))}), "listening"));
          try { await told("udp", dgram.createSocket("udp4").bind(0), "listening").then(console.log); }
          catch (error) { console.log("udp " + error.code); }
          console.log("child " + spawnSync("echo", ["works"]).stdout);
          process.exit();
        })();`;
      const said = await new Promise<string>((resolve, reject) => {
        execFile(
          "perl",
          ["-e", loadFilter, file, process.execPath, "-e", attempt],
          (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)),
        );
      });
      expect(said.trim().split("\n").filter(Boolean)).toEqual([
        "tcp EACCES",
        "tcp6 EACCES",
        expect.stringMatching(/^server EACCES/),
        "unix works",
        expect.stringMatching(/^udp EACCES/),
        "child works",
      ]);
    },
  );
});
