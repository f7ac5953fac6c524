// Counts the hosts that were refused to the tools, within a bound: whoever is refused chooses the names.
import { maxDeniedShown } from "@cody/core/limits.ts";

export interface Denied {
  host: string;
  count: number;
}

/** Beyond that many names, further ones are counted together. */
const maxNames = 1_000;
const maxNameChars = 80;
const others = "(others)";

export class Denials {
  readonly #counts = new Map<string, number>();

  /** `host` is whatever was asked for. */
  add(host: string): void {
    // A name that is none, or a long one, can be a message to whoever reads it.
    const isName = /^[a-z0-9.:[\]-]+$/.test(host) && host.length <= maxNameChars;
    const known = isName ? host : "(not a host name)";
    const key = this.#counts.has(known) || this.#counts.size < maxNames ? known : others;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Most often refused first, as many as a person reads. */
  list(): Denied[] {
    return [...this.#counts]
      .map(([host, count]) => ({ host, count }))
      .sort((one, other) => other.count - one.count || one.host.localeCompare(other.host))
      .slice(0, maxDeniedShown);
  }
}
