// How long the slack program takes to answer what a person waits for, with a table and a Slack that answer at once.
import { handler } from "../../packages/bot/src/slack.ts";
import { median, percentile } from "./figures.ts";
import { type FunctionUrlEvent, formSubmission, optionsQuery, slashCommand } from "./slack-request.ts";

export interface Acknowledge {
  p95Ms: number;
  byKind: Record<string, { medianMs: number; p95Ms: number }>;
}

const kinds: Record<string, (round: number) => FunctionUrlEvent> = {
  command: () => slashCommand(),
  options: (round) => optionsQuery(`service-${round % 10}`),
  submit: (round) => formSubmission(`V${round}`, String((round % 1_000) + 1)),
};

/** Measures `rounds` warm requests of each kind, in turns. The environment must be that of the far ends. */
export async function measureAcknowledge(rounds: number): Promise<Acknowledge> {
  const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  const warmUp = Math.ceil(rounds / 10);
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const [kind, request] of Object.entries(kinds)) {
      const event = request(round);
      const from = performance.now();
      const answer = await handler(event as never, {});
      const tookMs = performance.now() - from;
      if (answer.statusCode !== 200 || answer.body?.includes("errors")) {
        throw new Error(`${kind} was answered with ${answer.statusCode} ${answer.body}`);
      }
      if (round >= warmUp) times.get(kind)?.push(tookMs);
    }
  }
  const all = [...times.values()].flat();
  const figures = (series: number[]) => ({ medianMs: median(series), p95Ms: percentile(series, 0.95) });
  return {
    p95Ms: percentile(all, 0.95),
    byKind: Object.fromEntries([...times].map(([kind, series]) => [kind, figures(series)])),
  };
}
