// One page of GET /v1/models.
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { MODELS, modelInfo } from "./models.ts";
import { invalid, type Refusal } from "./refusal.ts";

export interface ModelsPage {
  data: ModelInfo[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

/** The models after (or before) a cursor, newest first, `limit` 1 to 1,000 (20). */
export function pageOfModels(query: URLSearchParams): ModelsPage | { refused: Refusal } {
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    return { refused: invalid("limit", "must be a whole number from 1 to 1000") };
  const after = query.get("after_id");
  const before = query.get("before_id");
  const cursor = MODELS.findIndex((model) => model.id === (after ?? before));
  if ((after ?? before) !== null && cursor < 0) return { refused: invalid("after_id", "no such model") };
  const rest = before === null ? MODELS.slice(cursor + 1) : MODELS.slice(0, cursor);
  const page = before === null ? rest.slice(0, limit) : rest.slice(-limit);
  return {
    data: page.map(modelInfo),
    has_more: rest.length > page.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}
