// Looks at everything side by side, and tells it in the order in which things depend on each other.
import { lookAtAddress } from "./address.ts";
import { lookAtDefinition, lookAtQueue, lookAtTable } from "./aws.ts";
import { lookAtClaude } from "./claude.ts";
import { type Finding, skipped, wrong } from "./finding.ts";
import { lookAtGitHub, lookAtRepositories } from "./github.ts";
import { lookAtImage } from "./image.ts";
import type { Means } from "./means.ts";
import { lookAtLinking, lookAtLinkingClient } from "./people.ts";
import { reasonOf, remedyFor } from "./reason.ts";
import { lookAtSlack } from "./slack.ts";
import { lookAtSlackSecret } from "./slack-secret.ts";
import { lookAtTools } from "./tools.ts";
import { lookAtVariables } from "./variables.ts";
import { lookAtWebhook } from "./webhook.ts";

interface Check {
  /** Of its first line, for where it cannot look at all. */
  name: string;
  look: (means: Means) => Promise<Finding[]>;
  /** Whether there is nothing to look at before a deployment. */
  needsDeployment?: boolean;
  /** What it builds on: where that is wrong, it is no news that this cannot be looked at. */
  after?: string;
}

const checks: Check[] = [
  { name: "Variables", look: lookAtVariables },
  { name: "Slack", look: lookAtSlack },
  { name: "Slack signing secret", look: lookAtSlackSecret, needsDeployment: true },
  { name: "GitHub", look: lookAtGitHub },
  { name: "Repositories", look: lookAtRepositories, after: "GitHub" },
  { name: "Linking", look: lookAtLinking },
  { name: "Linking client", look: lookAtLinkingClient },
  { name: "Webhook", look: lookAtWebhook, after: "GitHub" },
  { name: "Claude", look: lookAtClaude },
  { name: "Table", look: lookAtTable, needsDeployment: true },
  { name: "Queue", look: lookAtQueue, needsDeployment: true },
  { name: "Job definition", look: lookAtDefinition, needsDeployment: true },
  { name: "Image", look: lookAtImage, needsDeployment: true, after: "Job definition" },
  { name: "Isolation", look: lookAtTools, after: "Job definition" },
  { name: "Address", look: lookAtAddress, needsDeployment: true },
];

/** Every line, in order. It never throws: what cannot be looked at is a line as well. */
export async function examine(means: Means): Promise<Finding[]> {
  const looked = await Promise.all(checks.map((check) => findingsOf(check, means)));
  const wrongNames = new Set(
    looked.flatMap(({ findings }) => findings.flatMap(({ name, state }) => (state === "wrong" ? name : []))),
  );
  return looked.flatMap(({ check: { name, after = "" }, findings, isFailed }) =>
    isFailed && wrongNames.has(after) ? [skipped(name, `not looked at: ${after} comes first`)] : findings,
  );
}

interface Looked {
  check: Check;
  findings: Finding[];
  /** Whether it could not be looked at. */
  isFailed: boolean;
}

async function findingsOf(check: Check, means: Means): Promise<Looked> {
  const { name, look, needsDeployment } = check;
  if (needsDeployment && !means.isDeployed)
    return { check, findings: [skipped(name, "not looked at: nothing is deployed yet")], isFailed: false };
  try {
    return { check, findings: await look(means), isFailed: false };
  } catch (error) {
    const finding = wrong(name, `could not be looked at: ${reasonOf(error)}`, remedyFor(error));
    return { check, findings: [finding], isFailed: true };
  }
}
