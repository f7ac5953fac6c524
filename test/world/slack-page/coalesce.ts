// Turns a burst of calls into one run after the other, never more than one waiting.

/**
 * Wraps a task so that at most one run is under way and one waits behind it. The promise of a call settles with
 * a run that began after the call, so its result includes whatever happened before.
 */
export function coalesce(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;
  const start = (): Promise<void> => {
    waiting = undefined;
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    waiting ??= running.then(start, start);
    return waiting;
  };
}
