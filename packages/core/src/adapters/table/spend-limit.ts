// The spend limit of the key that all runs share: one item, read by every runner with each of its heartbeats.
import type { SpendLimits } from "../../ports/store.ts";
import { spendLimitSchema } from "../../schema.ts";
import type { Key, Table } from "./table.ts";

const key: Key = { pk: "KEY", sk: "SPEND-LIMIT" };

export function makeSpendLimit(table: Table): SpendLimits {
  const read: SpendLimits["read"] = async () => {
    const item = await table.get(key);
    return item?.since === undefined ? undefined : spendLimitSchema.parse(item);
  };
  return {
    read,
    async reach({ since, reached }) {
      // A run that hears of the limit late must not bring back one that was lifted meanwhile.
      const isNews = { equal: { since: undefined }, below: { liftedAt: since } };
      if (await table.update(key, { since, reached }, isNews)) return { since, reached };
      return (await read()) ?? { since, reached };
    },
    lift: ({ since }, now) =>
      table.update(key, { since: undefined, reached: undefined, liftedAt: now }, { equal: { since } }),
  };
}
