// Reads anew which repositories Cody's GitHub account sees, and keeps the list for a team's forms.
import type { EffectContext } from "./context.ts";

/** Reads GitHub and replaces the team's list as a whole. */
export async function refreshCatalogue(
  team: string,
  { store, github, now, log }: EffectContext,
): Promise<void> {
  const readAt = now();
  const repositories = await github.repositories();
  await store.teams.saveCatalogue(team, { repositories, readAt });
  log.info("list of repositories read", { team, repositories: repositories.length, ms: now() - readAt });
}
