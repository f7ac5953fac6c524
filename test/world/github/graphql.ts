// GraphQL: a document is checked whole, then carried out field by field; what is wrong is told with status 200.
import { type Answer, type Call, json } from "./answer.ts";
import { object, required } from "./body.ts";
import { GitHubError } from "./errors.ts";
import { type GraphqlError, wrongField } from "./graphql-check.ts";
import {
  type GraphqlField,
  type GraphqlOperation,
  GraphqlSyntaxError,
  parseOperation,
} from "./graphql-document.ts";
import { GraphqlFailure } from "./graphql-failure.ts";
import { GRAPHQL_MUTATIONS } from "./graphql-mutations.ts";
import { GRAPHQL_QUERIES } from "./graphql-queries.ts";
import { GRAPHQL_POSSIBLE } from "./graphql-types.ts";

export async function graphql(call: Call): Promise<Answer> {
  if (call.account === undefined) {
    throw new GitHubError(401, "This endpoint requires you to be authenticated.");
  }
  const { query } = required(call.body, "query");
  let operation: GraphqlOperation;
  try {
    operation = parseOperation(query, object(call.body, "variables") ?? {});
  } catch (error) {
    if (error instanceof GraphqlSyntaxError) return json({ errors: [{ message: error.message }] });
    throw error;
  }
  const root = operation.kind === "query" ? "Query" : "Mutation";
  const wrong = wrongField(operation.fields, root, [operation.kind]);
  if (wrong !== undefined) return json({ errors: [wrong] });
  const data: Record<string, unknown> = {};
  const errors: GraphqlError[] = [];
  for (const field of operation.fields) {
    try {
      const source = operation.kind === "query" ? GRAPHQL_QUERIES : GRAPHQL_MUTATIONS;
      const value = await source[field.name]?.({ ...call, account: call.account }, field.arguments);
      data[field.name] = await select(field, value);
    } catch (error) {
      if (!(error instanceof GraphqlFailure)) throw error;
      const { type, message, path } = error;
      data[field.name] = null;
      errors.push({ type, message, path: [field.name, ...path] });
    }
  }
  return json({ data, ...(errors.length === 0 ? {} : { errors }) });
}

/** Only what was asked for is answered. A function is a field that takes arguments, or that costs something. */
async function select(field: GraphqlField, value: unknown): Promise<unknown> {
  if (field.selection.length === 0 || value === null || value === undefined) return value ?? null;
  if (Array.isArray(value)) {
    return Promise.all(value.map((each, index) => below(index, () => select(field, each))));
  }
  const answer: Record<string, unknown> = {};
  for (const child of fieldsOf(field.selection, value)) {
    const held = (value as Record<string, unknown>)[child.name];
    answer[child.name] = await below(child.name, async () =>
      select(child, typeof held === "function" ? await held(child.arguments) : held),
    );
  }
  return answer;
}

/** With those of the fragments that are about what this value is. */
function fieldsOf(selection: GraphqlField[], value: object): GraphqlField[] {
  const type = "__typename" in value ? String(value.__typename) : undefined;
  const isOf = (on: string) =>
    type === undefined || type === on || GRAPHQL_POSSIBLE[on]?.includes(type) === true;
  return selection.flatMap((field) => {
    if (field.on === undefined) return [field];
    return isOf(field.on) ? fieldsOf(field.selection, value) : [];
  });
}

async function below<T>(step: string | number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GraphqlFailure) throw error.below(step);
    throw error;
  }
}
