// Every commit status of a commit, the newest of each name.
import type { Place } from "./github-place.ts";

const perPage = 100;
/** GitHub keeps at most a thousand of one commit. */
const maxPages = 10;

/** Octokit's own pagination does not take this answer for a list, because it tells more than the list. */
export async function everyStatus({ client, owner, repo }: Place, ref: string) {
  const all = [];
  for (let page = 1; page <= maxPages; page += 1) {
    const asked = { owner, repo, ref, per_page: perPage, page };
    const { data } = await client.repos.getCombinedStatusForRef(asked);
    all.push(...data.statuses);
    if (data.statuses.length < perPage) break;
  }
  return all;
}
