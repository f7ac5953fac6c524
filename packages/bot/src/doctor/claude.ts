// Claude: whether the key is good, and whether it may use the model that jobs begin with.
import { defaultModel } from "@cody/core/models.ts";
import { type Finding, ok, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

export async function lookAtClaude({ env, claudeModel }: Means): Promise<Finding[]> {
  const check = "Claude";
  const read = given(check, ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"], env);
  if ("without" in read) return [read.without];
  const { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: baseUrl } = read.config;
  const model = await claudeModel(key, baseUrl, defaultModel);
  if ("name" in model) return [ok(check, `the key is good, and jobs begin with ${model.name}`)];
  if (model.refused === "key") {
    const remedy = "Make a new key in Claude's console, best in a workspace of its own with a spend limit.";
    return [wrong(check, "Claude's API does not take ANTHROPIC_API_KEY", remedy)];
  }
  const remedy = "Let the key's workspace use this model in Claude's console.";
  return [wrong(check, `the key is good, but there is no ${defaultModel} for it`, remedy)];
}
