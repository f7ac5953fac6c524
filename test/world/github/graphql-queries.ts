// What GraphQL is asked for without changing anything: a repository, and a pull request of it.
import { mayRead } from "./accounts.ts";
import { covers } from "./apps.ts";
import { type Body, integer, string } from "./body.ts";
import { GraphqlFailure, inaccessible } from "./graphql-failure.ts";
import type { GraphqlCall } from "./graphql-mutations.ts";
import { pullValues } from "./graphql-pull.ts";
import { has } from "./permissions.ts";

type Query = (call: GraphqlCall, parameters: Body) => unknown;

export const GRAPHQL_QUERIES: Record<string, Query> = {
  viewer: ({ account }) => ({ id: `U_${account.id}`, databaseId: account.id, login: account.login }),
  repository: (call, parameters) => {
    const { site, account, grant } = call;
    const fullName = `${string(parameters, "owner")}/${string(parameters, "name")}`;
    // A former name leads to the repository as well, as long as no other has it.
    const repository = site.repositories.byName(fullName) ?? site.repositories.byFormerName(fullName);
    if (repository === undefined || !mayRead(account, repository) || !covers(grant, repository)) {
      const message = `Could not resolve to a Repository with the name '${fullName}'.`;
      throw new GraphqlFailure("NOT_FOUND", message);
    }
    return {
      id: `R_${repository.id}`,
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: repository.fullName,
      isPrivate: repository.private,
      pullRequest: (given: Body) => {
        const needed = { names: ["pull_requests"], level: "read" as const };
        if (grant !== undefined && !has(grant.permissions, needed)) throw inaccessible();
        const number = integer(given, "number");
        const pull = repository.pulls.find((each) => each.number === number);
        if (pull === undefined) {
          const message = `Could not resolve to a PullRequest with the number of ${number}.`;
          throw new GraphqlFailure("NOT_FOUND", message);
        }
        return pullValues(call, repository, pull);
      },
    };
  },
};
