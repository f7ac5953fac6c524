// The doctor's lines of one name, and a server that is broken on purpose, for the doctor's tests.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { doctorMeans } from "../../packages/bot/src/adapters/doctor-means.ts";
import { examine } from "../../packages/bot/src/doctor/examine.ts";
import type { Finding } from "../../packages/bot/src/doctor/finding.ts";

export const publicUrl = "https://cody.example.com";

/** All lines of that name; what the environment does not name is not looked at. */
export async function linesOf(name: string, env: Record<string, string>): Promise<Finding[]> {
  const findings = await examine(doctorMeans(env, true));
  return findings.filter((finding) => finding.name === name);
}

/** A server that answers every request with this. */
export async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
