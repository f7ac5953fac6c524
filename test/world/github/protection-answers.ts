// The rules of a branch as REST shows them: to whoever may read, without what only administrators are told.
import type { components } from "@octokit/openapi-types";
import { type Answer, list, type RepositoryCall } from "./answer.ts";
import type { Protection } from "./protection.ts";
import type { Repository } from "./repository.ts";
import { type Route, readRoute } from "./route.ts";

export const protectionRoutes: Route[] = [readRoute("/rules/branches/:branch*", listRules)];

type Rule = components["schemas"]["repository-rule-detailed"];

/** What `GET /branches/{branch}` says of its protection. Rulesets protect a branch too, and say so elsewhere. */
export function branchProtection(
  repository: Repository,
  branch: string,
): { protected: boolean; protection: components["schemas"]["branch-protection"] } {
  const rules = repository.protections.get(branch);
  const classic = rules?.ruleset ? undefined : rules;
  const names = classic?.checks?.names ?? [];
  return {
    protected: rules !== undefined,
    protection: {
      enabled: classic !== undefined,
      required_status_checks: {
        enforcement_level: names.length === 0 ? "off" : classic?.enforceAdmins ? "everyone" : "non_admins",
        contexts: names,
        checks: names.map((context) => ({ context, app_id: null })),
      },
    },
  };
}

function listRules(call: RepositoryCall): Promise<Answer> {
  const { repository, params } = call;
  const rules = repository.protections.get(params.branch ?? "");
  return list(call, rules?.ruleset ? ruleAnswers(repository, rules) : [], (rule) => rule);
}

function ruleAnswers(repository: Repository, { reviews, checks }: Protection): Rule[] {
  const source = {
    ruleset_source_type: "Repository" as const,
    ruleset_source: repository.fullName,
    ruleset_id: repository.id,
  };
  return [
    ...(reviews
      ? [
          {
            type: "pull_request" as const,
            parameters: {
              required_approving_review_count: reviews.count,
              dismiss_stale_reviews_on_push: reviews.dismissStale ?? false,
              require_code_owner_review: false,
              require_last_push_approval: false,
              required_review_thread_resolution: false,
            },
            ...source,
          },
        ]
      : []),
    ...(checks
      ? [
          {
            type: "required_status_checks" as const,
            parameters: {
              required_status_checks: checks.names.map((context) => ({ context })),
              strict_required_status_checks_policy: checks.strict ?? false,
            },
            ...source,
          },
        ]
      : []),
  ];
}
