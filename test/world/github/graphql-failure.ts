// What is wrong with one field of a GraphQL document that was itself in order.

export class GraphqlFailure extends Error {
  readonly type: "NOT_FOUND" | "FORBIDDEN" | "UNPROCESSABLE";
  /** Below the field of the operation. */
  readonly path: string[];

  constructor(type: GraphqlFailure["type"], message: string, path: string[] = []) {
    super(message);
    this.type = type;
    this.path = path;
  }

  below(name: string): GraphqlFailure {
    return new GraphqlFailure(this.type, this.message, [name, ...this.path]);
  }
}

export const inaccessible = () => new GraphqlFailure("FORBIDDEN", "Resource not accessible by integration");
