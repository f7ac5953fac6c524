// Teams of organizations, which can be asked for reviews.
import type { components } from "@octokit/openapi-types";
import type { TeamOptions } from "./records.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

export function slugOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

export function teamNodeId({ id }: TeamOptions): string {
  return `T_${id}`;
}

/** Whether the team was given this repository. */
export function isTeamOf({ repositories }: TeamOptions, repository: Repository): boolean {
  return repositories.includes(repository.fullName) || repositories.includes(`${repository.owner}/*`);
}

export function teamAnswer(site: Site, team: TeamOptions): components["schemas"]["team"] {
  const slug = slugOf(team.name);
  const owner = team.name.slice(0, team.name.indexOf("/"));
  const api = `${site.apiUrl}/organizations/${owner}/team/${team.id}`;
  return {
    id: team.id,
    node_id: teamNodeId(team),
    name: slug,
    slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "push",
    type: "organization",
    organization_id: 1,
    url: api,
    html_url: `${site.url}/orgs/${owner}/teams/${slug}`,
    members_url: `${api}/members{/member}`,
    repositories_url: `${api}/repos`,
    parent: null,
  };
}
