// The end of what a job of GitHub's own Actions printed, up to where it failed.
import { maxCheckLogBytes } from "../limits.ts";
import { statusOf } from "./github-errors.ts";
import type { Place } from "./github-place.ts";

/** What comes after the failing step is cleaning up; it is no more than this as a rule. */
const keptBytes = 16 * maxCheckLogBytes;
/** A log over this is not read to its end. */
const maxReadBytes = 100 * 1024 * 1024;
const downloadMs = 60_000;
/** Lines behind the failure that may belong to it. */
const linesAfterError = 3;

interface Job {
  id: number;
  app: { slug?: string } | null;
}

/** Empty where GitHub keeps none: another system ran the check, or the log has expired. */
export async function logOf({ client, owner, repo }: Place, { id, app }: Job): Promise<string> {
  if (app?.slug !== "github-actions") return "";
  let location: string | undefined;
  try {
    // A job has the id of its check run. Its log is elsewhere, at an address that takes no other credentials.
    const { headers } = await client.actions.downloadJobLogsForWorkflowRun({
      owner,
      repo,
      job_id: id,
      request: { redirect: "manual" },
    });
    location = headers.location;
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 410) return "";
    throw error;
  }
  return location === undefined ? "" : endOf(await downloadEnd(location));
}

async function downloadEnd(location: string): Promise<string> {
  const response = await fetch(location, { signal: AbortSignal.timeout(downloadMs) });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    return "";
  }
  let kept = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of response.body) {
    read += chunk.length;
    kept = Buffer.concat([kept, chunk]).subarray(-keptBytes);
    if (read > maxReadBytes) break;
  }
  return kept.toString("utf8");
}

/** The last lines up to the last error, without the times and colours that cost room. */
function endOf(log: string): string {
  const lines = log.split(/\r?\n/).map(plain);
  const error = lines.findLastIndex((line) => line.startsWith("##[error]"));
  const wanted = error < 0 ? lines : lines.slice(0, error + 1 + linesAfterError);
  const text = wanted.join("\n").trimEnd();
  const bytes = Buffer.from(text);
  if (bytes.length <= maxCheckLogBytes) return text;
  const end = bytes.subarray(-maxCheckLogBytes).toString("utf8");
  // The first line is cut somewhere in its middle.
  return end.slice(end.indexOf("\n") + 1);
}

function plain(line: string): string {
  const withoutTime = line.replace(/^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z /, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character.
  return withoutTime.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}
