// Reads the fields of a request's JSON, and refuses what has another type in GitHub's words.
import { GitHubError, refused } from "./errors.ts";

export type Body = Record<string, unknown>;

/** The JSON object of a request; an empty body is an empty object. */
export function parseBody(text: string): Body {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
  if (!isObject(value)) throw new GitHubError(400, "Body should be a JSON object");
  return value;
}

/** Refuses a body without these fields, naming all that are missing at once. */
export function required<Key extends string>(body: Body, ...keys: Key[]): Record<Key, string> {
  const missing = keys.filter((key) => body[key] === undefined).map((key) => `"${key}"`);
  if (missing.length > 0) {
    throw refused(
      `Invalid request.\n\n${missing.join(", ")} ${missing.length > 1 ? "weren't" : "wasn't"} supplied.`,
    );
  }
  return Object.fromEntries(keys.map((key) => [key, string(body, key) ?? ""])) as Record<Key, string>;
}

/** A string field; undefined where it is missing or null. */
export function string(body: Body, key: string): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(key, value, "a string");
  return value;
}

export function boolean(body: Body, key: string): boolean | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw wrongType(key, value, "a boolean");
  return value;
}

export function integer(body: Body, key: string): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value)) throw wrongType(key, value, "an integer");
  return value as number;
}

export function strings(body: Body, key: string): string[] | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((each) => typeof each !== "string")) {
    throw wrongType(key, value, "an array of strings");
  }
  return value as string[];
}

/** An object, its fields to be read with the functions of this file. */
export function object(body: Body, key: string): Body | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType(key, value, "an object");
  return value;
}

/** A list of objects, each to be read with the functions of this file. */
export function objects(body: Body, key: string): Body[] | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every(isObject)) throw wrongType(key, value, "an array of objects");
  return value;
}

/** One of the values that are allowed; undefined where it is missing. */
export function oneOf<Value extends string>(
  body: Body,
  key: string,
  allowed: readonly Value[],
): Value | undefined {
  const value = string(body, key);
  if (value === undefined) return undefined;
  const found = allowed.find((each) => each === value);
  if (found === undefined) {
    throw refused(
      `Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not a possible value. Must be one of the following: ${allowed.join(", ")}.`,
    );
  }
  return found;
}

function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongType(key: string, value: unknown, wanted: string): GitHubError {
  return refused(`Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not ${wanted}.`);
}
