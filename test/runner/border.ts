// The border between one runner and everything outside it: every call that crosses it is counted, and can be met.
import { Interruption } from "../../packages/runner/src/interruption.ts";

/** A call by its number in the order in which they began, and whether its effect has happened. */
export interface Crossing {
  call: number;
  side: "before" | "after";
}

/** Thrown by every call of a runner whose machine is gone: whatever code of it still runs has no effect on anything. */
class Gone extends Interruption {
  constructor() {
    super("terminated", "the machine is gone");
  }
}

export class Border {
  /** Every call so far, in words. */
  readonly calls: string[] = [];
  readonly #meet: (crossing: Crossing) => Promise<void> | void;
  #isClosed = false;
  /** While this lasts nothing crosses. */
  #frozen: Promise<void> | undefined;

  /** `meet` is told of each crossing, which takes place when it has settled. */
  constructor(meet: (crossing: Crossing) => Promise<void> | void = () => {}) {
    this.#meet = meet;
  }

  /** From now on nothing crosses any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Nothing crosses until `thawed`. */
  async freeze(thawed: Promise<void>): Promise<void> {
    this.#frozen = thawed;
    await thawed;
    this.#frozen = undefined;
  }

  /** The same port with each call of its methods, which all return promises, at the border. */
  around<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          this.#cross(`${name}.${String(key)}${subjectOf(args)}`, () => value.apply(target, args));
      },
    });
  }

  async #cross(what: string, work: () => Promise<unknown>): Promise<unknown> {
    await this.#frozen;
    this.#assertOpen();
    const call = this.calls.push(what) - 1;
    await this.#meet({ call, side: "before" });
    this.#assertOpen();
    try {
      return await work();
    } finally {
      await this.#frozen;
      if (!this.#isClosed) await this.#meet({ call, side: "after" });
      this.#assertOpen();
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Gone();
  }
}

/** The item, the tool or the file that a call is about. */
function subjectOf([first]: unknown[]): string {
  if (typeof first === "string") return ` ${first}`;
  const { sk } = (first ?? {}) as { sk?: unknown };
  return typeof sk === "string" ? ` ${sk}` : "";
}
