// What Cody says outside of threads: help, the list of jobs, and sentences for things that went wrong.
import { jobStatus } from "@cody/core/job.ts";
import { maxRepositories } from "@cody/core/limits.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { clipped, escaped } from "./blocks.ts";

export const help = [
  "*Cody changes many repositories at once.* Type one of these:",
  `• \`/cody\` opens the form: choose up to ${maxRepositories} repositories and write what should change.`,
  "• `/cody upgrade Log4j past CVE-2021-44228` opens the form with that request in it.",
  "• `/cody status` lists the latest jobs of this workspace.",
  "• `/cody help` shows this.",
  "Every job has one thread: a board that follows the work, a patch file and a pull request for each repository that changed, and the evidence for each one that needed no change. *Stop* on the board ends a job.",
].join("\n");

/** The latest jobs, newest first, a line each. */
export function jobList(records: JobRecord[]): string {
  if (records.length === 0) return "No jobs yet. Type `/cody` to start one.";
  const lines = records.map(({ job, runs }) => {
    const name = escaped(clipped(job.name, 60));
    const title = job.thread?.link ? `<${job.thread.link}|${name}>` : name;
    const done = runs.filter((run) => run.state === "done").length;
    const progress = runs.length > 0 ? ` · ${done} of ${runs.length} done` : "";
    return `• ${title} · ${jobStatus(job, runs)}${progress} · by <@${job.requester}>`;
  });
  return ["*Latest jobs*", ...lines].join("\n");
}

export const formNotOpened = "Slack did not open the form in time. Nothing was lost; type `/cody` again.";
export const jobUnknown =
  "Cody does not know this job any more: it is older than 30 days. Type `/cody` to start a new one.";
export const buttonUnknown = "This button belongs to an older version of Cody and does nothing any more.";
export const listNotRead = "Cody is reading the list of repositories. Try again in a minute.";
export const nothingAllowed = "No repository is allowed yet. Set ALLOWED_REPOS.";

/** For whatever else went wrong while a person waited. */
export const couldNotDo =
  "Cody could not do that just now; nothing was started. Try again in a minute. If it stays so, tell whoever operates Cody.";
