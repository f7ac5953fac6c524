// Forks over REST: asked for, answered at once, and usable a moment later.
import { mayRead } from "./accounts.ts";
import { type Answer, json, list, type RepositoryCall, type WriteCall } from "./answer.ts";
import { string } from "./body.ts";
import { forbidden } from "./errors.ts";
import { fullRepositoryAnswer, repositoryAnswer } from "./repository-answers.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";

export const forkRoutes: Route[] = [
  readRoute("/forks", listForks),
  changeRoute("POST", "/forks", "read", createFork, { createsContent: true }),
];

/** Whoever has a fork already is given that one. */
function createFork({ site, repository, body, account }: WriteCall): Answer {
  // An App forks only to where it is installed on everything, which no App here is.
  if (account.type === "Bot") throw forbidden("Resource not accessible by integration");
  if (!repository.forks) throw forbidden("The repository exists, but forking is disabled.");
  const parent = repository.parent ?? repository;
  const owner = string(body, "organization") ?? account.login;
  if (owner.toLowerCase() === parent.owner.toLowerCase()) {
    throw forbidden(`${owner} already owns ${parent.fullName}, and cannot fork it.`);
  }
  const existing = site.repositories.forkOf(parent, owner);
  if (existing !== undefined) return json(fullRepositoryAnswer(site, existing, account), 202);
  let name = string(body, "name") ?? parent.name;
  // Another repository of that name is left alone.
  for (let next = 1; site.repositories.byName(`${owner}/${name}`); next += 1) name = `${parent.name}-${next}`;
  const fullName = `${owner}/${name}`;
  const id = Math.max(...site.repositories.all().map((each) => each.id)) + 1;
  const { forkReadyInMs: readyInMs } = site;
  const { private: isPrivate, defaultBranch } = parent;
  const options = { fullName, id, private: isPrivate, defaultBranch, parent, readyInMs };
  const fork = site.repositories.add(options, site.now());
  site.accounts.grant(account.login, fullName, "admin");
  return json(fullRepositoryAnswer(site, fork, account), 202);
}

function listForks(call: RepositoryCall): Promise<Answer> {
  const { site, repository, account } = call;
  const forks = site.repositories
    .all()
    .filter(({ parent }) => parent === repository)
    .filter((fork) => mayRead(account, fork));
  return list(call, forks, (fork) => repositoryAnswer(site, fork, account));
}
