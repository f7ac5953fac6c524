// A container without Docker: a folder as the root of its own process table, with what a container runtime gives and no more.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { contain } from "../world/aws/processes.ts";

export interface ContainerOptions {
  /** The folder that holds its file system. */
  root: string;
  argv: readonly string[];
  /** Beside the search path that runtimes set. */
  env?: Record<string, string>;
  /** Path in the container → folder on this machine. Both have to exist. */
  volumes?: Record<string, string>;
  /** Whether its own file system is read-only; volumes are not. */
  isReadOnly?: boolean;
  /** Capabilities that it is not given. */
  without?: readonly string[];
}

interface ContainerEnd {
  code: number | null;
  /** Everything that was printed. */
  output: string;
}

export interface Container {
  ended: Promise<ContainerEnd>;
  /** Sends a signal to the first process of the container, as a runtime does to stop it. */
  signal(name: NodeJS.Signals): void;
  /** Kills all its processes. */
  end(): Promise<void>;
}

/** What root may do in a container unless somebody adds to it: the same in Docker, containerd and Fargate. */
const capabilities = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "net_bind_service",
  "net_raw",
  "sys_chroot",
  "mknod",
  "audit_write",
  "setfcap",
];
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Of the machine it keeps the network and the numbers of users. All that is mounted is gone with it. */
const ownSpaces = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child=SIGKILL", "--"];

const enter = `
set -e
umask 022
root=$1 rights=$2 capabilities=$3
shift 3
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
  mount --bind "$2" "$root$1"
  shift 2
done
shift
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=0755 devices "$root/dev"
for each in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 0666 "$root/dev/\${each%:*}" c 1 "\${each#*:}"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir -m 1777 "$root/dev/shm"
mount -o "remount,bind,$rights" "$root"
exec setpriv --inh-caps=-all --bounding-set="$capabilities" chroot "$root" "$@"
`;

/** Starts it. It ends with this process at the latest. */
export function startContainer(options: ContainerOptions): Container {
  const { root, argv, volumes = {}, isReadOnly = false, without = [] } = options;
  const given = capabilities.filter((name) => !without.includes(name)).map((name) => `+${name}`);
  const place = [
    root,
    isReadOnly ? "ro" : "rw",
    ["-all", ...given].join(","),
    ...Object.entries(volumes).flat(),
  ];
  const child = spawn("unshare", [...ownSpaces, "sh", "-c", enter, "sh", ...place, "--", ...argv], {
    env: { PATH: searchPath, HOME: "/root", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  contain(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output }));
  return {
    ended,
    signal: (name) => process.kill(firstProcess(child), name),
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a command in it to its end. Throws what it printed where it fails. */
export async function runContained(options: ContainerOptions): Promise<string> {
  const { code, output } = await startContainer(options).ended;
  if (code !== 0) throw new Error(`${options.argv.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

/** The only child of the process that made the container, by its number on this machine. */
function firstProcess({ pid }: ChildProcess): number {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  if (!first) throw new Error("the container has no process");
  return Number(first);
}
