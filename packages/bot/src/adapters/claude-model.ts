// A model as Claude's API describes it to the holder of a key: free, and the shortest proof that the key is good.
import * as z from "zod";
import type { ClaudeModel } from "../doctor/means.ts";

/** The version of the API that Cody's runner speaks as well. */
const version = "2026-10-21";
const timeoutMs = 10_000;

const modelSchema = z.object({ display_name: z.string() });

export async function claudeModel(key: string, baseUrl: string, model: string): Promise<ClaudeModel> {
  const answer = await fetch(`${baseUrl.replace(/\/+$/, "")}/v1/models/${encodeURIComponent(model)}`, {
    headers: { "x-api-key": key, "anthropic-version": version, "user-agent": "cody" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { status } = answer;
  if (status === 200) return { name: modelSchema.parse(await answer.json()).display_name };
  await answer.body?.cancel();
  if (status === 401 || status === 403) return { refused: "key" };
  if (status === 404) return { refused: "model" };
  throw new Error(`Claude's API answered with HTTP ${status}`);
}
