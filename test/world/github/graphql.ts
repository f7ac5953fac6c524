// The two GraphQL mutations that have no counterpart in REST: a draft made ready, and made a draft again.
import { mayRead, mayWrite } from "./accounts.ts";
import { type Answer, type Call, json } from "./answer.ts";
import { covers } from "./apps.ts";
import { object, required } from "./body.ts";
import { GitHubError } from "./errors.ts";
import { type GraphqlField, GraphqlSyntaxError, parseMutation } from "./graphql-document.ts";
import { has } from "./permissions.ts";
import { pullNodeId } from "./pull-answers.ts";
import { viewPull } from "./pulls.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";

interface GraphqlError {
  type?: string;
  message: string;
  path?: string[];
  extensions?: Record<string, string>;
}

const MUTATIONS: Record<string, { draft: boolean; doing: string }> = {
  markPullRequestReadyForReview: { draft: false, doing: "mark the pull request as ready for review" },
  convertPullRequestToDraft: { draft: true, doing: "convert the pull request" },
};

/** Like GitHub: what is wrong with a mutation is told in `errors`, with status 200. */
export async function graphql(call: Call): Promise<Answer> {
  if (call.account === undefined) {
    throw new GitHubError(401, "This endpoint requires you to be authenticated.");
  }
  const { query } = required(call.body, "query");
  let field: GraphqlField;
  try {
    field = parseMutation(query, object(call.body, "variables") ?? {});
  } catch (error) {
    if (error instanceof GraphqlSyntaxError) return failed({ message: error.message });
    throw error;
  }
  const mutation = MUTATIONS[field.name];
  if (mutation === undefined) {
    return failed({
      message: `The local GitHub knows only ${Object.keys(MUTATIONS).join(" and ")}, not "${field.name}".`,
      path: ["mutation", field.name],
      extensions: { code: "undefinedField", typeName: "Mutation", fieldName: field.name },
    });
  }
  const unknown = unknownField(field);
  if (unknown !== undefined) return failed(unknown);
  const input = object(field.arguments, "input") ?? {};
  const id = String(input.pullRequestId ?? "");
  const found = pullByNodeId(call, id);
  const path = [field.name];
  if (found === undefined) {
    const message = `Could not resolve to a node with the global id of '${id}'.`;
    return failed({ type: "NOT_FOUND", path, message }, field.name);
  }
  const { repository, pull } = found;
  const needed = { names: ["pull_requests"], level: "write" as const };
  if (call.grant !== undefined && !has(call.grant.permissions, needed)) {
    const message = "Resource not accessible by integration";
    return failed({ type: "FORBIDDEN", path, message }, field.name);
  }
  if (pull.author !== call.account && !mayWrite(call.account, repository)) {
    const message = `${call.account.login} does not have permission to ${mutation.doing} ${id}.`;
    return failed({ type: "FORBIDDEN", path, message }, field.name);
  }
  if (repository.archived) {
    const message = "Repository was archived so is read-only.";
    return failed({ type: "FORBIDDEN", path, message }, field.name);
  }
  if (pull.closed) {
    return failed({ type: "UNPROCESSABLE", path, message: "Pull request is closed" }, field.name);
  }
  pull.draft = mutation.draft;
  pull.updatedAtMs = call.site.now();
  const values = {
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: await pullValues(call, repository, pull),
  };
  return json({ data: { [field.name]: select(field, values) } });
}

async function pullValues({ site }: Call, repository: Repository, pull: PullRequest) {
  const { headSha, baseSha } = await viewPull(repository, pull);
  return {
    id: pullNodeId(repository, pull.number),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    url: `${site.url}/${repository.fullName}/pull/${pull.number}`,
    state: "OPEN",
    isDraft: pull.draft,
    closed: false,
    merged: false,
    headRefName: pull.head,
    headRefOid: headSha,
    baseRefName: pull.base,
    baseRefOid: baseSha,
  };
}

const PULL_FIELDS = [
  "id",
  "databaseId",
  "fullDatabaseId",
  "number",
  "title",
  "body",
  "url",
  "state",
  "isDraft",
  "closed",
  "merged",
  "headRefName",
  "headRefOid",
  "baseRefName",
  "baseRefOid",
];

/** GitHub refuses a whole document for one field that does not exist, before it does anything. */
function unknownField(field: GraphqlField): GraphqlError | undefined {
  const complain = (name: string, type: string, path: string[]): GraphqlError => ({
    message: `Field '${name}' doesn't exist on type '${type}'`,
    path: ["mutation", field.name, ...path, name],
    extensions: { code: "undefinedField", typeName: type, fieldName: name },
  });
  const payload = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Payload`;
  for (const child of field.selection) {
    if (child.name === "clientMutationId") continue;
    if (child.name !== "pullRequest") return complain(child.name, payload, []);
    const wrong = child.selection.find(({ name }) => !PULL_FIELDS.includes(name));
    if (wrong !== undefined) return complain(wrong.name, "PullRequest", ["pullRequest"]);
  }
  return undefined;
}

/** Only what was asked for is answered. */
function select(field: GraphqlField, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    field.selection.map((child) => {
      const value = values[child.name];
      return [
        child.name,
        child.selection.length > 0 ? select(child, value as Record<string, unknown>) : value,
      ];
    }),
  );
}

function pullByNodeId({ site, account, grant }: Call, id: string) {
  for (const repository of site.repositories.all()) {
    const pull = repository.pulls.find(({ number }) => pullNodeId(repository, number) === id);
    if (pull !== undefined && mayRead(account, repository) && covers(grant, repository)) {
      return { repository, pull };
    }
  }
  return undefined;
}

function failed(error: GraphqlError, field?: string): Answer {
  return json({ ...(field === undefined ? {} : { data: { [field]: null } }), errors: [error] });
}
