// Reads the part of the GraphQL language that clients of this GitHub need: one operation, its arguments and its fields.
import type { Body } from "./body.ts";

export interface GraphqlField {
  name: string;
  /** Where this is no field but a fragment: the type whose fields its selection names. */
  on?: string;
  arguments: Body;
  selection: GraphqlField[];
}

export interface GraphqlOperation {
  kind: "query" | "mutation";
  fields: GraphqlField[];
}

/** The document is not understood; the message says where. */
export class GraphqlSyntaxError extends Error {}

const TOKEN = /"(?:[^"\\]|\\.)*"|#.*|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|\.{3}|\S/g;

/** Reads a document of one operation. Aliases, named fragments and directives are refused. */
export function parseOperation(document: string, variables: Body): GraphqlOperation {
  const reader = new Reader(document, variables);
  const kind = reader.peek() === "{" ? "query" : reader.next();
  if (kind !== "mutation" && kind !== "query") {
    throw new GraphqlSyntaxError(`Expected one of QUERY, MUTATION or "{", and found "${kind}".`);
  }
  if (/^[A-Za-z_]/.test(reader.peek())) reader.next();
  if (reader.peek() === "(") reader.skipVariableDefinitions();
  const fields = reader.selection();
  if (reader.peek() !== "") {
    throw new GraphqlSyntaxError("The local GitHub answers documents with exactly one operation.");
  }
  return { kind, fields };
}

class Reader {
  readonly #tokens: string[];
  readonly #variables: Body;

  constructor(document: string, variables: Body) {
    // Commas mean nothing in GraphQL, and neither do comments.
    const isNoise = (token: string) => token === "," || token.startsWith("#");
    this.#tokens = (document.match(TOKEN) ?? []).filter((token) => !isNoise(token));
    this.#variables = variables;
  }

  peek(): string {
    return this.#tokens[0] ?? "";
  }

  next(): string {
    return this.#tokens.shift() ?? "";
  }

  skipVariableDefinitions(): void {
    while (this.peek() !== "" && this.peek() !== ")") this.next();
    this.#expect(")");
  }

  selection(): GraphqlField[] {
    this.#expect("{");
    const fields: GraphqlField[] = [];
    while (this.peek() !== "}") fields.push(this.#field());
    this.#expect("}");
    if (fields.length === 0) throw new GraphqlSyntaxError('Expected NAME, and found "}".');
    return fields;
  }

  #field(): GraphqlField {
    if (this.peek() === "...") return this.#fragment();
    const name = this.#name();
    const parameters = this.peek() === "(" ? this.#pairs("(", ")") : {};
    const selection = this.peek() === "{" ? this.selection() : [];
    return { name, arguments: parameters, selection };
  }

  #fragment(): GraphqlField {
    this.#expect("...");
    this.#expect("on");
    const on = this.#name();
    return { name: `... on ${on}`, on, arguments: {}, selection: this.selection() };
  }

  #pairs(open: string, close: string): Body {
    this.#expect(open);
    const pairs: Body = {};
    while (this.peek() !== close) {
      const name = this.#name();
      this.#expect(":");
      pairs[name] = this.#value();
    }
    this.#expect(close);
    return pairs;
  }

  #value(): unknown {
    if (this.peek() === "{") return this.#pairs("{", "}");
    if (this.peek() === "[") return this.#list();
    const token = this.next();
    if (token.startsWith("$")) return this.#variables[token.slice(1)];
    if (token.startsWith('"') || /^-?\d/.test(token)) return JSON.parse(token);
    if (token === "true" || token === "false") return token === "true";
    if (token === "null") return null;
    if (/^[A-Za-z_]\w*$/.test(token)) return token;
    throw new GraphqlSyntaxError(`Expected a value, and found "${token}".`);
  }

  #list(): unknown[] {
    this.#expect("[");
    const values: unknown[] = [];
    while (this.peek() !== "]" && this.peek() !== "") values.push(this.#value());
    this.#expect("]");
    return values;
  }

  #name(): string {
    const token = this.next();
    if (!/^[A-Za-z_]\w*$/.test(token)) throw new GraphqlSyntaxError(`Expected a name, and found "${token}".`);
    return token;
  }

  #expect(wanted: string): void {
    const token = this.next();
    if (token !== wanted) throw new GraphqlSyntaxError(`Expected "${wanted}", and found "${token}".`);
  }
}
