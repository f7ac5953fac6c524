// What is wrong with one field of a GraphQL document that was itself in order.

export class GraphqlFailure extends Error {
  readonly type: "NOT_FOUND" | "FORBIDDEN" | "UNPROCESSABLE";
  /** Below the field of the operation; a number is a place in a list. */
  readonly path: (string | number)[];

  constructor(type: GraphqlFailure["type"], message: string, path: (string | number)[] = []) {
    super(message);
    this.type = type;
    this.path = path;
  }

  below(name: string | number): GraphqlFailure {
    return new GraphqlFailure(this.type, this.message, [name, ...this.path]);
  }
}

export const inaccessible = () => new GraphqlFailure("FORBIDDEN", "Resource not accessible by integration");
