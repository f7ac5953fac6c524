// Every repository of this GitHub, found by name, by id, or by a name it once had.
import { statSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { Repository, type RepositoryOptions } from "./repository.ts";

const FULL_NAME_PATTERN = /^[\w.-]+\/[\w.-]+$/;

export class Repositories {
  readonly #repositories: Repository[];
  readonly #formerNames = new Map<string, number>();

  readonly #root: string;

  private constructor(repositories: Repository[], root: string) {
    this.#repositories = repositories;
    this.#root = root;
  }

  /** Prepares the folder. Throws a sentence for a folder that is in use, or repositories that clash. */
  static async open(root: string, options: RepositoryOptions[], nowMs: number): Promise<Repositories> {
    await mkdir(root, { recursive: true });
    if ((await readdir(root)).some((name) => name.endsWith(".git"))) {
      throw new Error(`${root} holds repositories already; give GitHub an empty folder.`);
    }
    const seen = new Set<string | number>();
    for (const { fullName, id, source } of options) {
      checkName(fullName);
      for (const key of [fullName.toLowerCase(), id]) {
        if (seen.has(key)) throw new Error(`Two repositories are both "${key}"; give each its own.`);
        seen.add(key);
      }
      if (source !== undefined && !statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`${fullName} is to start from ${source}, and there is no such folder.`);
      }
    }
    const made = options.map((each) => new Repository(each, root, nowMs));
    return new Repositories(made, root);
  }

  all(): readonly Repository[] {
    return this.#repositories;
  }

  byId(id: number): Repository | undefined {
    return this.#repositories.find((repository) => repository.id === id);
  }

  /** Names are compared without case, as GitHub does. */
  byName(fullName: string): Repository | undefined {
    return this.#repositories.find(({ fullName: name }) => name.toLowerCase() === fullName.toLowerCase());
  }

  /** The repository that had this name before it was renamed. */
  byFormerName(fullName: string): Repository | undefined {
    const id = this.#formerNames.get(fullName.toLowerCase());
    return id === undefined ? undefined : this.byId(id);
  }

  /** The fork that somebody has of a repository. */
  forkOf(parent: Repository, owner: string): Repository | undefined {
    return this.#repositories.find(
      (each) => each.parent === parent && each.owner.toLowerCase() === owner.toLowerCase(),
    );
  }

  add(options: RepositoryOptions, nowMs: number): Repository {
    checkName(options.fullName);
    const added = new Repository(options, this.#root, nowMs);
    this.#repositories.push(added);
    return added;
  }

  rename(fullName: string, newFullName: string): void {
    checkName(newFullName);
    if (this.byName(newFullName) !== undefined) throw new Error(`${newFullName} exists already.`);
    const repository = this.named(fullName);
    this.#formerNames.set(repository.fullName.toLowerCase(), repository.id);
    this.#formerNames.delete(newFullName.toLowerCase());
    repository.fullName = newFullName;
  }

  remove(fullName: string): void {
    this.#repositories.splice(this.#repositories.indexOf(this.named(fullName)), 1);
  }

  /** For tests and the world: throws where REST would answer 404. */
  named(fullName: string): Repository {
    const repository = this.byName(fullName);
    if (repository === undefined) throw new Error(`There is no repository "${fullName}" on this GitHub.`);
    return repository;
  }
}

function checkName(fullName: string): void {
  if (!FULL_NAME_PATTERN.test(fullName)) throw new Error(`"${fullName}" is no repository name: owner/name.`);
}
