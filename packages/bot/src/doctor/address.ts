// Cody's own address: whether it answers there, and says that it is well.
import { type Finding, listed, ok, skipped, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

export async function lookAtAddress({ env, health }: Means): Promise<Finding[]> {
  const check = "Address";
  const read = given(check, ["PUBLIC_URL"], env);
  if ("without" in read) return [read.without];
  const { PUBLIC_URL: url } = read.config;
  if (!url) return [skipped(check, "not looked at: PUBLIC_URL is not set")];
  const { status, parts } = await health(url);
  if (!parts) {
    const remedy = "Compare PUBLIC_URL with the address that was deployed.";
    return [wrong(check, `it is not Cody that answers at ${url} (HTTP ${status})`, remedy)];
  }
  const ill = Object.entries(parts).filter(([, state]) => state !== "ok");
  if (ill.length === 0) return [ok(check, `Cody answers at ${url} and is well`)];
  const says = listed(ill.map(([part, state]) => `${part} (${state})`));
  const remedy = "Look at the log of the slack program: it says why.";
  return [wrong(check, `Cody answers at ${url} and is not well: ${says}`, remedy)];
}
