// Plays a scenario's job in a world that is up, and reports what came of it.
import { ann, engineering } from "./people.ts";
import { type Report, reportOn } from "./report.ts";
import { startSampleJob } from "./sample-job.ts";
import type { Scenario } from "./scenario.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** Starts the job as a person does and waits until the thread says that it is over. */
export async function reportOfSample(world: World, { request }: Scenario): Promise<Report> {
  await startSampleJob(world.slack, ann, engineering, request);
  const board = await waitFor(() => {
    const [first] = boards(world.slack, ann);
    return first && lastWord(replies(world.slack, ann, first)) ? first : undefined;
  });
  await world.stream.settled();
  return reportOn(world, { board, user: ann, repositories: request.repositories, seconds: 0 });
}
