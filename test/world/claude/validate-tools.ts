// Whether the API would take a request's tools, its tool choice and its JSON schemas.
import type { ClaudeModel } from "./models.ts";
import { invalid, type Refusal } from "./refusal.ts";
import type { PromptRequest, RequestTool } from "./request.ts";

const PROPERTY_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;

/** Keywords that structured output and strict tools refuse. */
const NOT_IN_STRICT = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "patternProperties",
  "not",
];

/** The first fault of the tools and the tool choice. */
export function refuseTools(request: PromptRequest, model: ClaudeModel): Refusal | undefined {
  const tools = request.tools ?? [];
  const names = tools.map((tool) => tool.name);
  if (new Set(names).size < names.length) return invalid("tools", "Tool names must be unique.");
  for (const [index, tool] of tools.entries()) {
    const refused = refuseTool(`tools.${index}.custom`, tool);
    if (refused !== undefined) return refused;
  }
  return refuseChoice(request, model, names);
}

function refuseTool(path: string, tool: RequestTool): Refusal | undefined {
  if (!("input_schema" in tool)) return undefined;
  const schema = tool.input_schema;
  for (const keyword of ["oneOf", "anyOf", "allOf"]) {
    if (keyword in schema)
      return invalid(`${path}.input_schema`, `${keyword} is not supported at the top level.`);
  }
  const properties = Object.keys(schema.properties ?? {});
  const misnamed = properties.find((name) => !PROPERTY_NAME.test(name));
  if (misnamed !== undefined)
    return invalid(`${path}.input_schema.properties`, `"${misnamed}" does not match ${PROPERTY_NAME.source}`);
  return tool.strict === true ? refuseSchema(`${path}.input_schema`, schema) : undefined;
}

function refuseChoice(request: PromptRequest, model: ClaudeModel, names: string[]): Refusal | undefined {
  const choice = request.tool_choice;
  if (choice === undefined) return undefined;
  if (names.length === 0) return invalid("tool_choice", "may only be specified while providing tools");
  if (choice.type !== "any" && choice.type !== "tool") return undefined;
  if (!model.forcedTools)
    return invalid("tool_choice", 'type "tool" and "any" are not supported for this model.');
  if (request.thinking?.type === "enabled")
    return invalid("", "Thinking may not be enabled when tool_choice forces tool use.");
  if (choice.type === "tool" && !names.includes(choice.name))
    return invalid("tool_choice", `Tool '${choice.name}' not found in provided tools`);
  return undefined;
}

/** The first part of a schema that strict mode refuses: unsupported keywords, objects that are not closed. */
export function refuseSchema(path: string, schema: unknown): Refusal | undefined {
  if (Array.isArray(schema)) return firstOf(schema.entries(), path);
  if (typeof schema !== "object" || schema === null) return undefined;
  const unsupported = NOT_IN_STRICT.find((keyword) => keyword in schema);
  if (unsupported !== undefined)
    return invalid(path, `"${unsupported}" is not supported in a strict schema.`);
  const { type, additionalProperties, minItems } = schema as Record<string, unknown>;
  if (typeof minItems === "number" && minItems > 1) return invalid(path, '"minItems" may be 0 or 1 alone.');
  if (type === "object" && additionalProperties !== false)
    return invalid(path, "For 'object' type, 'additionalProperties' must be explicitly set to false");
  for (const [keyword, inner] of Object.entries(schema)) {
    const nested = ["properties", "$defs", "definitions"].includes(keyword);
    const refused = nested
      ? firstOf(Object.entries(inner ?? {}), `${path}.${keyword}`)
      : ["items", "anyOf", "allOf", "oneOf"].includes(keyword)
        ? refuseSchema(`${path}.${keyword}`, inner)
        : undefined;
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function firstOf(parts: Iterable<[string | number, unknown]>, path: string): Refusal | undefined {
  for (const [name, part] of parts) {
    const refused = refuseSchema(`${path}.${name}`, part);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
