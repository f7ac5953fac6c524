// The part of JSON Schema that GitHub's description uses: types, required fields, lists, references, alternatives.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  nullable?: boolean;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  content?: Record<string, { schema?: Schema }>;
  [name: string]: unknown;
}

/** What is wrong with a value, each with its place in it; empty where nothing is. */
export function faultsOf(root: object, schema: Schema, value: unknown, place = ""): string[] {
  const resolved = resolve(root, schema);
  if (value === null && allowsNull(root, resolved)) return [];
  const faults = [...typeFaults(resolved, value, place)];
  if (faults.length > 0) return faults;
  if (resolved.enum && !resolved.enum.includes(value)) {
    faults.push(`${place || "the answer"} is ${JSON.stringify(value)}, none of ${resolved.enum.join(", ")}`);
  }
  for (const part of resolved.allOf ?? []) faults.push(...faultsOf(root, part, value, place));
  for (const alternatives of [resolved.oneOf, resolved.anyOf]) {
    if (alternatives) faults.push(...closest(alternatives.map((each) => faultsOf(root, each, value, place))));
  }
  if (Array.isArray(value)) faults.push(...itemFaults(root, resolved, value, place));
  else if (typeof value === "object" && value !== null) {
    faults.push(...fieldFaults(root, resolved, value as Record<string, unknown>, place));
  }
  return faults;
}

/** What a reference leads to; other references behind it are followed. */
export function resolve(root: object, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  let found: unknown = root;
  for (const name of schema.$ref.replace(/^#\//, "").split("/")) {
    found = (found as Record<string, unknown> | undefined)?.[
      name.replaceAll("~1", "/").replaceAll("~0", "~")
    ];
  }
  if (found === undefined) throw new Error(`The description has no ${schema.$ref}.`);
  return resolve(root, found as Schema);
}

function allowsNull(root: object, schema: Schema): boolean {
  if (schema.nullable === true || [schema.type].flat().includes("null")) return true;
  if (schema.enum?.includes(null)) return true;
  return [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].some((each) =>
    allowsNull(root, resolve(root, each)),
  );
}

function typeFaults({ type }: Schema, value: unknown, place: string): string[] {
  if (type === undefined) return [];
  const types = [type].flat();
  return types.some((each) => isOf(each, value))
    ? []
    : [`${place || "the answer"} is ${kindOf(value)}, not ${types.join(" or ")}`];
}

function isOf(type: string, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : typeof value;
}

function itemFaults(root: object, schema: Schema, list: unknown[], place: string): string[] {
  const faults: string[] = [];
  if (list.length < (schema.minItems ?? 0) || list.length > (schema.maxItems ?? list.length)) {
    faults.push(`${place || "the answer"} has ${list.length} items`);
  }
  const { items } = schema;
  if (items) faults.push(...list.flatMap((item, at) => faultsOf(root, items, item, `${place}[${at}]`)));
  return faults;
}

function fieldFaults(
  root: object,
  { required = [], properties = {}, additionalProperties }: Schema,
  value: Record<string, unknown>,
  place: string,
): string[] {
  const below = (name: string) => (place === "" ? name : `${place}.${name}`);
  const missing = required
    .filter((name) => value[name] === undefined)
    .map((name) => `${below(name)} is missing`);
  const wrong = Object.entries(value).flatMap(([name, field]) => {
    const schema = properties[name] ?? (typeof additionalProperties === "object" ? additionalProperties : {});
    return field === undefined ? [] : faultsOf(root, schema, field, below(name));
  });
  return [...missing, ...wrong];
}

/** Of several alternatives the one that fits, or what the one lacks that fits best. */
function closest(alternatives: string[][]): string[] {
  return [...alternatives].sort((a, b) => a.length - b.length)[0] ?? [];
}
