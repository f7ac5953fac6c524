// Which operation each recorded call was, and what of its answer differs from GitHub's description.
import type { Description, Operation } from "./description.ts";
import type { RecordedCall } from "./flow.ts";
import { faultsOf, resolve } from "./validate.ts";

interface Conformance {
  /** How many answers of each operation were checked. */
  operations: Map<string, number>;
  /** Each once, however often it was met. */
  faults: string[];
  /** Calls that GitHub does not describe. */
  unknown: string[];
}

/** Statuses that any operation may have, whatever the description says. */
const anywhere = [304, 401, 403, 404, 429, 500, 502, 503];

export function conformance(description: Description, calls: readonly RecordedCall[]): Conformance {
  const operations = new Map<string, number>();
  const faults = new Set<string>();
  const unknown = new Set<string>();
  const routes = Object.entries(description.paths).map(([template, methods]) => ({
    // Templates with fewer gaps come first: `/pulls/comments` is no number of a pull request.
    gaps: template.split("{").length,
    pattern: patternOf(template),
    template,
    methods,
  }));
  routes.sort((a, b) => a.gaps - b.gaps);
  for (const { method, path: asked, status, body } of calls) {
    // A repository can be asked for by its id, which GitHub redirects to and does not describe.
    const path = asked.replace(/^\/repositories\/\d+/, "/repos/owner/repo");
    const route = routes.find(({ pattern, methods }) => pattern.test(path) && methods[method.toLowerCase()]);
    const operation = route?.methods[method.toLowerCase()];
    if (!route || !operation) {
      unknown.add(`${method} ${path}`);
      continue;
    }
    const name = `${method} ${route.template} ${status}`;
    operations.set(name, (operations.get(name) ?? 0) + 1);
    const schema = schemaOf(description, operation, status);
    if (schema === "undescribed") {
      if (!anywhere.includes(status)) unknown.add(name);
    } else if (schema && body !== undefined) {
      for (const fault of faultsOf(description, schema, body)) {
        faults.add(`${name}: ${fault.replace(/\[\d+\]/g, "[]")}`);
      }
    }
  }
  return { operations: new Map([...operations].sort()), faults: [...faults], unknown: [...unknown] };
}

function schemaOf(description: Description, { responses }: Operation, status: number) {
  const described = responses[String(status)];
  if (described === undefined) return "undescribed";
  const { content } = resolve(description, described);
  return (content?.["application/json"] ?? content?.["application/scim+json"])?.schema;
}

/** A gap holds no slash: clients encode those in names of branches. */
function patternOf(template: string): RegExp {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{[^}]+\}/g, "[^/]+")}$`);
}
