// GitHub with one repository, Claude with a script, and the keys for both: what every runner is started against.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Repository } from "@cody/core/schema.ts";
import { type Claude, startClaude } from "../world/claude/claude.ts";
import type { Script } from "../world/claude/script.ts";
import { newSecrets } from "../world/deployment.ts";
import type { AccountOptions } from "../world/github/accounts.ts";
import type { AppOptions } from "../world/github/apps.ts";
import { type GitHub, startGitHub } from "../world/github/github.ts";

export const repository: Repository = {
  id: 4711,
  fullName: "acme/shop",
  defaultBranch: "main",
  private: true,
  archived: false,
  mayPush: true,
};

export interface OutsideOptions {
  script: Script;
  /** The repository's first commit: path → content. */
  files?: Record<string, string>;
  /** Between two events of an answer. */
  chunkDelayMs?: number;
  /** Besides Cody's own. */
  accounts?: AccountOptions[];
  apps?: AppOptions[];
  /** Whether the repository is; true if nothing is said. */
  isPrivate?: boolean;
}

export interface Outside {
  /** Whoever works as another user gets in. */
  folder: string;
  github: GitHub;
  claude: Claude;
  githubToken: string;
  claudeKey: string;
  close(): Promise<void>;
}

export async function openOutside(options: OutsideOptions): Promise<Outside> {
  const { script, chunkDelayMs, accounts = [], apps, isPrivate = true } = options;
  const folder = await mkdtemp(path.join(tmpdir(), "cody-runner-"));
  // The tools are another user and work further down.
  await chmod(folder, 0o711);
  const { githubToken, claudeKey } = newSecrets();
  const source = path.join(folder, "source");
  await writeFiles(
    source,
    options.files ?? { "README.md": "# Shop\n", "src/price.ts": "export const vat = 19;\n" },
  );
  const cody = { login: "cody-bot", id: 9, token: githubToken, rights: { "acme/*": "write" as const } };
  const github = await startGitHub({
    root: path.join(folder, "github"),
    accounts: [cody, ...accounts],
    apps,
    repositories: [{ ...repository, private: isPrivate, source }],
  });
  const claude = await startClaude({ keys: [claudeKey], script, chunkDelayMs });
  return {
    folder,
    github,
    claude,
    githubToken,
    claudeKey,
    async close() {
      await claude.close();
      await github.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const full = path.join(folder, name);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, content);
  }
}
