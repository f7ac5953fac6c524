// The programs live with the permissions of the deployment; without one of them they fail, and the world says which.
import { openStore } from "@cody/core/adapters/table/store.ts";
import { expect, test } from "vitest";
import { allowed } from "../infra/allowed.ts";
import { clientEnvironment } from "./aws/client-settings.ts";
import { tableName } from "./deployment.ts";
import { ann, engineering } from "./people.ts";
import { pressInThread } from "./press.ts";
import { openForm, startSampleJob } from "./sample-job.ts";
import { scriptOf } from "./scenario.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

/** The permissions of the deployment with a change in those of one role. Throws where it changes nothing. */
function permissionsWith(role: string, change: (words: string) => string | undefined) {
  const before = allowed[role] ?? [];
  const after = before.flatMap((words) => change(words) ?? []);
  if (after.join() === before.join()) throw new Error(`${role} has nothing of the kind`);
  return { ...allowed, [role]: after };
}

function refused(role: string, session: string, action: string, resource: string): string {
  return `User: arn:aws:sts::000000000000:assumed-role/${role}/${session} is not authorized to perform: ${action} on resource: arn:aws:${resource} because no identity-based policy allows the ${action} action`;
}

test("a job gets no machine where its program may not submit it", async () => {
  const permissions = permissionsWith("EffectsRole", (words) =>
    words.startsWith("batch:SubmitJob ") && words !== "batch:SubmitJob queue" ? undefined : words,
  );
  const world = await startWorld({ script: scriptOf(upgrade), permissions });
  const sentence = refused(
    "EffectsRole",
    "effects",
    "batch:SubmitJob",
    "batch:us-east-1:000000000000:job-definition/cody-runner:1",
  );
  try {
    await startSampleJob(world.slack, ann, engineering, upgrade.request);
    expect(await waitFor(() => world.refusals()[0])).toBe(sentence);
  } finally {
    await expect(world.close()).rejects.toThrow(sentence);
  }
}, 60_000);

test("no repository is offered where the program may not read the team's", async () => {
  const permissions = permissionsWith("SlackRole", (words) => words.replace(" TEAM#*", ""));
  const world = await startWorld({ script: scriptOf(upgrade), permissions, linked: {} });
  const sentence = refused(
    "SlackRole",
    "slack",
    "dynamodb:GetItem",
    "dynamodb:us-east-1:000000000000:table/cody",
  );
  try {
    await openForm(world.slack, ann, engineering);
    const offered = await world.slack.as(ann).suggest("repositories", "repositories", "acme/checkout");
    expect(offered.options).toEqual([]);
    expect(world.refusals()).toEqual([sentence]);
    expect(await waitFor(() => world.logged.find(({ line }) => line.includes(sentence)))).toBeDefined();
  } finally {
    await expect(world.close()).rejects.toThrow(sentence);
  }
}, 60_000);

test("a submission that was lost is looked up and made again, and what waits is ended: all of that is allowed", async () => {
  const world = await startWorld({ script: scriptOf(upgrade), queueDelayMs: 120_000 });
  try {
    // As often as the client tries: the run stays submitted, without a job.
    world.batch.fault({ operation: "SubmitJob", kind: "unavailable", times: 3 });
    await startSampleJob(world.slack, ann, engineering, {
      ...upgrade.request,
      repositories: ["acme/checkout"],
    });
    await forgetSubmission(world);
    const [job] = await waitFor(() => (world.batch.jobs().length > 0 ? world.batch.jobs() : undefined));
    expect(job?.status).not.toBe("FAILED");
    await pressInThread(world.slack, ann, "Stop");
    const ended = await waitFor(() => world.batch.jobs().find(({ status }) => status === "FAILED"));
    expect(ended.statusReason).toBe("stop from Slack");
    expect(world.batch.jobs()).toHaveLength(1);
    expect(world.refusals()).toEqual([]);
  } finally {
    await world.close();
  }
}, 90_000);

/** Makes a submission older than it is, for it is only taken over after a while. */
async function forgetSubmission({ addresses }: World): Promise<void> {
  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDb });
  const { jobs } = openStore(tableName);
  await expect
    .poll(
      async () => {
        const [open] = await jobs.openRuns();
        if (open?.state !== "submitted") return undefined;
        const run = await jobs.changeRun(open.job, open.number, (newest) =>
          newest.state === "submitted" && !newest.queueJob ? { ...newest, submittedAt: 0 } : newest,
        );
        return "submittedAt" in run && run.submittedAt;
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(0);
}
