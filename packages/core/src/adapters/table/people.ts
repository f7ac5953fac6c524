// People of a team, their accounts on GitHub, and the links that are being made.
import type { People } from "../../ports/store.ts";
import { linkRequestSchema, personSchema } from "../../team-schema.ts";
import type { Key, Table } from "./table.ts";

export function makePeople(table: Table): People {
  return {
    async read(team, user) {
      const item = await table.get(personKey(team, user));
      return item && personSchema.parse(item);
    },
    async link(person) {
      await table.put({ ...personKey(person.team, person.user), ...person });
    },
    async unlink(team, user) {
      await table.take(personKey(team, user));
    },
    async usersOf(team, account) {
      const items = await table.partition(`TEAM#${team}`, "USER#");
      const people = items.map((item) => personSchema.parse(item));
      return people.filter((person) => person.account.id === account).map(({ user }) => user);
    },
    changeTokens: ({ team, user, sealedTokens: read }, sealedTokens) =>
      table.update(personKey(team, user), { sealedTokens }, { equal: { sealedTokens: read } }),
    async beginLink(request) {
      const expires = Math.ceil(request.expiresAt / 1000);
      const isNew = await table.put({ ...linkKey(request.id), ...request, expires }, "absent");
      if (!isNew) throw new Error("a link request with this id is there already");
    },
    async readLink(id, now) {
      const item = await table.get(linkKey(id));
      const request = item && linkRequestSchema.parse(item);
      return request && request.expiresAt > now ? request : undefined;
    },
    bindLink: (id, { verifier, nonceDigest }) =>
      table.update(linkKey(id), { verifier, nonceDigest }, { equal: { id, verifier: undefined } }),
    async takeLink(id, now) {
      const item = await table.take(linkKey(id));
      const request = item && linkRequestSchema.parse(item);
      return request && request.expiresAt > now ? request : undefined;
    },
  };
}

function personKey(team: string, user: string): Key {
  return { pk: `TEAM#${team}`, sk: `USER#${user}` };
}

function linkKey(id: string): Key {
  return { pk: `LINK#${id}`, sk: "LINK" };
}
