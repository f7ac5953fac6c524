// The table that everything is in, as the programs define it.
import { tableDefinition } from "@cody/core/adapters/table/table.ts";
import { isKept } from "./stage.ts";

const types = { S: "string", N: "number" } as const;

/** The table with its indexes and its stream, which takes two readers and no more. */
export function makeTable() {
  const { attributes, indexes, keys, ttl } = tableDefinition;
  return new sst.aws.Dynamo("Table", {
    fields: Object.fromEntries(Object.entries(attributes).map(([name, type]) => [name, types[type]])),
    primaryIndex: { hashKey: keys.hash, rangeKey: keys.range },
    globalIndexes: Object.fromEntries(
      Object.entries(indexes).map(([name, { hash, range, projection }]) => [
        name,
        {
          hashKey: hash,
          rangeKey: range,
          projection: projection === "ALL" ? ("all" as const) : [...projection],
        },
      ]),
    ),
    ttl,
    // A record says which item changed, and never what is in it.
    stream: "keys-only",
    deletionProtection: isKept(),
  });
}
