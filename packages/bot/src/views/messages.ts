// What Cody says outside of threads: help, the list of jobs, and sentences for things that went wrong.
import { jobStatus } from "@cody/core/job.ts";
import { maxRepositories } from "@cody/core/limits.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { clipped, escaped } from "./blocks.ts";
import { list } from "./words.ts";

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
export const buttonElsewhere =
  "This button does not belong to this thread, so nothing was done. Use the one in the thread of the job.";
export const buttonUnknown = "This button belongs to an older version of Cody and does nothing any more.";
export const listNotRead = "Cody is reading the list of repositories. Try again in a minute.";
export const nothingAllowed = "No repository is allowed yet. Set ALLOWED_REPOS.";

/** Stands in a menu, which takes few characters. */
export const mayNotUse = "Only full members of the workspace can use Cody.";
export const adminsOnly = "Only admins of the workspace can change this.";

/** That an account was linked, to the person whose Slack account it is; with whom else it is shared, by Slack's ids. */
export function linkedMessage(login: string, sharedWith: readonly string[]): string {
  const linked = `Linked: what you press here is done on GitHub as *${escaped(login)}*. If that is not your account, or you did not do this, press *Unlink* in my Home tab.`;
  if (sharedWith.length === 0) return linked;
  const others = list(sharedWith.map((user) => `<@${user}>`));
  return `${linked}\n:warning: ${others} linked the same account. On GitHub, and where two people are needed, you count as one person.`;
}

/** For whatever else went wrong while a person waited. */
export const couldNotDo =
  "Cody could not do that just now; nothing was started. Try again in a minute. If it stays so, tell whoever operates Cody.";
