// The one table: its keys and indexes, and the few ways in which items are read and written.
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";

export interface Key {
  pk: string;
  sk: string;
}

export type Item = Key & Record<string, unknown>;

/** Attributes and indexes of the table, for whoever creates it. All indexes are sparse. */
export const tableDefinition = {
  keys: { hash: "pk", range: "sk" },
  ttl: "expires",
  attributes: {
    pk: "S",
    sk: "S",
    team: "S",
    person: "S",
    createdAt: "N",
    open: "S",
    openAt: "N",
  },
  indexes: {
    /** A team's jobs by time. */
    team: { hash: "team", range: "createdAt", projection: "ALL" },
    /** A person's jobs by time. */
    person: { hash: "person", range: "createdAt", projection: "ALL" },
    /** What somebody still has to look after: jobs, runs, pull requests, stale boards, teams. */
    open: {
      hash: "open",
      range: "openAt",
      // A run is written often, and every write of an attribute that an index holds is paid again.
      projection: ["id", "job", "number", "state", "mark", "readAt", "wantedAt", "expires"],
    },
  },
} as const;

/** How long a caller waits for DynamoDB. */
export interface Patience {
  maxAttempts: number;
  /** Of one attempt. */
  requestTimeoutMs: number;
}

/** For programs that nobody waits for. */
export const patient: Patience = { maxAttempts: 5, requestTimeoutMs: 10_000 };
/** For a person in front of Slack, who gets a sentence after three seconds at the most. */
export const impatient: Patience = { maxAttempts: 2, requestTimeoutMs: 1_000 };

/** Reads and writes items of one table. Expired items are never returned: DynamoDB deletes them days late. */
export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #now: () => number;

  /** The endpoint, the region and the credentials come from the AWS client's own settings. */
  constructor(name: string, patience: Patience, now: () => number = Date.now) {
    const { maxAttempts, requestTimeoutMs } = patience;
    const requestHandler = { requestTimeout: requestTimeoutMs, connectionTimeout: requestTimeoutMs };
    this.#client = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts, requestHandler }), {
      marshallOptions: { removeUndefinedValues: true },
    });
    this.#name = name;
    this.#now = now;
  }

  /** Reads one item as it is now. */
  async get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true }),
    );
    return Item && this.#isAlive(Item as Item) ? (Item as Item) : undefined;
  }

  /** Writes one item if the condition holds; false where it does not. */
  async put(item: Item, condition?: Condition): Promise<boolean> {
    return unlessRefused(
      this.#client.send(new PutCommand({ TableName: this.#name, Item: item, ...expressionOf(condition) })),
    );
  }

  /** Changes some attributes of one item if the condition holds; false where it does not. Undefined removes. */
  async update(key: Key, changes: Record<string, unknown>, condition?: Condition): Promise<boolean> {
    const names: Record<string, string> = {};
    const values: Record<string, unknown> = {};
    const set: string[] = [];
    const remove: string[] = [];
    for (const [index, [name, value]] of Object.entries(changes).entries()) {
      names[`#c${index}`] = name;
      if (value === undefined) remove.push(`#c${index}`);
      else {
        values[`:c${index}`] = value;
        set.push(`#c${index} = :c${index}`);
      }
    }
    const check = expressionOf(condition);
    const input: UpdateCommandInput = {
      TableName: this.#name,
      Key: key,
      UpdateExpression: [
        set.length && `SET ${set.join(", ")}`,
        remove.length && `REMOVE ${remove.join(", ")}`,
      ]
        .filter(Boolean)
        .join(" "),
      ConditionExpression: check.ConditionExpression,
      ExpressionAttributeNames: { ...names, ...check.ExpressionAttributeNames },
    };
    const allValues = { ...values, ...check.ExpressionAttributeValues };
    if (Object.keys(allValues).length > 0) input.ExpressionAttributeValues = allValues;
    return unlessRefused(this.#client.send(new UpdateCommand(input)));
  }

  /**
   * Adds one to a number of an item, which begins at nothing, where it is below `max`; false where it is not. However
   * many do it at once, each is counted. `expires` in seconds since 1970.
   */
  async count(key: Key, name: string, { max, expires }: { max: number; expires: number }): Promise<boolean> {
    return unlessRefused(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#name,
          Key: key,
          UpdateExpression: "ADD #n :one SET #expires = :expires",
          ConditionExpression: "attribute_not_exists(#n) OR #n < :max",
          ExpressionAttributeNames: { "#n": name, "#expires": tableDefinition.ttl },
          ExpressionAttributeValues: { ":one": 1, ":max": max, ":expires": expires },
        }),
      ),
    );
  }

  /** Deletes one item and returns what was there. Of many that take it at once, one gets it. */
  async take(key: Key): Promise<Item | undefined> {
    const { Attributes } = await this.#client.send(
      new DeleteCommand({ TableName: this.#name, Key: key, ReturnValues: "ALL_OLD" }),
    );
    return Attributes && this.#isAlive(Attributes as Item) ? (Attributes as Item) : undefined;
  }

  /** All items of a partition, in order of their sort keys, that begin with `prefix`; read as they are now. */
  async partition(pk: string, prefix = ""): Promise<Item[]> {
    return this.#query({
      TableName: this.#name,
      KeyConditionExpression: prefix ? "#pk = :pk AND begins_with(#sk, :sk)" : "#pk = :pk",
      ExpressionAttributeNames: prefix ? { "#pk": "pk", "#sk": "sk" } : { "#pk": "pk" },
      ExpressionAttributeValues: prefix ? { ":pk": pk, ":sk": prefix } : { ":pk": pk },
      ConsistentRead: true,
    });
  }

  /**
   * Items of one index partition by time, which may be a moment behind. At most `limit` of them, and none with a time
   * after `until`.
   */
  async index(
    index: keyof typeof tableDefinition.indexes,
    value: string,
    options: { newestFirst?: boolean; limit?: number; until?: number } = {},
  ): Promise<Item[]> {
    const { hash, range } = tableDefinition.indexes[index];
    const isBound = options.until !== undefined;
    return this.#query(
      {
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: isBound ? "#hash = :hash AND #range <= :until" : "#hash = :hash",
        ExpressionAttributeNames: isBound ? { "#hash": hash, "#range": range } : { "#hash": hash },
        ExpressionAttributeValues: { ":hash": value, ...(isBound ? { ":until": options.until } : {}) },
        ScanIndexForward: !options.newestFirst,
        Limit: options.limit,
      },
      options.limit,
    );
  }

  async #query(input: QueryCommandInput, limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
    const items: Item[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(new QueryCommand({ ...input, ExclusiveStartKey: from }));
      items.push(...((page.Items ?? []) as Item[]).filter((item) => this.#isAlive(item)));
      from = page.LastEvaluatedKey;
    } while (from && items.length < limit);
    return items.slice(0, limit);
  }

  #isAlive(item: Item): boolean {
    return typeof item.expires !== "number" || item.expires * 1000 > this.#now();
  }
}

/** What has to be true of the item as it is: absent, or these attributes as given (undefined: the attribute is absent). */
export type Condition =
  | "absent"
  | { equal?: Record<string, unknown> /** Absent, or a number below. */; below?: Record<string, number> };

function expressionOf(condition: Condition | undefined): {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
} {
  if (!condition) return {};
  if (condition === "absent") {
    return { ConditionExpression: "attribute_not_exists(#pk)", ExpressionAttributeNames: { "#pk": "pk" } };
  }
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const parts: string[] = [];
  for (const [index, [name, value]] of Object.entries(condition.equal ?? {}).entries()) {
    names[`#e${index}`] = name;
    if (value === undefined) parts.push(`attribute_not_exists(#e${index})`);
    else {
      values[`:e${index}`] = value;
      parts.push(`#e${index} = :e${index}`);
    }
  }
  for (const [index, [name, value]] of Object.entries(condition.below ?? {}).entries()) {
    names[`#b${index}`] = name;
    values[`:b${index}`] = value;
    parts.push(`(attribute_not_exists(#b${index}) OR #b${index} < :b${index})`);
  }
  return {
    ConditionExpression: parts.join(" AND "),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}

async function unlessRefused(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
