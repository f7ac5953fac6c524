// What was done by whom, by the day. Nothing here is ever changed, expires or is deleted.
import type { Audits } from "../../ports/store.ts";
import { auditSchema } from "../../team-schema.ts";
import type { Key, Table } from "./table.ts";

export function makeAudits(table: Table): Audits {
  return {
    async append(entry) {
      // Whoever does it again does it at another time: the first one's time is kept by the id, and makes the same key.
      const isNew = await table.put({ ...idKey(entry.id), at: entry.at }, "absent");
      const at = isNew ? entry.at : Number((await table.get(idKey(entry.id)))?.at);
      const time = new Date(at).toISOString();
      await table.put({ ...dayKey(time.slice(0, 10)), sk: `${time}#${entry.id}`, ...entry, at }, "absent");
    },
    async ofDay(day) {
      const { pk } = dayKey(day);
      return (await table.partition(pk)).map((item) => auditSchema.parse(item));
    },
  };
}

function idKey(id: string): Key {
  return { pk: `AUDITED#${id}`, sk: "AUDITED" };
}

function dayKey(day: string): Pick<Key, "pk"> {
  return { pk: `AUDIT#${day}` };
}
