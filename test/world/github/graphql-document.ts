// Reads the part of the GraphQL language that one mutation needs: its arguments, and the fields it asks for.
import type { Body } from "./body.ts";

export interface GraphqlField {
  name: string;
  arguments: Body;
  selection: GraphqlField[];
}

/** The document is not understood; the message says where. */
export class GraphqlSyntaxError extends Error {}

const TOKEN = /"(?:[^"\\]|\\.)*"|#.*|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|\S/g;

/** Reads a document of one mutation with one field. Aliases, fragments and directives are refused. */
export function parseMutation(document: string, variables: Body): GraphqlField {
  const reader = new Reader(document, variables);
  const operation = reader.next();
  if (operation !== "mutation") {
    throw new GraphqlSyntaxError(`The local GitHub answers mutations alone, and this is "${operation}".`);
  }
  if (/^[A-Za-z_]/.test(reader.peek())) reader.next();
  if (reader.peek() === "(") reader.skipVariableDefinitions();
  const [field, ...others] = reader.selection();
  if (field === undefined || others.length > 0 || reader.peek() !== "") {
    throw new GraphqlSyntaxError("The local GitHub answers documents with exactly one mutation.");
  }
  return field;
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
    return fields;
  }

  #field(): GraphqlField {
    const name = this.#name();
    const parameters = this.peek() === "(" ? this.#pairs("(", ")") : {};
    const selection = this.peek() === "{" ? this.selection() : [];
    return { name, arguments: parameters, selection };
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
    const token = this.next();
    if (token.startsWith("$")) return this.#variables[token.slice(1)];
    if (token.startsWith('"') || /^-?\d/.test(token)) return JSON.parse(token);
    if (token === "true" || token === "false") return token === "true";
    if (token === "null") return null;
    if (/^[A-Za-z_]\w*$/.test(token)) return token;
    throw new GraphqlSyntaxError(`Expected a value, and found "${token}".`);
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
