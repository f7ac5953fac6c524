// What GitHub does by itself after something happened: jobs run for a push, and auto-merge merges what is ready.
import { mergeWhatIsReady } from "./auto-merge.ts";
import type { Happening } from "./happenings.ts";
import { type JobReport, reportJob } from "./report-job.ts";
import type { ReferenceMove, Repository } from "./repository.ts";
import type { Site } from "./site.ts";

/** A branch that has a new head, and what its files say there. */
interface CiPush {
  repository: string;
  branch: string;
  sha: string;
  /** The text of a file; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
}

/** Plays the jobs of a repository; none if it gives none. `ms`: how long a job takes. */
export type Ci = (push: CiPush) => Promise<CiJob[]> | CiJob[];
export type CiJob = Omit<JobReport, "sha"> & { ms?: number };

export class Consequences {
  readonly #site: Site;
  readonly #ci: Ci | undefined;
  readonly #running = new Set<Promise<void>>();
  readonly #closed = new AbortController();
  readonly #failures: unknown[] = [];

  constructor(site: Site, ci: Ci | undefined) {
    this.#site = site;
    this.#ci = ci;
  }

  /** Returns at once; what follows happens a moment later, as on GitHub. */
  of(happening: Happening): void {
    if (happening.event === "installation_repositories") return;
    const { repository } = happening;
    if (happening.event === "push") this.#run(() => this.#jobs(repository, happening.move));
    else this.#run(() => mergeWhatIsReady(this.#site, repository));
  }

  /** Waits until nothing follows from anything any more. Throws what failed on the way, which nobody else hears of. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
  }

  #run(work: () => Promise<void>): void {
    if (this.#closed.signal.aborted) return;
    const running = Promise.resolve()
      .then(work)
      .catch((error: unknown) => void this.#failures.push(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #jobs(repository: Repository, { reference, after: sha }: ReferenceMove): Promise<void> {
    const [, branch] = /^refs\/heads\/(.+)$/.exec(reference) ?? [];
    if (this.#ci === undefined || branch === undefined || sha === undefined) return;
    const read = async (path: string) => {
      const args = ["show", `${sha}:${path}`];
      const { text, exitCode } = await repository.git(args, { allowedExitCodes: [128] });
      return exitCode === 0 ? text : undefined;
    };
    const jobs = await this.#ci({ repository: repository.fullName, branch, sha, read });
    for (const { ms = 0, ...job } of jobs) {
      const { conclusion: _, log: _log, ...begun } = job;
      await reportJob(this.#site, repository, { ...begun, sha });
      await pause(ms, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      if (job.conclusion !== undefined) await reportJob(this.#site, repository, { ...job, sha });
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms === 0) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
