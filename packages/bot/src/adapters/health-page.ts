// What GET /health says at an address.
import type { HealthPage } from "../doctor/means.ts";

/** The function itself gives up after ten seconds. */
const timeoutMs = 15_000;

/** Throws where nobody answers there. */
export async function readHealth(publicUrl: string): Promise<HealthPage> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(`${publicUrl}/health`, { redirect: "manual", signal });
  const text = await answer.text();
  return { status: answer.status, parts: partsIn(text) };
}

function partsIn(text: string): Record<string, string> | undefined {
  try {
    const { parts } = JSON.parse(text) as { parts?: Record<string, string> };
    return typeof parts === "object" && parts !== null ? parts : undefined;
  } catch {
    // Whoever answers there is not Cody.
    return undefined;
  }
}
