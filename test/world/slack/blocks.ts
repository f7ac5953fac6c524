// What Slack checks of a list of blocks as a whole, and the ids it gives where the app gave none.
import { blockRule, markdownMaxCharacters, type Surface } from "./block-rules.ts";
import { isRecord, type Json, records } from "./json.ts";
import { list, problemsOf, type Rule } from "./rules.ts";

export interface Block extends Json {
  type: string;
  block_id: string;
}

export interface BlockSettings {
  /** Block types this workspace does not know yet, as older workspaces do not know `plan`. */
  unsupportedBlocks: readonly string[];
  /** Where an action_id may stand only once: in the whole message or view, or in its block. */
  uniqueActionIds: "surface" | "block";
}

/** Characters of all cells of a table together. */
const tableMaxCharacters = 10_000;
const maxBlocks: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

/** Everything Slack finds wrong with these blocks; empty if nothing. */
export function problemsOfBlocks(
  blocks: unknown,
  surface: Surface,
  settings: BlockSettings,
  pointer: string,
): string[] {
  const item = blockRule(surface, settings.unsupportedBlocks);
  const problems = problemsOf(list(item, { max: maxBlocks[surface] }), blocks, pointer);
  if (problems.length > 0) return problems;
  return problemsOf(whole(settings), blocks, pointer);
}

function whole(settings: BlockSettings): Rule {
  return (value, pointer, report) => {
    const blocks = records(value);
    repeated(
      blocks.map((block) => block.block_id),
      (index) => report("`block_id` already exists", `${pointer}/${index}/block_id`),
    );
    const actionIds = blocks.map((block) => interactiveElements(block).map((element) => element.action_id));
    for (const ids of settings.uniqueActionIds === "surface" ? [actionIds.flat()] : actionIds) {
      repeated(ids, (_, actionId) => report(`\`action_id\` already exists: ${String(actionId)}`, pointer));
    }
    const focused = blocks.flatMap(interactiveElements).filter((element) => element.focus_on_load === true);
    if (focused.length > 1) report("only one element can have `focus_on_load`", pointer);
    const tables = blocks.filter((block) => block.type === "table");
    if (tables.length > 1) report("only one table allowed", pointer);
    if (textLength(tables) > tableMaxCharacters) report("the table is too long", pointer);
  };
}

function repeated(values: readonly unknown[], found: (index: number, value: unknown) => void): void {
  const seen = new Set<unknown>();
  for (const [index, value] of values.entries()) {
    if (value !== undefined && seen.has(value)) found(index, value);
    seen.add(value);
  }
}

/** The characters of all texts in these blocks together, which Slack bounds for messages. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce((sum, [name, part]) => {
    const isText = typeof part === "string" && (name === "text" || name === "title");
    return sum + (isText ? part.length : textLength(part));
  }, 0);
}

/** True if the markdown blocks together hold more than Slack takes in one message. */
export function tooMuchMarkdown(blocks: readonly Json[]): boolean {
  return textLength(blocks.filter((block) => block.type === "markdown")) > markdownMaxCharacters;
}

/** Every element of a block that a person can use, containers and cards included. */
export function interactiveElements(block: Json): Json[] {
  const own = [
    ...records(block.elements),
    ...records(block.actions),
    ...[block.accessory, block.element].filter(isRecord),
  ];
  const nested = [
    ...records(block.child_blocks),
    ...(block.type === "carousel" ? records(block.elements) : []),
  ];
  return [...own.filter((element) => isInteractive(element.type)), ...nested.flatMap(interactiveElements)];
}

function isInteractive(type: unknown): boolean {
  return typeof type === "string" && /button|select|input|picker|checkboxes|overflow/.test(type);
}

/** Elements with their block, for looking up what a person pressed. */
export function findElement(blocks: readonly Block[], blockId: string, actionId: string): Json | undefined {
  const within = [...blocks, ...blocks.flatMap((block) => records(block.child_blocks))];
  const block = within.find((candidate) => candidate.block_id === blockId);
  return block && interactiveElements(block).find((element) => element.action_id === actionId);
}

/** A copy of the blocks in which every block has a block_id and every interactive element an action_id. */
export function withIds(blocks: readonly unknown[], nextId: () => string): Block[] {
  const copy = structuredClone(blocks) as Block[];
  for (const block of copy) {
    block.block_id ??= nextId();
    for (const child of records(block.child_blocks)) child.block_id ??= nextId();
    for (const element of interactiveElements(block)) element.action_id ??= nextId();
  }
  return copy;
}
