// Opens the table and gives its ports.
import type { Store } from "../../ports/store.ts";
import { makeAudits } from "./audits.ts";
import { makeJobs } from "./jobs.ts";
import { makePace } from "./pace.ts";
import { makePeople } from "./people.ts";
import { makeBoards, makePosts } from "./posts.ts";
import { makeSpendLimit } from "./spend-limit.ts";
import { patient, Table } from "./table.ts";
import { makeTeams } from "./teams.ts";
import { makeWork } from "./work.ts";

/** The ports of the table of this name. Nothing is called until one of them is used. */
export function openStore(tableName: string, patience = patient): Store {
  const table = new Table(tableName, patience);
  return {
    jobs: makeJobs(table),
    posts: makePosts(table),
    boards: makeBoards(table),
    teams: makeTeams(table),
    people: makePeople(table),
    audits: makeAudits(table),
    pace: makePace(table),
    spendLimit: makeSpendLimit(table),
    work: (job, run) => makeWork(table, job, run),
  };
}
