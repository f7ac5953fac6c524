// Labels of a pull request, which GitHub serves from its issues API; a new name makes a new label.
import type { components } from "@octokit/openapi-types";
import { type Answer, list, type RepositoryCall, type WriteCall } from "./answer.ts";
import { string, strings } from "./body.ts";
import { notFound, validationFailed } from "./errors.ts";
import { pullOf } from "./pulls.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import type { Site } from "./site.ts";

const MAX_LABEL_CHARACTERS = 50;
/** The colour GitHub gives to a label that was made by using it. */
const LABEL_COLOR = "ededed";

export const labelRoutes: Route[] = [
  readRoute("/issues/:number/labels", (call) => labelList(call, pullOf(call))),
  changeRoute("POST", "/issues/:number/labels", "write", (call) => {
    const pull = pullOf(call);
    return setLabels(call, pull, [...pull.labels, ...namesIn(call)]);
  }),
  changeRoute("PUT", "/issues/:number/labels", "write", (call) =>
    setLabels(call, pullOf(call), namesIn(call)),
  ),
  changeRoute("DELETE", "/issues/:number/labels/:name", "write", removeLabel),
];

export function labelAnswer(
  site: Site,
  repository: Repository,
  name: string,
): components["schemas"]["label"] & { description: string } {
  const place = [...repository.labels].indexOf(name) + 1;
  return {
    id: repository.id * 1000 + place,
    node_id: `LA_${repository.id}_${place}`,
    url: `${site.apiUrl}/repos/${repository.fullName}/labels/${encodeURIComponent(name)}`,
    name,
    description: "",
    color: LABEL_COLOR,
    default: false,
  };
}

function labelList(call: RepositoryCall, pull: PullRequest): Promise<Answer> {
  return list(call, pull.labels, (name) => labelAnswer(call.site, call.repository, name));
}

function setLabels(call: WriteCall, pull: PullRequest, names: string[]): Promise<Answer> {
  const unfit = names.find((name) => name.trim() === "" || [...name].length > MAX_LABEL_CHARACTERS);
  if (unfit !== undefined) {
    throw validationFailed({ resource: "Label", code: "invalid", field: "name", value: unfit });
  }
  for (const name of names) call.repository.labels.add(name);
  pull.labels = [...new Set(names)];
  pull.updatedAtMs = call.site.now();
  return labelList(call, pull);
}

/** `{"labels": ["a"]}`, or one name alone. */
function namesIn({ body }: WriteCall): string[] {
  return typeof body.labels === "string" ? [string(body, "labels") ?? ""] : (strings(body, "labels") ?? []);
}

function removeLabel(call: WriteCall): Promise<Answer> {
  const pull = pullOf(call);
  const name = pull.labels.find((label) => label.toLowerCase() === call.params.name?.toLowerCase());
  if (name === undefined) throw notFound("Label does not exist");
  pull.labels.splice(pull.labels.indexOf(name), 1);
  return labelList(call, pull);
}
