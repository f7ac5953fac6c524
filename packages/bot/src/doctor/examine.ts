// Looks at everything side by side, and tells it in the order in which things depend on each other.
import { lookAtAddress } from "./address.ts";
import { lookAtDefinition, lookAtQueue, lookAtTable } from "./aws.ts";
import { lookAtClaude } from "./claude.ts";
import { type Finding, skipped, wrong } from "./finding.ts";
import { lookAtGitHub, lookAtRepositories } from "./github.ts";
import type { Means } from "./means.ts";
import { lookAtLinking } from "./people.ts";
import { lookAtSlack } from "./slack.ts";
import { lookAtTools } from "./tools.ts";
import { lookAtVariables } from "./variables.ts";
import { lookAtWebhook } from "./webhook.ts";

interface Check {
  /** Of its first line, for where it cannot look at all. */
  name: string;
  look: (means: Means) => Promise<Finding[]>;
  /** Whether there is nothing to look at before a deployment. */
  needsDeployment?: boolean;
}

const checks: Check[] = [
  { name: "Variables", look: lookAtVariables },
  { name: "Slack", look: lookAtSlack },
  { name: "GitHub", look: lookAtGitHub },
  { name: "Repositories", look: lookAtRepositories },
  { name: "Linking", look: lookAtLinking },
  { name: "Webhook", look: lookAtWebhook },
  { name: "Claude", look: lookAtClaude },
  { name: "Table", look: lookAtTable, needsDeployment: true },
  { name: "Queue", look: lookAtQueue, needsDeployment: true },
  { name: "Job definition", look: lookAtDefinition, needsDeployment: true },
  { name: "Isolation", look: lookAtTools },
  { name: "Address", look: lookAtAddress, needsDeployment: true },
];

/** Every line, in order. It never throws: what cannot be looked at is a line as well. */
export async function examine(means: Means): Promise<Finding[]> {
  return (await Promise.all(checks.map((check) => findingsOf(check, means)))).flat();
}

async function findingsOf({ name, look, needsDeployment }: Check, means: Means): Promise<Finding[]> {
  if (needsDeployment && !means.isDeployed) return [skipped(name, "not looked at: nothing is deployed yet")];
  try {
    return await look(means);
  } catch (error) {
    return [wrong(name, `could not be looked at: ${reasonOf(error)}`, remedyFor(error))];
  }
}

/** The innermost reason: clients wrap what the network said in words of their own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner = cause instanceof Error && cause.message ? cause : error;
  const code = (inner as { code?: unknown }).code;
  return inner.message || (typeof code === "string" ? code : error.name);
}

function remedyFor(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  const words = error instanceof Error ? error.message : "";
  if (/Credentials|ExpiredToken|UnrecognizedClient|InvalidSignature/.test(name))
    return "Sign in to AWS, or set AWS_PROFILE to a profile of the right account.";
  if (/region is missing/i.test(words)) return "Set AWS_REGION to the region of the deployment.";
  if (/AccessDenied/.test(name))
    return "Use credentials that may describe tables, queues and job definitions.";
  return "See that this machine reaches the service, and try again.";
}
