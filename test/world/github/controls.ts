// What tests and the local world do to this GitHub from outside while it runs, beside what its API offers.
import type { Right } from "./accounts.ts";
import { isInstalledOn } from "./apps.ts";
import type { Consequences } from "./consequences.ts";
import type { OAuthPages } from "./oauth-pages.ts";
import type { Protection } from "./protection.ts";
import { type JobReport, reportJob } from "./report-job.ts";
import type { Merges } from "./repository.ts";
import type { Site } from "./site.ts";
import type { WebhookOptions, Webhooks } from "./webhooks.ts";

export interface Controls {
  cloneUrl(fullName: string): string;
  archive(fullName: string): void;
  remove(fullName: string): void;
  rename(fullName: string, newFullName: string): void;
  /** Gives or takes (undefined) a right. */
  grant(login: string, pattern: string, right: Right | undefined): void;
  /** What GitHub's own Actions say about a commit: a check run, and what its job printed. Gives its id. */
  reportJob(fullName: string, report: JobReport): Promise<number>;
  /** The private key of an App, as its owner downloads it: PEM. */
  privateKey(slug: string): string;
  /** For so many milliseconds from now on a token that was just made for an App is refused as unknown. */
  delayTokens(lagMs: number): void;
  /** What somebody does who opens this address of the consent page and consents: where the browser goes next. */
  consent(authorizeUrl: string, login: string): string;
  /** Somebody takes back what was granted to every program. */
  revoke(login: string): void;
  /** Adds an address to which people may be sent after their consent. */
  addCallback(clientId: string, url: string): void;
  sendWebhooksTo(target: WebhookOptions): void;
  /** Delivers an event again, with the same id. */
  redeliver(id: string): void;
  /** Sets or takes away (undefined) the rules of a branch. */
  protect(fullName: string, branch: string, rules: Protection | undefined): void;
  /** Changes how pull requests may be merged. */
  allowMerges(fullName: string, merges: Partial<Merges>): void;
  /** The owner asks for its own sign-on, or no longer. */
  requireSso(owner: string, required: boolean): void;
  /** Adds a repository to an installation of an App that names its repositories, or takes it away. */
  install(slug: string, fullName: string, installed: boolean): void;
  /** Waits until everything followed from what was done: webhooks, jobs, auto-merge. */
  settled(): Promise<void>;
  /** The account's old token is worth nothing from now on. */
  replaceToken(login: string, token: string): void;
}

interface Parts {
  site: Site;
  pages: OAuthPages;
  webhooks: Webhooks;
  consequences: Consequences;
}

export function controls({ site, pages, webhooks, consequences }: Parts): Controls {
  const person = (login: string) => {
    const account = site.accounts.people().find((each) => each.login === login);
    if (account === undefined) throw new Error(`There is no person "${login}" on this GitHub.`);
    return account;
  };
  return {
    cloneUrl: (fullName) => `${site.url}/${site.repositories.named(fullName).fullName}.git`,
    archive: (fullName) => {
      site.repositories.named(fullName).archived = true;
    },
    remove: (fullName) => site.repositories.remove(fullName),
    rename: (fullName, newFullName) => site.repositories.rename(fullName, newFullName),
    grant: (login, pattern, right) => site.accounts.grant(login, pattern, right),
    reportJob: (fullName, report) => reportJob(site, site.repositories.named(fullName), report),
    privateKey: (slug) => site.apps.bySlug(slug).privateKey,
    delayTokens: (lagMs) => {
      site.apps.lagMs = lagMs;
    },
    replaceToken: (login, token) => site.accounts.replaceToken(login, token),
    consent: (authorizeUrl, login) => pages.consent(authorizeUrl, person(login)),
    revoke: (login) => site.apps.people.revoke(person(login)),
    addCallback: (clientId, url) => {
      const client = site.apps.people.byId(clientId);
      if (client === undefined) throw new Error(`No application has the client id "${clientId}".`);
      client.callbackUrls.push(url);
    },
    sendWebhooksTo: (target) => webhooks.sendTo(target),
    redeliver: (id) => webhooks.redeliver(id),
    protect: (fullName, branch, rules) => {
      const { protections } = site.repositories.named(fullName);
      if (rules === undefined) protections.delete(branch);
      else protections.set(branch, rules);
    },
    allowMerges: (fullName, merges) => {
      Object.assign(site.repositories.named(fullName).merges, merges);
    },
    requireSso: (owner, required) => {
      if (required) site.ssoOwners.add(owner);
      else site.ssoOwners.delete(owner);
    },
    install: (slug, fullName, installed) => install(site, slug, fullName, installed),
    settled: async () => {
      await consequences.settled();
      await webhooks.settled();
    },
  };
}

function install(site: Site, slug: string, fullName: string, installed: boolean): void {
  const app = site.apps.bySlug(slug);
  const repository = site.repositories.named(fullName);
  const installation = app.installations.find(({ account }) => account === repository.owner);
  if (installation?.repositories === undefined) {
    throw new Error(`${slug} has no installation of ${repository.owner} that names its repositories.`);
  }
  if (isInstalledOn(installation, repository) === installed) return;
  installation.repositories = installed
    ? [...installation.repositories, repository.name]
    : installation.repositories.filter((name) => name !== repository.name);
  const by = site.accounts.people()[0];
  if (by === undefined) throw new Error("There is no person on this GitHub who could do that.");
  const action = installed ? "added" : "removed";
  const repositories = [repository];
  site.happened({ by, event: "installation_repositories", action, app, installation, repositories });
}
