// The decisions behind the isolation of the tools: whose user, which command line, which environment, what is enough.
import { describe, expect, test } from "vitest";
import { proxySettings, toolEnvironment } from "../../packages/runner/src/isolation/environment.ts";
import { isolationWords, shortcomings } from "../../packages/runner/src/isolation/judgement.ts";
import { asLimitedUser, asUser, userOfRun } from "../../packages/runner/src/isolation/launch.ts";
import { excess, memoryOf } from "../../packages/runner/src/isolation/watch.ts";
import type { Measured } from "../../packages/runner/src/tools/measure.ts";

const user = { uid: 20_001, gid: 20_002 };
const gigabyte = 1024 ** 3;

describe("the user", () => {
  test("is the configured one where that is one", () => {
    const users = { first: 20_001, last: 20_001, group: 20_002 };
    expect(userOfRun(users, { job: "abc", run: 1 })).toEqual(user);
  });

  test("is of a range another one for each run, and always the same for the same", () => {
    const users = { first: 20_001, last: 60_000, group: 20_001 };
    const runs = Array.from({ length: 99 }, (_, run) => userOfRun(users, { job: "abcdefgh23", run }).uid);
    expect(new Set(runs).size).toBe(99);
    for (const uid of runs) expect(uid >= 20_001 && uid <= 60_000).toBe(true);
    expect(userOfRun(users, { job: "abcdefgh23", run: 5 }).uid).toBe(runs[5]);
  });
});

describe("the command line", () => {
  const program = { file: "node", args: ["process.ts", "/job/output"] };

  test("takes every right away before the program begins", () => {
    expect(asUser(user, program)).toEqual({
      file: "setpriv",
      args: [
        "--reuid=20001",
        "--regid=20002",
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--bounding-set=-all",
        "node",
        "process.ts",
        "/job/output",
      ],
    });
  });

  test("sets limits first, while there is the right to", () => {
    const { file, args } = asLimitedUser(user, program, "/job/sockets.bpf");
    expect(file).toBe("prlimit");
    expect(args.slice(0, 4)).toEqual(["--nproc=1024", `--fsize=${2 * gigabyte}`, "--core=0", "setpriv"]);
    expect(args).toContain("--seccomp-filter=/job/sockets.bpf");
    expect(args.slice(-3)).toEqual(["node", "process.ts", "/job/output"]);
  });
});

describe("the environment", () => {
  const parts = { inherited: { PATH: "/bin" }, home: "/h", temporary: "/t", mark: "m" };
  const proxyUrl = "http://tools:secret@127.0.0.1:4711";

  test("is a list of names, whatever the runner has", () => {
    expect(Object.keys(toolEnvironment({ ...parts, proxyUrl })).toSorted()).toEqual([
      "ALL_PROXY",
      "CI",
      "CODY_TOOLS",
      "GIT_PAGER",
      "GIT_TERMINAL_PROMPT",
      "HOME",
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "LANG",
      "LOGNAME",
      "NO_COLOR",
      "NO_PROXY",
      "PAGER",
      "PATH",
      "PIP_PROGRESS_BAR",
      "TERM",
      "TMPDIR",
      "TQDM_DISABLE",
      "USER",
      "all_proxy",
      "http_proxy",
      "https_proxy",
      "no_proxy",
    ]);
    expect(toolEnvironment(parts)).not.toHaveProperty("HTTPS_PROXY");
  });

  test("comes with settings for build tools that read none", () => {
    const settings = proxySettings(proxyUrl);
    expect(settings[".m2/settings.xml"]).toContain("<password>secret</password>");
    expect(settings[".gradle/gradle.properties"]).toContain("systemProp.https.proxyPort=4711\n");
  });
});

const well: Measured = {
  user: 20_001,
  group: 20_002,
  groups: [20_002],
  noNewPrivileges: true,
  capabilities: "0",
  filtered: false,
  maxThreads: 1_024,
  maxFileBytes: 2 * gigabyte,
  readable: [],
  unusable: [],
  maySignalRunner: false,
  mayConnect: true,
};

describe("what was measured", () => {
  test("is enough where nothing is missing", () => {
    expect(shortcomings(well, user)).toEqual([]);
    expect(shortcomings({ ...well, groups: [] }, user)).toEqual([]);
  });

  test.each<[Partial<Measured>, string]>([
    [{ user: 0 }, "the tools ran as user 0 with groups 20002, 20002"],
    [{ groups: [0] }, "the tools ran as user 20001 with groups 20002, 0"],
    [{ noNewPrivileges: false }, "a program could give them more privileges"],
    [{ capabilities: "400" }, "they kept capabilities (400)"],
    [{ readable: ["/proc/7/environ"] }, "they could read /proc/7/environ"],
    [{ maySignalRunner: true }, "they could send the runner a signal"],
    [{ maxThreads: null }, "their number of processes is not limited"],
    [{ maxThreads: 1_025 }, "their number of processes is not limited"],
    [{ maxFileBytes: null }, "the size of their files is not limited"],
    [{ unusable: ["/job/tree"] }, "they cannot work in /job/tree"],
  ])("is too little with %j", (worse, words) => {
    expect(shortcomings({ ...well, ...worse }, user)).toEqual([words]);
  });

  test("has a name that promises no more than there is", () => {
    expect(isolationWords({ measured: well, commands: true, network: "registries" })).toBe(
      "user, no-new-privs, network registries (advisory)",
    );
    expect(isolationWords({ measured: { ...well, mayConnect: false }, commands: true, network: "off" })).toBe(
      "user, no-new-privs, network off (enforced)",
    );
    expect(isolationWords({ commands: false, network: "open" })).toBe(
      "none, commands off, network open (advisory)",
    );
  });
});

describe("what the tools take", () => {
  const process = { pid: 7, state: "S", privateBytes: gigabyte };
  const taken = {
    processes: [process, { ...process, pid: 8 }],
    toolProcess: 7,
    freeDiskBytes: 10 * gigabyte,
    memoryBytes: 4 * gigabyte,
  };

  test("is fine within bounds", () => {
    expect(excess(taken)).toBeUndefined();
    expect(excess({ ...taken, processes: [{ ...process, pid: 8, state: "T" }] })).toBeUndefined();
  });

  test("is memory of all together", () => {
    expect(excess({ ...taken, memoryBytes: 2 * gigabyte })).toBe(
      "its processes took 2.0 GB of memory together, and may take 1.5",
    );
  });

  test("is the last of the disk, or the process that answers", () => {
    expect(excess({ ...taken, freeDiskBytes: gigabyte / 4 })).toContain("the disk is full");
    for (const state of ["T", "t"])
      expect(excess({ ...taken, processes: [{ ...process, state }] })).toContain("stopped");
  });

  test("is compared with the container's memory where it has less than the machine", () => {
    const totalBytes = 8 * gigabyte;
    expect(memoryOf({ totalBytes, limitBytes: 2 * gigabyte })).toBe(2 * gigabyte);
    expect(memoryOf({ totalBytes, limitBytes: 0 })).toBe(totalBytes);
    expect(memoryOf({ totalBytes, limitBytes: 2 ** 64 })).toBe(totalBytes);
  });
});
