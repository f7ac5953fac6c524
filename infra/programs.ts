// The four functions: what each is configured with, and what each may do.
import { type FunctionName, makeBundles } from "./bundles.ts";
import { environmentOf } from "./environment.ts";
import { makeFunction, type ProgramFunction } from "./function.ts";
import {
  batchAccess,
  jobLookAccess,
  queueLookAccess,
  type Statement,
  sendAccess,
  streamAccess,
  tableAccess,
} from "./permissions.ts";
import type { Definitions } from "./runner.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";

export interface ProgramParts {
  settings: Settings;
  secrets: Secrets;
  table: sst.aws.Dynamo;
  queue: aws.batch.JobQueue;
  definitions: Definitions;
  deadLetters: aws.sqs.Queue;
}

export type Programs = Record<FunctionName, ProgramFunction>;

/** Bundles the programs and makes a function of each. */
export async function makePrograms(parts: ProgramParts): Promise<Programs> {
  const { settings, secrets, table, queue, definitions, deadLetters } = parts;
  const bundles = await makeBundles();
  const stream = table.nodes.table.streamArn;
  const CODY_TABLE = table.name;

  const slack = makeFunction({
    name: "slack",
    bundle: bundles.slack,
    // A function cannot be told its own address; this one learns it from each request.
    environment: environmentOf("slack", {
      settings,
      secrets,
      made: { CODY_TABLE, PUBLIC_URL: undefined, BATCH_QUEUE: queue.name },
    }),
    statements: [
      ...tableAccess(table, {
        actions: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
        // Not what runs stored, which holds the code of repositories, and not the audit.
        keys: ["JOB#", "THREAD#", "PULL#", "TEAM#", "LINK#", "KEY"],
        indexes: ["team", "person", "open"],
      }),
      queueLookAccess,
    ],
    // Slack waits three seconds; the way back from GitHub's sign-in asks GitHub twice, and gives it ten for an answer.
    timeoutSeconds: 30,
    // A person waits while it starts.
    memoryMb: 1_024,
    isPublic: true,
  });

  const followers = {
    CODY_TABLE,
    PUBLIC_URL: slack.lambda.url,
    BATCH_QUEUE: queue.name,
    BATCH_JOB_DEFINITION: definitions.usual.name,
    BATCH_JOB_DEFINITIONS: namesOf(definitions),
  };
  const runAccess: Statement[] = [
    ...tableAccess(table, { actions: ["GetItem", "PutItem", "UpdateItem", "Query"], indexes: ["open"] }),
    ...batchAccess(queue, [definitions.usual, ...definitions.others]),
  ];
  return {
    slack,
    effects: makeFunction({
      name: "effects",
      bundle: bundles.effects,
      environment: environmentOf("effects", { settings, secrets, made: followers }),
      statements: [...runAccess, streamAccess(stream), sendAccess(deadLetters)],
      timeoutSeconds: 60,
      memoryMb: 512,
    }),
    board: makeFunction({
      name: "board",
      bundle: bundles.board,
      environment: environmentOf("board", { settings, secrets, made: { CODY_TABLE } }),
      statements: [
        ...tableAccess(table, {
          actions: ["GetItem", "UpdateItem", "Query"],
          keys: ["JOB#", "TEAM#"],
          indexes: ["open"],
        }),
        streamAccess(stream),
        sendAccess(deadLetters),
      ],
      // It draws for up to fifty seconds: `drawerMs`.
      timeoutSeconds: 60,
      memoryMb: 512,
    }),
    watchdog: makeFunction({
      name: "watchdog",
      bundle: bundles.watchdog,
      environment: environmentOf("watchdog", { settings, secrets, made: followers }),
      // It alone asks how jobs stand, to find those whose runner is gone.
      statements: [...runAccess, jobLookAccess, sendAccess(deadLetters)],
      timeoutSeconds: 60,
      memoryMb: 512,
    }),
  };
}

/** Pairs of a pattern and the name of a definition; undefined where all repositories have the same. */
function namesOf({ byRepository }: Definitions): $util.Output<string> | undefined {
  if (byRepository.length === 0) return undefined;
  return $resolve(byRepository.map(({ definition }) => definition.name)).apply((names) =>
    byRepository.map(({ pattern }, index) => `${pattern}=${names[index]}`).join(","),
  );
}
