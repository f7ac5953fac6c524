// The way in of a GitHub App: a token for each operation, for one repository and for what the operation needs.
import { createAppAuth, type InstallationAccessTokenAuthentication } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { Failed } from "../failure.ts";
import { whileTokenIsNew } from "../new-token.ts";
import type { RepositoryName } from "../ports/code-host.ts";
import {
  type Client,
  type Clients,
  clientOptions,
  clientWith,
  type GitHubAccess,
  type Rights,
  repositoryOf,
} from "./github-access.ts";
import { orMissing, statusOf } from "./github-errors.ts";

interface AppOptions extends Clients {
  appId: number;
  /** PEM, as GitHub gives it or as PKCS #8. */
  privateKey: string;
  /** Hears of each token that was made, before it is used, so that it can be kept from getting out. */
  onToken?: (token: string) => void;
}

/** Asks as the App itself. Making a token changes nothing that people see, so it need not be paced as changes are. */
const AppClient = Octokit.plugin(retry);

/** A GitHub App, wherever it is installed. Nothing is kept between two operations, and so nothing can be outdated. */
export function makeAppAccess({ appId, privateKey, onToken, ...clients }: AppOptions): GitHubAccess {
  const app = new AppClient({
    ...clientOptions(clients.apiUrl),
    authStrategy: createAppAuth,
    auth: { appId, privateKey },
  });

  /** A new token. Without `repositoryIds` it is for every repository of the installation. */
  async function mint(
    installationId: number,
    permissions: Rights,
    repositoryIds?: number[],
  ): Promise<{ token: string; client: Client }> {
    const wanted = { type: "installation", installationId, permissions, repositoryIds, refresh: true };
    const { token } = (await app.auth(wanted)) as InstallationAccessTokenAuthentication;
    onToken?.(token);
    const client = clientWith(token, { ...clients, account: `app-${appId}` });
    client.hook.wrap("request", (request, options) =>
      whileTokenIsNew(
        async () => request(options),
        (error) => statusOf(error) === 401,
      ),
    );
    return { token, client };
  }

  /** A repository that was renamed is found by its former name as well: GitHub redirects. */
  async function installationOf({ fullName }: RepositoryName) {
    const [owner = "", repo = ""] = fullName.split("/");
    const found = await orMissing(app.apps.getRepoInstallation({ owner, repo }));
    return typeof found === "string" ? undefined : found.data;
  }

  return {
    signs: true,
    keepsToken: false,
    forks: false,
    async repositories() {
      const installations = await app.paginate(app.apps.listInstallations, { per_page: 100 });
      const all = [];
      for (const { id, permissions, suspended_at: suspendedAt } of installations) {
        if (suspendedAt) continue;
        // Names alone can be read with it.
        const { client } = await mint(id, { metadata: "read" });
        const list = client.apps.listReposAccessibleToInstallation;
        for (const read of await client.paginate(list, { per_page: 100 }))
          all.push(repositoryOf(read, permissions.contents === "write"));
      }
      return all;
    },

    async enter(repository, rights, wished = {}) {
      const installation = await installationOf(repository);
      if (!installation) return undefined;
      const missing = notGranted(rights, installation.permissions);
      if (missing) {
        const { html_url: settings } = installation;
        throw new Failed(
          "github-rejected",
          `the App lacks ${missing} on ${repository.fullName} (${settings})`,
        );
      }
      try {
        const more = Object.entries(wished).filter(
          ([name, level]) => !notGranted({ [name]: level }, installation.permissions),
        );
        const entry = await mint(installation.id, { ...rights, ...Object.fromEntries(more) }, [
          repository.id,
        ]);
        return { ...entry, isNew: true, mayPush: installation.permissions.contents === "write" };
      } catch (error) {
        // Rights were looked at, so it is the repository: another one has its name by now.
        if (statusOf(error) === 422) return undefined;
        throw error;
      }
    },

    async self(repository) {
      const installation = await installationOf(repository);
      if (!installation) return undefined;
      const name = `${installation.app_slug}[bot]`;
      const { client } = await mint(installation.id, { metadata: "read" }, [repository.id]);
      const { data } = await client.users.getByUsername({ username: name });
      return { id: data.id, login: name };
    },
  };
}

/** The first right that the installation was not given, as GitHub names it. */
function notGranted(rights: Rights, permissions: Record<string, string | undefined>): string | undefined {
  const levels = ["read", "write", "admin"];
  const found = Object.entries(rights).find(
    ([name, level]) => levels.indexOf(permissions[name] ?? "") < levels.indexOf(level),
  );
  return found?.join(":");
}
