// Keeps the prompt cache alive while a turn lasts: long commands must not cost the whole prompt once more.
import type { Usage } from "@cody/core/models.ts";
import type { ModelClient, ModelRequest } from "@cody/core/ports/model.ts";
import { pause } from "../backoff.ts";

/** The cache forgets a prompt five minutes after it was read last; half a minute is left for reading it again. */
const everyMs = 270_000;
/**
 * Reading costs a tenth of the full price at most, writing anew 1.25 times the price, so after eleven readings nothing
 * is won any more. The lifetime of an hour would cost 0.75 of the price for every token of the conversation, which is
 * seven readings of all of it, whether or not any command is long; test/bench/cache.ts measures both.
 */
const maxReadings = 11;

/** Waits; rejects as soon as the signal is aborted. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

interface WarmOptions {
  model: ModelClient;
  /** The request that was, or is about to be, sent. */
  request: ModelRequest;
  /** Hears what each reading cost. */
  onCost: (usage: Usage) => void;
  /** Differs from the real one only where time is not the clock's. */
  pause?: Pause;
}

/** Does `work`, and has the request's prompt read again every four and a half minutes until it is done. */
export async function keepingWarm<Result>(
  options: WarmOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const done = new AbortController();
  const readings = readAgain(options, AbortSignal.any([options.request.signal, done.signal]));
  try {
    return await work();
  } finally {
    done.abort();
    await readings;
  }
}

async function readAgain(
  { model, request, onCost, pause: wait = pause }: WarmOptions,
  signal: AbortSignal,
): Promise<void> {
  const passed = (ms: number) =>
    wait(ms, signal).then(
      () => true,
      () => false,
    );
  for (let readings = 0; readings < maxReadings; readings += 1) {
    if (!(await passed(everyMs))) return;
    const usage = await model.warm({ ...request, signal });
    if (usage) onCost(usage);
  }
}
