// Rules about who imports whom: inwards only, no cycles, nothing undeclared, kits only at the edges.
import { type Import, importsOf, packageOf, targetOf } from "./imports.ts";
import { mayImport, placeOf } from "./layers.ts";
import { isCode, type Source } from "./source.ts";

/** Imports go inwards: roots, then what they are made of, then core; adapters are known to roots alone. */
export function outwardImports(sources: readonly Source[]): string[] {
  const known = new Set(sources.map(({ path }) => path));
  return eachImport(sources, (source, imported) => {
    if (imported.specifier === undefined) return "imports something that cannot be read from the text";
    const target = targetOf(source, imported.specifier);
    if (target === undefined) return undefined;
    if (target.startsWith("test/")) return `imports ${target}: nothing in packages/ may know the tests`;
    if (!known.has(target)) return `imports ${target}, which is not there`;
    return wrongDirection(source.path, target, imported.specifier);
  });
}

function wrongDirection(from: string, to: string, specifier: string): string | undefined {
  const source = placeOf(from);
  const target = placeOf(to);
  if (!source) return undefined;
  if (!target) return `imports ${to}, which is not part of a program`;
  if (source.package !== target.package) {
    if (target.package !== "core") return `imports ${to}: ${source.package} may know core alone`;
    if (specifier.startsWith(".")) return `imports ${to} by a path; its name is @cody/core/…`;
  }
  if (target.layer === "core" || mayImport[source.layer].includes(target.layer)) return undefined;
  return `imports ${to}: ${source.layer} may not know ${target.layer}`;
}

/** Groups of files that import each other, types included, each as its paths in order. */
export function cycles(sources: readonly Source[]): string[] {
  const targets = new Map(
    sources
      .filter(isCode)
      .map((source) => [
        source.path,
        importsOf(source).flatMap(({ specifier }) => targetOf(source, specifier ?? "") ?? []),
      ]),
  );
  const reach = new Map([...targets.keys()].map((path) => [path, reachableFrom(path, targets)]));
  const groups = [...targets.keys()]
    .filter((path) => reach.get(path)?.has(path))
    .map((path) =>
      [...targets.keys()].filter((other) => reach.get(path)?.has(other) && reach.get(other)?.has(path)),
    );
  return [...new Set(groups.map((group) => `${group.toSorted().join(", ")} import each other`))];
}

function reachableFrom(path: string, targets: ReadonlyMap<string, string[]>): Set<string> {
  const reached = new Set<string>();
  const next = [...(targets.get(path) ?? [])];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (reached.has(one)) continue;
    reached.add(one);
    next.push(...(targets.get(one) ?? []));
  }
  return reached;
}

const kits = /^(?:@slack\/|@anthropic-ai\/|@octokit\/|simple-git$|@aws-sdk\/)/;

/** The kits of the outside appear in adapters and roots; Bolt where it listens, and Slack's types where blocks are made. */
export function misplacedKits(sources: readonly Source[]): string[] {
  return eachImport(sources, (source, { specifier = "", isTypeOnly }) => {
    const name = packageOf(specifier) ?? "";
    const layer = placeOf(source.path)?.layer;
    if (!kits.test(name) || layer === undefined || ["adapters", "root", "program"].includes(layer))
      return undefined;
    if (name === "@slack/bolt" && (layer === "app" || layer === "listeners")) return undefined;
    if (name === "@slack/types" && layer === "views" && isTypeOnly) return undefined;
    return `imports ${name}: it belongs into an adapter`;
  });
}

/** Every package that is imported stands in the manifest of the package that imports it. */
export function undeclaredImports(sources: readonly Source[]): string[] {
  const manifests = new Map(
    sources.filter((source) => !isCode(source)).map(({ path, text }) => [path, JSON.parse(text) as Manifest]),
  );
  return eachImport(sources, (source, { specifier = "", isTypeOnly }) => {
    const name = packageOf(specifier);
    const place = placeOf(source.path);
    if (name === undefined || !place || name === `@cody/${place.package}`) return undefined;
    const { dependencies = {}, devDependencies = {} } =
      manifests.get(`packages/${place.package}/package.json`) ?? {};
    if (name in dependencies) return undefined;
    if (isTypeOnly && (name in devDependencies || `@types/${name}` in devDependencies)) return undefined;
    return `imports ${name}, which the package.json of ${place.package} does not name`;
  });
}

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Zod is imported as a whole: with its names the bundle is five times as large. */
export function zodByName(sources: readonly Source[]): string[] {
  return eachImport(sources, (_source, { specifier = "", clause }) => {
    if (packageOf(specifier) !== "zod" || /^(?:type )?\* as z$/.test(clause)) return undefined;
    return 'imports zod in another way than `import * as z from "zod"`';
  });
}

/** What `judge` says of each import, with the place where it stands. */
function eachImport(
  sources: readonly Source[],
  judge: (source: Source, imported: Import) => string | undefined,
): string[] {
  return sources.filter(isCode).flatMap((source) =>
    importsOf(source).flatMap((imported) => {
      const says = judge(source, imported);
      return says === undefined ? [] : [`${source.path}:${imported.line} ${says}`];
    }),
  );
}
