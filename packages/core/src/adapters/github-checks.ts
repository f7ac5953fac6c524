// Failing checks on GitHub, as a round is told of them: what each says, and the end of what its job printed.
import { maxCheckSummaryChars, maxFailedChecks } from "../limits.ts";
import type { CodeHost, FailedCheck } from "../ports/code-host.ts";
import type { Client } from "./github-access.ts";
import { isFailed, isFailedStatus } from "./github-check-verdicts.ts";
import { told } from "./github-errors.ts";
import { logOf } from "./github-job-log.ts";
import { enter, type GitHubPart, type Place } from "./github-place.ts";
import { everyStatus } from "./github-statuses.ts";

const rights = { checks: "read", statuses: "read", actions: "read" } as const;

type CheckRun = Awaited<ReturnType<Client["checks"]["listForRef"]>>["data"]["check_runs"][number];
type Annotation = Awaited<ReturnType<Client["checks"]["listAnnotations"]>>["data"][number];

export function checksPart(part: GitHubPart): Pick<CodeHost, "failedChecks"> {
  return {
    failedChecks: (repository, sha) =>
      told(async () => {
        const place = await enter(part, repository, rights);
        const { client, owner, repo } = place;
        const asked = { owner, repo, ref: sha, per_page: 100 };
        const [runs, statuses] = await Promise.all([
          client.paginate(client.checks.listForRef, { ...asked, filter: "latest" }),
          everyStatus(place, sha),
        ]);
        const failed: FailedCheck[] = [];
        for (const run of runs.filter(isFailed).slice(0, maxFailedChecks)) {
          failed.push({ name: run.name, summary: await summaryOf(place, run), log: await logOf(place, run) });
        }
        for (const { context, description, target_url: url } of statuses.filter(isFailedStatus)) {
          failed.push({ name: context, summary: [description, url].filter(Boolean).join("\n"), log: "" });
        }
        return failed.slice(0, maxFailedChecks);
      }),
  };
}

/** Title, summary and the places in files that it names. */
async function summaryOf({ client, owner, repo }: Place, run: CheckRun): Promise<string> {
  const { title, summary, annotations_count: count } = run.output;
  const annotations =
    count === 0
      ? []
      : (await client.checks.listAnnotations({ owner, repo, check_run_id: run.id, per_page: 50 })).data;
  const parts = [
    title ?? (run.conclusion === "failure" ? "" : `Ended as ${run.conclusion?.replaceAll("_", " ")}.`),
    summary ?? "",
    annotations
      .filter(({ annotation_level: level }) => level !== "notice")
      .map(placeOf)
      .join("\n"),
  ];
  return parts.filter(Boolean).join("\n\n").slice(0, maxCheckSummaryChars);
}

function placeOf({ path, start_line: line, message }: Annotation): string {
  return `${path}:${line}: ${message ?? ""}`;
}
