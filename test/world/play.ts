// Plays a scenario in the local world, and keeps the world up for a person to go on.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { canIsolate } from "./deployment.ts";
import { writeEnvironment } from "./environment-file.ts";
import { ann, engineering } from "./people.ts";
import { type Report, reportOn } from "./report.ts";
import { startSampleJob } from "./sample-job.ts";
import { type Scenario, scriptOf } from "./scenario.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { buildPage } from "./slack-page/bundle.ts";
import { boardLines, openTerminal, type Terminal } from "./terminal.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { startWorld, type World, whyNotStarted } from "./world.ts";

export interface PlayOptions {
  once: boolean;
  json: boolean;
  list: boolean;
  scenario: string;
  port: number;
  verbose: boolean;
  /** Where the world's environment is written; nowhere if left out. */
  env?: string;
}

/** The sample job is a matter of seconds; a world that takes this long hangs. */
const jobTimeoutMs = 180_000;
const lookEveryMs = 200;

/** Runs until the job is over (`once`) or somebody presses Ctrl-C. Returns the exit code. */
export async function play(options: PlayOptions): Promise<number> {
  // With --json the last line of standard output is the report; everything for people goes to standard error.
  const terminal = openTerminal(options.json ? process.stderr : process.stdout);
  if (options.list) {
    for (const { name, says } of scenarios) terminal.say(`${name}: ${says}`);
    return 0;
  }
  const scenario = scenarios.find(({ name }) => name === options.scenario);
  if (!scenario) {
    const names = scenarios.map(({ name }) => name).join(", ");
    terminal.say(`There is no scenario ${options.scenario}. There are: ${names}.`);
    return 2;
  }
  if (scenario.needsIsolation && !canIsolate()) {
    terminal.say(
      `Skipped: ${scenario.name} lets its commands try everything, which needs a user of their own for the tools: root on Linux.`,
    );
    return 0;
  }
  const world = await openWorld(options, scenario, terminal);
  if (!world) return 1;
  try {
    if (options.env) await writeEnvironment(options.env, world.environment);
    if (!options.once) terminal.say(`The workspace is at ${world.slack.url} (Ctrl-C ends it).\n`);
    const report = await playJob(world, scenario, terminal);
    const problems = unexpected(report, scenario);
    for (const problem of problems) terminal.say(`Not as expected: ${problem}`);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (!options.once) {
      terminal.say(`\nGo on at ${world.slack.url}: open the thread, or type /cody in #engineering.`);
      await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    }
    return problems.length === 0 ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** The world, or nothing where it could not start; the reason has been said then. */
async function openWorld(
  options: PlayOptions,
  scenario: Scenario,
  terminal: Terminal,
): Promise<World | undefined> {
  try {
    return await startWorld({
      script: scriptOf(scenario),
      ci: scenario.ci,
      identity: scenario.identity,
      port: options.once ? 0 : options.port,
      assets: options.once ? undefined : await buildPage(),
      queueDelayMs: options.once ? 0 : 1_000,
      log: options.verbose ? (program, line) => process.stderr.write(`${program}: ${line}\n`) : undefined,
    });
  } catch (error) {
    terminal.say(whyNotStarted(error, options.port));
    return undefined;
  }
}

/** Starts the scenario's job as a person does, shows its board, and reports when it is over. */
async function playJob(world: World, scenario: Scenario, terminal: Terminal): Promise<Report> {
  const { request } = scenario;
  const startedAt = Date.now();
  await startSampleJob(world.slack, ann, engineering, request);
  const timeoutMs = scenario.timeoutMs ?? jobTimeoutMs;
  const mishaps: unknown[] = [];
  const acting = Promise.resolve(scenario.during?.(world, ann)).catch((error: unknown) =>
    mishaps.push(error),
  );
  for (;;) {
    if (mishaps.length > 0) throw mishaps[0];
    const [board] = boards(world.slack, ann);
    const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
    if (board) {
      terminal.show(boardLines(board.text, terminal.columns));
      const thread = replies(world.slack, ann, board);
      const isOver = scenario.isOver?.(thread) ?? lastWord(thread) !== undefined;
      if (isOver || seconds * 1000 > timeoutMs) {
        if (isOver) await acting;
        if (mishaps.length > 0) throw mishaps[0];
        await settle(world);
        terminal.show(boardLines(boards(world.slack, ann)[0]?.text ?? "", terminal.columns));
        return reportOn(world, { board, user: ann, repositories: request.repositories, seconds });
      }
    } else if (seconds * 1000 > timeoutMs) {
      throw new Error("No board appeared.");
    }
    await sleep(lookEveryMs);
  }
}

/** The last word comes before the board's last drawing. */
async function settle(world: World): Promise<void> {
  await world.stream.settled();
  await world.slack.settled();
}

/** What came out differently than the scenario says. */
function unexpected(report: Report, { expected }: Scenario): string[] {
  const problems: string[] = [];
  if (report.status !== expected.status) problems.push(`the job is ${report.status}, not ${expected.status}`);
  for (const run of report.runs) {
    const wanted = expected.outcomes[run.repository];
    if (run.outcome !== wanted) problems.push(`${run.repository} is ${run.outcome}, not ${wanted}`);
  }
  const counted = { ...report, pullRequests: report.github.pullRequests };
  for (const what of ["pullRequests", "approvals", "merged"] as const) {
    const wanted = expected[what];
    if (wanted !== undefined && counted[what] !== wanted)
      problems.push(`GitHub has ${what}: ${counted[what]}, not ${wanted}`);
  }
  const { repeatedTurns = 0 } = expected;
  if (report.repeatedTurns > repeatedTurns)
    problems.push(`${report.repeatedTurns} turns were asked for again`);
  if (report.slack.duplicates > 0) problems.push(`${report.slack.duplicates} messages were sent twice`);
  if (report.slack.broadcasts > 0)
    problems.push(`${report.slack.broadcasts} mentions of everybody were sent`);
  if (report.leaks > 0) problems.push(`secrets were found in ${report.leaks} places`);
  return problems;
}
