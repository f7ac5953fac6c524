// What a team shares: the repositories that its Cody can see, and what its jobs begin with.
import * as z from "zod";
import type { Teams } from "../../ports/store.ts";
import { repositorySchema } from "../../schema.ts";
import { teamDefaultsSchema } from "../../team-schema.ts";
import { joinChunks, saveChunks } from "./chunks.ts";
import type { Key, Table } from "./table.ts";

/** Lists are replaced every few minutes; a day keeps the newest through any outage and the old ones from piling up. */
const listLifeMs = 24 * 60 * 60_000;

const repositoriesSchema = z.array(repositorySchema);

/** Shared things of teams. The list of repositories is written as a whole beside the old one, then pointed to. */
export function makeTeams(table: Table): Teams {
  return {
    async catalogue(team) {
      const head = await table.get(headKey(team));
      if (head?.readAt === undefined) return undefined;
      const [value] = joinChunks(await table.partition(headKey(team).pk, `${listOf(Number(head.readAt))}#`));
      if (!value) return undefined;
      return {
        repositories: repositoriesSchema.parse(JSON.parse(value.toString())),
        readAt: Number(head.readAt),
      };
    },
    async saveCatalogue(team, { repositories, readAt }) {
      const value = Buffer.from(JSON.stringify(repositories));
      const expires = Math.floor((readAt + listLifeMs) / 1000);
      await saveChunks(table, { pk: headKey(team).pk, prefix: listOf(readAt), expires }, value);
      await table.update(headKey(team), { readAt, open: "TEAMS", openAt: readAt, wantedAt: undefined });
    },
    async wantCatalogue(team, now) {
      const key = headKey(team);
      return table.update(
        key,
        { wantedAt: now, open: "TEAMS", openAt: now },
        { equal: { wantedAt: undefined } },
      );
    },
    async known() {
      const items = await table.index("open", "TEAMS");
      return items.map((item) => ({
        team: item.pk.slice("TEAM#".length),
        readAt: item.readAt as number | undefined,
        wantedAt: item.wantedAt as number | undefined,
      }));
    },
    async defaults(team) {
      return teamDefaultsSchema.parse((await table.get(defaultsKey(team))) ?? {});
    },
    async saveDefaults(team, defaults) {
      await table.put({ ...defaultsKey(team), ...defaults });
    },
  };
}

function headKey(team: string): Key {
  return { pk: `TEAM#${team}`, sk: "REPOS" };
}

function defaultsKey(team: string): Key {
  return { pk: `TEAM#${team}`, sk: "DEFAULTS" };
}

function listOf(readAt: number): string {
  return `REPOS#${readAt}`;
}
