// Where and as whom a round's tools run: their folders, their user, their start, and their certain end.
import { randomUUID } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "@cody/core/log.ts";
import { proxySettings, toolEnvironment } from "../isolation/environment.ts";
import { asLimitedUser, type Launch, type ToolUser } from "../isolation/launch.ts";
import { socketFilter } from "../isolation/socket-filter.ts";
import { endAllOf, giveTo, removeForeignFiles } from "../isolation/user.ts";
import { watchTools } from "../isolation/watch.ts";
import { endLeftBehind } from "../tools/left-behind.ts";
import { ToolChannel } from "./tool-channel.ts";

export interface ConfinementOptions {
  /** Where their home, their temporary files and long outputs go; beside the tree. */
  folder: string;
  /** The search path and the language, the only things taken over from the runner's own environment. */
  inherited: { PATH: string; LANG?: string };
  /** Undefined: they run as the runner's own user. */
  user?: ToolUser;
  /** Whether commands run. */
  commands: boolean;
  /** The way into the network, with the tools' own name and password. */
  proxyUrl?: string;
  /** Whether they are kept from opening any connection; setpriv has to know how. */
  noSockets?: boolean;
  /** What the machine has, in bytes. */
  memoryBytes: number;
  log: Log;
}

/** The root of the tool process. */
export const toolProgram = fileURLToPath(new URL("../tools/process.ts", import.meta.url));

export class Confinement {
  readonly #options: ConfinementOptions;
  readonly #mark = randomUUID();
  readonly #channels = new Set<ToolChannel>();
  /** The tree that the tools have got. */
  #given: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isEnding = false;
  /** Whether foreign programs ran since trusted git last read the tree. */
  #isTouched = false;
  #excess: string | undefined;

  constructor(options: ConfinementOptions) {
    this.#options = options;
  }

  get commands(): boolean {
    return this.#options.commands;
  }

  /** Whether processes of the tools end because the runner wants it. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Why the tools were ended where they took too much of the machine; told once. */
  takeExcess(): string | undefined {
    const excess = this.#excess;
    this.#excess = undefined;
    return excess;
  }

  /** Starts a tool process that works in `tree`, which belongs to the tools from the first time on. */
  open(tree: string): Promise<ToolChannel> {
    return this.#alone(async () => {
      // What the last one was running when it was killed is still there.
      await this.#kill();
      if (this.#given !== tree) await this.#give(tree);
      const channel = await ToolChannel.open({ ...this.#launch(), cwd: tree, log: this.#options.log });
      this.#channels.add(channel);
      const unwatch = this.#watch(channel);
      void channel.ended.then(() => {
        unwatch();
        this.#channels.delete(channel);
      });
      return channel;
    });
  }

  /** Has to be told before a foreign program runs: from then on no process of the tools can be trusted. */
  touch(): Promise<void> {
    return this.#alone(async () => {
      this.#isTouched = true;
    });
  }

  /**
   * Does `work` while nothing that a foreign program could have started or changed is alive, and nothing can begin.
   * A tool process under which none has run is left as it is: it does what is written here, and nothing now.
   */
  whileQuiet<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#alone(async () => {
      if (this.#isTouched) await this.#clear();
      return work();
    });
  }

  /** Ends every process of the tools. */
  endAll(): Promise<void> {
    return this.#alone(() => this.#kill());
  }

  /** One after the other, in the order of the calls. */
  #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(act, act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #clear(): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#kill();
      await this.#removeForeignFiles();
      this.#isTouched = false;
    } finally {
      this.#isEnding = false;
    }
  }

  async #kill(): Promise<void> {
    const { user, inherited } = this.#options;
    const ended = Promise.all([...this.#channels].map((channel) => channel.ended));
    // Where there is no process table, its process group is all that is known of a tool process.
    for (const channel of this.#channels) channel.kill();
    if (user) await endAllOf(user, inherited.PATH);
    else await endLeftBehind(this.#mark, []);
    await ended;
  }

  /** Only once, and before anything of the tools has run in it. */
  async #give(tree: string): Promise<void> {
    const { folder, user, proxyUrl } = this.#options;
    const { home, temporary, output, filter } = this.#places;
    for (const each of [home, temporary, output]) await mkdir(each, { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(proxyUrl ? proxySettings(proxyUrl) : {})) {
      const file = path.join(home, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    const bytes = this.#options.noSockets ? socketFilter(process.arch) : undefined;
    if (bytes) await writeFile(filter, bytes);
    if (user) {
      // They may pass through the folders of the runner, and see nothing there.
      for (const each of [folder, path.dirname(folder)]) await chmod(each, 0o711);
      await giveTo(user, [tree, home, temporary, output]);
      await chmod(tree, 0o700);
    }
    this.#given = tree;
  }

  #launch(): Launch & { env: Record<string, string> } {
    const { inherited, proxyUrl, user, noSockets } = this.#options;
    const { home, temporary, output, filter } = this.#places;
    const env = toolEnvironment({ inherited, home, temporary, proxyUrl, mark: this.#mark });
    const own = user ? [String(user.uid)] : [];
    const node = { file: process.execPath, args: [toolProgram, output, ...own] };
    return { ...(user ? asLimitedUser(user, node, noSockets ? filter : undefined) : node), env };
  }

  get #places() {
    const { folder } = this.#options;
    const place = (name: string) => path.join(folder, name);
    return {
      home: place("home"),
      temporary: place("tmp"),
      output: place("output"),
      filter: place("sockets.bpf"),
    };
  }

  async #removeForeignFiles(): Promise<void> {
    const { user, log } = this.#options;
    if (!user || !this.#given) return;
    const count = await removeForeignFiles(user, this.#given);
    if (count > 0) log.warn("Files in the tree that are not the tools' own were removed", { count });
  }

  #watch(channel: ToolChannel): () => void {
    const { user, folder, memoryBytes, log } = this.#options;
    if (!user) return () => undefined;
    return watchTools({
      user: user.uid,
      toolProcess: channel.pid,
      folder,
      memoryBytes,
      onExcess: (why) => {
        this.#excess = why;
        log.warn("The tools took too much and are ended", { why });
        // With the process that answers calls, whoever waits for an answer is told.
        this.endAll().catch((error: unknown) => log.error("The tools could not be ended", { error }));
      },
    });
  }
}
