// The small language in which the shapes of Block Kit are written down, with Slack's own words for each refusal.
import { isRecord } from "./json.ts";

type Report = (message: string, pointer: string) => void;
export type Rule = (value: unknown, pointer: string, report: Report) => void;
export type Fields = Record<string, Rule | { optional: Rule }>;

/** Marks a field that may be left out. */
export function optional(rule: Rule): { optional: Rule } {
  return { optional: rule };
}

export const anything: Rule = () => {};

export const flag: Rule = (value, pointer, report) => {
  if (typeof value !== "boolean") report("must provide a boolean", pointer);
};

/** A string of `min` to `max` characters; Slack's sentences name the first length that is refused. */
export function characters(min: number, max: number): Rule {
  return (value, pointer, report) => {
    if (typeof value !== "string") return report("must provide a string", pointer);
    if (value.length > max) report(`must be less than ${max + 1} characters`, pointer);
    if (value.length < min) report(`must be more than ${min - 1} characters`, pointer);
  };
}

export function matching(pattern: RegExp, shape: string): Rule {
  return (value, pointer, report) => {
    if (typeof value !== "string" || !pattern.test(value)) report(`must match the format ${shape}`, pointer);
  };
}

export function whole(min: number, max: number): Rule {
  return (value, pointer, report) => {
    if (typeof value !== "number" || !Number.isInteger(value))
      return report("must provide an integer", pointer);
    if (value < min || value > max) report(`must be between ${min} and ${max}`, pointer);
  };
}

export function oneOf(...allowed: (string | number)[]): Rule {
  return (value, pointer, report) => {
    if (!allowed.includes(value as string)) report(`must be one of: ${allowed.join(", ")}`, pointer);
  };
}

export function list(item: Rule, size: { min?: number; max: number }): Rule {
  const min = size.min ?? 0;
  return (value, pointer, report) => {
    if (!Array.isArray(value)) return report("must provide an array", pointer);
    if (value.length > size.max) return report(`no more than ${size.max} items allowed`, pointer);
    if (value.length < min) return report(`no fewer than ${min} items allowed`, pointer);
    for (const [index, entry] of value.entries()) item(entry, `${pointer}/${index}`, report);
  };
}

/** An object with these fields and no others. */
export function shape(fields: Fields): Rule {
  return (value, pointer, report) => {
    if (!isRecord(value)) return report("must provide an object", pointer);
    for (const [name, field] of Object.entries(fields)) {
      const rule = typeof field === "function" ? field : field.optional;
      if (value[name] !== undefined) rule(value[name], `${pointer}/${name}`, report);
      else if (typeof field === "function") report(`missing required field: ${name}`, pointer);
    }
    for (const name of Object.keys(value)) {
      if (!(name in fields)) report(`invalid additional property: ${name}`, pointer);
    }
  };
}

/** An object whose `type` chooses its rule; a type outside `kinds` is refused. */
export function byType(kinds: Record<string, Rule>): Rule {
  return (value, pointer, report) => {
    if (!isRecord(value)) return report("must provide an object", pointer);
    if (value.type === undefined) return report("missing required field: type", pointer);
    const rule =
      typeof value.type === "string" && Object.hasOwn(kinds, value.type) ? kinds[value.type] : undefined;
    if (rule === undefined) return report(`unsupported type: ${String(value.type)}`, `${pointer}/type`);
    rule(value, pointer, report);
  };
}

/** Both rules, the second only where the first found nothing. */
export function also(first: Rule, second: Rule): Rule {
  return (value, pointer, report) => {
    let clean = true;
    first(value, pointer, (message, at) => {
      clean = false;
      report(message, at);
    });
    if (clean) second(value, pointer, report);
  };
}

/** What a rule finds wrong, as Slack writes it: `must provide a string [json-pointer:/blocks/0/text]`. */
export function problemsOf(rule: Rule, value: unknown, pointer: string): string[] {
  const problems: string[] = [];
  rule(value, pointer, (message, at) => problems.push(`${message} [json-pointer:${at}]`));
  return problems;
}
