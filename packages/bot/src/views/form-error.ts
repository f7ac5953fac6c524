// A sentence in a form that concerns no field: Slack shows sentences at fields only, so it stands at the first.

/** What answers a submitted form, so that it stays open with everything in it. */
export function errorAtFirstField(
  blocks: { type?: string; block_id?: string }[],
  sentence: string,
): { response_action: "errors"; errors: Record<string, string> } {
  const field = blocks.find((block) => block.type === "input")?.block_id ?? "";
  return { response_action: "errors", errors: { [field]: sentence } };
}
