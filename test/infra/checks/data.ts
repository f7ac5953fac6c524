// The table as the programs define it, and what becomes of it when a stage is removed.
import type { tableDefinition } from "@cody/core/adapters/table/table.ts";
import type { Evaluation } from "../evaluation.ts";
import { every, one } from "../resources.ts";

interface TableInputs {
  hashKey: string;
  rangeKey: string;
  attributes: { name: string; type: string }[];
  globalSecondaryIndexes: {
    name: string;
    hashKey: string;
    rangeKey: string;
    projectionType: string;
    nonKeyAttributes?: string[];
  }[];
  ttl: { attributeName: string; enabled: boolean };
  streamEnabled: boolean;
  streamViewType: string;
  billingMode: string;
  pointInTimeRecovery: { enabled: boolean };
  deletionProtectionEnabled: boolean;
}

function tableOf(deployment: Evaluation): TableInputs {
  return one<TableInputs>(deployment, "aws:dynamodb/table:Table", "TableTable");
}

/** How the table differs from what the programs expect of it. */
export function tableFindings(deployment: Evaluation, definition: typeof tableDefinition): string[] {
  const table = tableOf(deployment);
  const attributes = Object.fromEntries(table.attributes.map(({ name, type }) => [name, type]));
  const indexes = Object.fromEntries(
    table.globalSecondaryIndexes.map(({ name, hashKey, rangeKey, projectionType, nonKeyAttributes }) => [
      name,
      { hash: hashKey, range: rangeKey, projection: nonKeyAttributes ?? projectionType },
    ]),
  );
  const keys = new Set([
    table.hashKey,
    table.rangeKey,
    ...table.globalSecondaryIndexes.flatMap(({ hashKey, rangeKey }) => [hashKey, rangeKey]),
  ]);
  const wrong: [boolean, string][] = [
    [table.hashKey !== definition.keys.hash || table.rangeKey !== definition.keys.range, "it has other keys"],
    [!isEqual(attributes, definition.attributes), "it has other attributes"],
    // DynamoDB refuses attributes that no key is made of.
    [!isEqual([...keys].sort(), Object.keys(attributes).sort()), "an attribute is in no key"],
    [!isEqual(indexes, definition.indexes), "it has other indexes"],
    [!table.ttl.enabled || table.ttl.attributeName !== definition.ttl, "nothing expires"],
    [!table.streamEnabled || table.streamViewType !== "KEYS_ONLY", "its stream is not one of keys"],
    [table.billingMode !== "PAY_PER_REQUEST", "it costs money while nobody works"],
    [!table.pointInTimeRecovery.enabled, "it cannot be recovered"],
  ];
  return wrong.flatMap(([is, says]) => (is ? [`the table: ${says}`] : []));
}

/** Whether a stage is kept as it should be: `production` against mistakes, and nothing of the others. */
export function stageFindings(deployment: Evaluation, stage: string): string[] {
  const isKept = stage === "production";
  const { protect = false, removal } = deployment.app;
  const images = every<{ forceDelete?: boolean }>(deployment, "aws:ecr/repository:Repository");
  const wrong: [boolean, string][] = [
    [protect !== isKept, `protect is ${protect}`],
    [removal !== (isKept ? "retain" : "remove"), `removal is ${removal}`],
    [
      tableOf(deployment).deletionProtectionEnabled !== isKept,
      "the table's own protection is the other way round",
    ],
    [images.some(({ inputs }) => inputs.forceDelete === isKept), "images are kept the other way round"],
  ];
  return wrong.flatMap(([is, says]) => (is ? [`${stage}: ${says}`] : []));
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}
