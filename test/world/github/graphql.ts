// GraphQL: a document is checked whole, then carried out field by field; what is wrong is told with status 200.
import { type Answer, type Call, json } from "./answer.ts";
import { object, required } from "./body.ts";
import { GitHubError } from "./errors.ts";
import {
  type GraphqlField,
  type GraphqlOperation,
  GraphqlSyntaxError,
  parseOperation,
} from "./graphql-document.ts";
import { GraphqlFailure } from "./graphql-failure.ts";
import { GRAPHQL_MUTATIONS } from "./graphql-mutations.ts";
import { GRAPHQL_QUERIES } from "./graphql-queries.ts";
import { GRAPHQL_CONNECTIONS, GRAPHQL_TYPES } from "./graphql-types.ts";

interface GraphqlError {
  type?: string;
  message: string;
  path?: string[];
  extensions?: Record<string, string>;
}

/** Most of what one page of a connection may hold. */
const MAX_PAGE = 100;

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

/** GitHub refuses a whole document for one field that does not exist, before it does anything. */
function wrongField(fields: GraphqlField[], type: string, path: string[]): GraphqlError | undefined {
  for (const field of fields) {
    const inner = GRAPHQL_TYPES[type]?.[field.name];
    const here = [...path, field.name];
    if (inner === undefined) {
      return {
        message: `Field '${field.name}' doesn't exist on type '${type}'`,
        path: here,
        extensions: { code: "undefinedField", typeName: type, fieldName: field.name },
      };
    }
    if ((inner === "") !== (field.selection.length === 0)) {
      const message =
        inner === ""
          ? `Selections can't be made on scalars (field '${field.name}' returns a scalar but has selections)`
          : `Field must have selections (field '${field.name}' returns ${inner} but has no selections. Did you mean '${field.name} { ... }'?)`;
      return { message, path: here, extensions: { code: "selectionMismatch" } };
    }
    if (GRAPHQL_CONNECTIONS.includes(field.name)) {
      const { first, last } = field.arguments;
      const size = first ?? last;
      if (typeof size !== "number") {
        const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${field.name}\` connection.`;
        return { type: "MISSING_PAGINATION_BOUNDARIES", message, path: here };
      }
      if (size > MAX_PAGE || size < 0) {
        const message = `Requesting ${size} records on the \`${field.name}\` connection exceeds the \`first\` limit of ${MAX_PAGE} records.`;
        return { type: "EXCESSIVE_PAGINATION", message, path: here };
      }
    }
    const below = wrongField(field.selection, inner, here);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Only what was asked for is answered. A function is a field that takes arguments, or that costs something. */
async function select(field: GraphqlField, value: unknown): Promise<unknown> {
  if (field.selection.length === 0 || value === null || value === undefined) return value ?? null;
  if (Array.isArray(value)) return Promise.all(value.map((each) => select(field, each)));
  const answer: Record<string, unknown> = {};
  for (const child of field.selection) {
    const held = (value as Record<string, unknown>)[child.name];
    try {
      answer[child.name] = await select(
        child,
        typeof held === "function" ? await held(child.arguments) : held,
      );
    } catch (error) {
      if (error instanceof GraphqlFailure) throw error.below(child.name);
      throw error;
    }
  }
  return answer;
}
