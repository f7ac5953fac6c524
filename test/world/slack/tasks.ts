// Work that goes on after an answer was given: a test can wait for it, and closing ends it.
export class Tasks {
  readonly #underWay = new Set<Promise<unknown>>();
  /** Each waiting timer with what to do if the workspace is closed before. */
  readonly #timers = new Map<NodeJS.Timeout, () => void>();
  readonly #closing = new AbortController();

  /** Aborted when the workspace is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Keeps this work in mind until it is done; its failure is not caught here. */
  run(work: Promise<unknown>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Does the work after this time, unless the workspace is closed before. Counts as under way from now on. */
  after(ms: number, work: () => void): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.run(promise);
    this.schedule(
      ms,
      () => {
        work();
        resolve();
      },
      resolve,
    );
  }

  /** Does the work after this time, unless the workspace is closed before. Not under way until then. */
  schedule(ms: number, work: () => void, whenClosed: () => void = () => {}): void {
    if (this.closing.aborted) {
      whenClosed();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.set(timer, whenClosed);
  }

  /** Resolves when nothing is under way; scheduled repetitions are not waited for. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  close(): void {
    this.#closing.abort();
    for (const [timer, whenClosed] of this.#timers) {
      clearTimeout(timer);
      whenClosed();
    }
    this.#timers.clear();
  }
}
