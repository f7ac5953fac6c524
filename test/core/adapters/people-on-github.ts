// A GitHub with people who let an App act for them, and with pull requests that the App opened.
import { hash, randomBytes } from "node:crypto";
import { makeLinking } from "@cody/core/adapters/github-linking.ts";
import { makePersonalCodeHost } from "@cody/core/adapters/github-person.ts";
import { makeLog } from "@cody/core/log.ts";
import type {
  Linking,
  PersonalCodeHost,
  PersonTokens,
  SeenPullRequest,
} from "@cody/core/ports/personal-code-host.ts";
import { type Clients, startClients } from "../../world/github/clients.ts";
import type { GitHub, GitHubOptions } from "../../world/github/github.ts";

export const redirectUrl = "https://cody.example.com/github/callback";
export const client = {
  clientId: "Iv23liCodyOfAcme0001",
  clientSecret: "a-secret-of-forty-characters-0123456789a",
};

export interface PeopleOnGitHub {
  clients: Clients;
  github: GitHub;
  linking: Linking;
  /** What the adapters logged, as it would be printed. */
  logged: string[];
  /** Added to the clock of GitHub and of the adapters. */
  clock: { offsetMs: number };
  /** Links this person, who consents on GitHub's page. */
  link(login: string): Promise<PersonTokens>;
  as(login: string): Promise<PersonalCodeHost>;
  /** A repository of its own with a pull request of Cody's, which is no draft unless that is wanted. */
  propose(more?: { draft?: boolean }): Promise<Proposed>;
  close(): Promise<void>;
}

export interface Proposed {
  seen: SeenPullRequest;
  fullName: string;
  owner: string;
  repo: string;
  cwd: string;
  /** Pushes another commit to its branch, as Cody; gives the new head. */
  push(files?: Record<string, string>): Promise<string>;
}

/** ann, max and sue may push, bob may read, eve may nothing, adm administers. */
export async function startPeople(options: Partial<GitHubOptions> = {}): Promise<PeopleOnGitHub> {
  const clock = { offsetMs: 0 };
  const now = () => Date.now() + clock.offsetMs;
  const clients = await startClients({
    now,
    accounts: [
      { login: "ann", id: 101, token: "token-of-ann", rights: { "acme/*": "write" } },
      { login: "bob", id: 102, token: "token-of-bob", rights: { "acme/*": "read" } },
      { login: "eve", id: 103, token: "token-of-eve", rights: {} },
      { login: "max", id: 105, token: "token-of-max", rights: { "acme/*": "write" } },
      { login: "sue", id: 106, token: "token-of-sue", rights: { "acme/*": "write" } },
      { login: "adm", id: 107, token: "token-of-adm", rights: { "acme/*": "admin" } },
      { login: "cody[bot]", id: 104, token: "token-of-cody", type: "Bot", rights: { "acme/*": "write" } },
    ],
    apps: [
      {
        id: 7,
        slug: "cody-of-acme",
        botId: 70,
        installations: [
          {
            id: 1,
            account: "acme",
            permissions: { contents: "write", pull_requests: "write", checks: "read", statuses: "read" },
          },
        ],
        oauth: { ...client, callbackUrls: [redirectUrl] },
      },
    ],
    ...options,
  });
  const { github } = clients;
  const logged: string[] = [];
  const log = makeLog({ level: "debug", redact: (text) => text, write: (line) => logged.push(line), now });
  const linking = makeLinking({ ...client, webUrl: github.url, log, now });
  const wait = async () => undefined;

  const link: PeopleOnGitHub["link"] = async (login) => {
    const verifier = randomBytes(32).toString("base64url");
    const challenge = hash("sha256", verifier, "base64url");
    const address = linking.authorizeUrl({ state: "state", challenge, redirectUrl });
    const code = new URL(github.consent(address, login)).searchParams.get("code") ?? "";
    const tokens = await linking.exchange({ code, verifier, redirectUrl });
    if (tokens === undefined) throw new Error("GitHub gave no tokens.");
    return tokens;
  };

  return {
    clients,
    github,
    linking,
    logged,
    clock,
    link,
    as: async (login) =>
      makePersonalCodeHost((await link(login)).access, { apiUrl: github.apiUrl, log, wait }),
    propose: async ({ draft = false } = {}) => {
      const { owner, repo, fullName } = clients.fresh();
      const cwd = await clients.clone(fullName);
      let count = 0;
      const push = (files?: Record<string, string>) =>
        clients.push(cwd, "cody/work", files ?? { "work.txt": `${count++}\n` });
      const sha = await push();
      const { data } = await clients
        .octokit("cody[bot]")
        .pulls.create({ owner, repo, head: "cody/work", base: "main", title: "Work", draft });
      const id = Number(fullName.split("-")[1]);
      return {
        seen: { repository: { id, fullName }, number: data.number, sha },
        fullName,
        owner,
        repo,
        cwd,
        push,
      };
    },
    close: () => clients.close(),
  };
}
