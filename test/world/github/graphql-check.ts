// Whether a GraphQL document asks for what the schema has: GitHub refuses it whole for one mistake, before it does anything.
import type { GraphqlField } from "./graphql-document.ts";
import { GRAPHQL_CONNECTIONS, GRAPHQL_POSSIBLE, GRAPHQL_TYPES } from "./graphql-types.ts";

export interface GraphqlError {
  type?: string;
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, string>;
}

/** Most of what one page of a connection may hold. */
const MAX_PAGE = 100;

const PAGE_BOUNDS = ["first", "last", "after", "before"];

/** The first mistake in these fields of a type; undefined where there is none. */
export function wrongField(fields: GraphqlField[], type: string, path: string[]): GraphqlError | undefined {
  for (const field of fields) {
    const here = [...path, field.name];
    const wrong =
      field.on === undefined ? wrongUse(field, type, here) : wrongFragment(field.on, field, type, here);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongUse(field: GraphqlField, type: string, here: string[]): GraphqlError | undefined {
  const inner = GRAPHQL_TYPES[type]?.[field.name];
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
  const flags = GRAPHQL_CONNECTIONS[field.name];
  const wrong = flags && (wrongPage(field, here) ?? wrongArgument(field, flags, here));
  return wrong ?? wrongField(field.selection, inner, here);
}

function wrongPage(field: GraphqlField, path: string[]): GraphqlError | undefined {
  const { first, last } = field.arguments;
  const size = first ?? last;
  if (typeof size !== "number") {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${field.name}\` connection.`;
    return { type: "MISSING_PAGINATION_BOUNDARIES", message, path };
  }
  if (size > MAX_PAGE || size < 0) {
    const message = `Requesting ${size} records on the \`${field.name}\` connection exceeds the \`first\` limit of ${MAX_PAGE} records.`;
    return { type: "EXCESSIVE_PAGINATION", message, path };
  }
  return undefined;
}

function wrongArgument(field: GraphqlField, flags: string[], here: string[]): GraphqlError | undefined {
  for (const [name, value] of Object.entries(field.arguments)) {
    const path = [...here, name];
    if (flags.includes(name)) {
      if (value === undefined || value === null || typeof value === "boolean") continue;
      const message = `Argument '${name}' on Field '${field.name}' has an invalid value (${JSON.stringify(value)}). Expected type 'Boolean'.`;
      const extensions = { code: "argumentLiteralsIncompatible", typeName: "Field", argumentName: name };
      return { message, path, extensions };
    }
    if (PAGE_BOUNDS.includes(name)) continue;
    return {
      message: `Field '${field.name}' doesn't accept argument '${name}'`,
      path,
      extensions: {
        code: "argumentNotAccepted",
        name: field.name,
        typeName: "Field",
        argumentName: name,
      },
    };
  }
  return undefined;
}

function wrongFragment(
  on: string,
  { selection }: GraphqlField,
  type: string,
  path: string[],
): GraphqlError | undefined {
  if (!(on in GRAPHQL_TYPES)) {
    return {
      message: `No such type ${on}, so it can't be a fragment condition`,
      path,
      extensions: { code: "undefinedType", typeName: on },
    };
  }
  const possible = (name: string) => GRAPHQL_POSSIBLE[name] ?? [name];
  if (!possible(on).some((name) => possible(type).includes(name))) {
    return {
      message: `Fragment on ${on} can't be spread inside ${type}`,
      path,
      extensions: {
        code: "cannotSpreadFragment",
        fragmentName: "unknown",
        typeName: on,
        parentTypeName: type,
      },
    };
  }
  return wrongField(selection, on, path);
}
