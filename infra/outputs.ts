// What whoever deployed needs next: the address for Slack, the manifest with it, and what to do.
import manifest from "../packages/bot/src/slack-manifest.json" with { type: "json" };
import { type ProgramEnvironment, variablesOf } from "./environment.ts";

/** Stands in the manifest for the address. */
const placeholder = "https://REQUEST-URL";

export interface OutputParts {
  /** The function's address. */
  url: $util.Output<string>;
  repository: aws.ecr.Repository;
  /** Of all programs together. */
  environments: ProgramEnvironment[];
}

/** The manifest is one line of JSON, as Slack takes it. */
export function outputsOf({ url, repository, environments }: OutputParts) {
  const address = url.apply((given) => given.replace(/\/+$/, ""));
  const filled = address.apply((given) => JSON.stringify(manifest).replaceAll(placeholder, given));
  return {
    requestUrl: $interpolate`${address}/slack/events`,
    manifest: filled,
    images: repository.repositoryUrl,
    // What programs outside find this deployment by: where secrets are, and none of them.
    environment: Object.assign({}, ...environments.map(variablesOf)),
    next: [
      "1. Push the runner's image to the repository under `images`, and deploy again with RUNNER_IMAGE set to it, by its digest.",
      "2. Give your Slack app the manifest above, on its page at api.slack.com/apps under App Manifest.",
      "3. Type /cody in Slack. (npm run deploy does the first two by itself.)",
    ].join("\n"),
  };
}
