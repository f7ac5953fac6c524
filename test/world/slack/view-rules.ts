// What Slack checks of a view before it shows it.
import type { Surface } from "./block-rules.ts";
import { type BlockSettings, problemsOfBlocks } from "./blocks.ts";
import { isRecord, records } from "./json.ts";
import { anything, characters, type Fields, flag, optional, problemsOf, shape } from "./rules.ts";
import { plainText } from "./text-rules.ts";

/** Slack's largest view, as JSON. */
const maxViewBytes = 250 * 1024;

const common: Fields = {
  type: anything,
  blocks: anything,
  private_metadata: optional(characters(0, 3000)),
  callback_id: optional(characters(0, 255)),
  external_id: optional(characters(0, 255)),
};

const rules = {
  home: shape(common),
  modal: shape({
    ...common,
    title: plainText(24),
    close: optional(plainText(24)),
    submit: optional(plainText(24)),
    clear_on_close: optional(flag),
    notify_on_close: optional(flag),
  }),
};

/** What is wrong with a view that should be shown as `surface`; empty if nothing. */
export function problemsOfView(
  view: unknown,
  surface: Exclude<Surface, "message">,
  settings: BlockSettings,
): string[] {
  if (!isRecord(view)) return ["must provide an object [json-pointer:/view]"];
  if (view.type !== surface) return [`unsupported type: ${String(view.type)} [json-pointer:/view/type]`];
  const problems = problemsOf(rules[surface], view, "/view");
  if (view.blocks !== undefined)
    problems.push(...problemsOfBlocks(view.blocks, surface, settings, "/view/blocks"));
  const hasInput = records(view.blocks).some((block) => block.type === "input");
  if (surface === "modal" && hasInput && view.submit === undefined) {
    problems.push(
      "`submit` is required when an input block is within the `blocks` array [json-pointer:/view]",
    );
  }
  return problems;
}

export function isViewTooLarge(view: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(view) ?? "") > maxViewBytes;
}
