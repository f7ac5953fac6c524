// The part of Lambda's event filtering that works on a KEYS_ONLY stream: equality and prefix on keys, event names.
import type { DynamoDBRecord } from "aws-lambda";

type Condition = (value: string | undefined) => boolean;
type Matches = (record: DynamoDBRecord) => boolean;

/** AWS allows five patterns for one event source mapping. */
const MAX_PATTERNS = 5;

/**
 * One test from the patterns of an event source mapping's FilterCriteria: a record passes when any pattern matches,
 * and every record when there is none. Throws on a pattern AWS would refuse and on what is not covered here.
 */
export function compileFilter(patterns: readonly object[]): Matches {
  if (patterns.length > MAX_PATTERNS) {
    throw new Error(`An event source mapping takes ${MAX_PATTERNS} filter patterns, not ${patterns.length}.`);
  }
  const tests = patterns.map(compilePattern);
  return (record) => tests.length === 0 || tests.some((test) => test(record));
}

function compilePattern(pattern: object): Matches {
  const tests = Object.entries(pattern).map(([name, below]): Matches => {
    if (name === "eventName") {
      const test = compileCondition(name, below);
      return (record) => test(record.eventName);
    }
    if (name === "dynamodb") return compileKeys(below);
    throw refusal(`"${name}" is not covered, only "eventName" and "dynamodb"`);
  });
  if (tests.length === 0) throw refusal("it is empty");
  return (record) => tests.every((test) => test(record));
}

function compileKeys(below: unknown): Matches {
  const tests = fields(below, "dynamodb").flatMap(([part, keys]) => {
    if (part !== "Keys") throw refusal(`a KEYS_ONLY stream has no "dynamodb.${part}" to match`);
    return fields(keys, "dynamodb.Keys").flatMap(([key, types]) =>
      fields(types, `dynamodb.Keys.${key}`).map(([type, rules]): Matches => {
        if (type !== "S") throw refusal(`keys are strings: "${key}.${type}" is not covered`);
        const test = compileCondition(`dynamodb.Keys.${key}.S`, rules);
        return (record) => test(record.dynamodb?.Keys?.[key]?.S);
      }),
    );
  });
  return (record) => tests.every((test) => test(record));
}

function compileCondition(path: string, rules: unknown): Condition {
  if (!Array.isArray(rules) || rules.length === 0) {
    throw refusal(`"${path}" must hold a list with at least one rule`);
  }
  const tests = rules.map((rule: unknown): Condition => {
    if (typeof rule === "string") return (value) => value === rule;
    const [operator, prefix] = Object.entries(rule ?? {})[0] ?? [];
    if (operator === "prefix" && typeof prefix === "string" && Object.keys(rule as object).length === 1) {
      return (value) => value?.startsWith(prefix) ?? false;
    }
    throw refusal(
      `the rule ${JSON.stringify(rule)} at "${path}" is not covered, only a string or {"prefix": string}`,
    );
  });
  return (value) => tests.some((test) => test(value));
}

function fields(value: unknown, path: string): [string, unknown][] {
  const entries =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0) throw refusal(`"${path}" must be an object with at least one field`);
  return entries;
}

/** AWS answers InvalidParameterValueException with the first sentence, and no reason. */
function refusal(reason: string): Error {
  return new Error(`Invalid filter pattern definition. Here: ${reason}.`);
}
