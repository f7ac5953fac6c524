// Webhooks: each thing that happened is sent once, signed, one after the other, and never again by itself.
import { createHash, createHmac, randomUUID } from "node:crypto";
import type { Happening } from "./happenings.ts";
import type { Site } from "./site.ts";
import { webhookPayload } from "./webhook-payloads.ts";

export interface WebhookOptions {
  url: string;
  secret: string;
  /** The App whose webhook it is: it hears of what it is installed on. Undefined: a webhook of everything. */
  app?: string;
  /** Those that were subscribed to; all of this GitHub's if left out. */
  events?: string[];
  /** How the event is written in the body; `json` if left out. */
  contentType?: "json" | "form";
  /** True: the owner told GitHub not to look at the certificate of the address. */
  insecureSsl?: boolean;
}

export interface Delivery {
  /** Of the event; the same when it is delivered again. */
  id: string;
  event: string;
  action: string | undefined;
  repository: string | undefined;
  /** 0 while it is on its way, and where nobody answered. */
  status: number;
  /** Of this one attempt, unlike the id of the event. */
  number: number;
  app: string | undefined;
  url: string;
  at: number;
  durationMs: number;
  isRedelivery: boolean;
  installationId: number | null;
  repositoryId: number | null;
  request: { headers: Record<string, string>; payload: Record<string, unknown> };
  response: { headers: Record<string, string>; payload: string } | undefined;
  isTimedOut: boolean;
  isOver: boolean;
}

export interface AppWebhook {
  url: string;
  events: readonly string[];
  contentType: "json" | "form";
  insecureSsl: boolean;
  /** Newest first. */
  deliveries: readonly Delivery[];
}

/** Everything here that an App has to choose: of its installations it is told in any case. */
const CHOSEN_EVENTS = [
  "check_run",
  "check_suite",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_review_thread",
  "push",
  "repository",
  "status",
];

/** GitHub waits no longer for an answer. */
const TIMEOUT_MS = 10_000;
const MAX_REMEMBERED = 5_000;

export class Webhooks {
  readonly deliveries: Delivery[] = [];
  readonly #site: Site;
  readonly #sent = new Map<string, { to: WebhookOptions; event: string; body: string }>();
  readonly #closed = new AbortController();
  readonly #failures: unknown[] = [];
  #targets: WebhookOptions[];
  #last: Promise<void> = Promise.resolve();

  constructor(site: Site, targets: WebhookOptions[]) {
    this.#site = site;
    this.#targets = targets;
  }

  /** From now on things are sent there as well; in place of what had the same address, or was the App's: it has one. */
  sendTo(target: WebhookOptions): void {
    const { url, app } = target;
    const others = this.#targets.filter((each) => each.url !== url && (!app || each.app !== app));
    this.#targets = [...others, target];
  }

  /** An App's webhook without its secret, which GitHub tells nobody. */
  ofApp(slug: string): AppWebhook | undefined {
    const found = this.#targets.find(({ app }) => app === slug);
    if (found === undefined) return undefined;
    const { url, events = CHOSEN_EVENTS, contentType = "json", insecureSsl = false } = found;
    const deliveries = this.deliveries.filter(({ app }) => app === slug).reverse();
    return { url, events, contentType, insecureSsl, deliveries };
  }

  /** Sends it to everybody who subscribed. Returns at once. */
  send(happening: Happening): void {
    for (const to of this.#targets) {
      if (to.events !== undefined && !to.events.includes(happening.event)) continue;
      this.#queue(async () => {
        const payload = await webhookPayload(this.#site, happening, to.app);
        if (payload === undefined) return;
        const body = JSON.stringify(payload);
        const id = randomUUID();
        this.#sent.set(id, { to, event: happening.event, body });
        await this.#deliver(id);
      });
    }
  }

  /** Sends the same event again, as its owner may ask for on a page of GitHub's. */
  redeliver(id: string): void {
    if (!this.#sent.has(id)) throw new Error(`There was no delivery ${id}.`);
    this.#queue(() => this.#deliver(id));
  }

  /** Waits until everything that happened so far was sent. Throws where something could not even be put together. */
  async settled(): Promise<void> {
    for (let last = this.#last; ; last = this.#last) {
      await last;
      if (last !== this.#last) continue;
      if (this.#failures.length > 0) throw this.#failures[0];
      return;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
  }

  #queue(work: () => Promise<void>): void {
    this.#last = this.#last
      .then(() => (this.#closed.signal.aborted ? undefined : work()))
      .catch((error: unknown) => void this.#failures.push(error));
  }

  async #deliver(id: string): Promise<void> {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    const { to, event, body: json } = sent;
    const payload = JSON.parse(json);
    const { action, repository, installation } = payload;
    const isForm = to.contentType === "form";
    const body = isForm ? new URLSearchParams({ payload: json }).toString() : json;
    const signature = (name: string) => createHmac(name, to.secret).update(body).digest("hex");
    const headers = {
      "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json",
      "user-agent": `GitHub-Hookshot/${createHash("sha256").update(to.url).digest("hex").slice(0, 7)}`,
      "x-github-delivery": id,
      "x-github-event": event,
      "x-github-hook-id": "1",
      "x-github-hook-installation-target-id": to.app === undefined ? "1" : String(this.#appId(to.app)),
      "x-github-hook-installation-target-type": to.app === undefined ? "repository" : "integration",
      "x-hub-signature": `sha1=${signature("sha1")}`,
      "x-hub-signature-256": `sha256=${signature("sha256")}`,
    };
    const delivery: Delivery = {
      id,
      event,
      action,
      repository: repository?.full_name,
      status: 0,
      number: this.#site.nextId(),
      app: to.app,
      url: to.url,
      at: this.#site.now(),
      durationMs: 0,
      isRedelivery: this.deliveries.some((each) => each.id === id),
      installationId: installation?.id ?? null,
      repositoryId: repository?.id ?? null,
      request: { headers, payload },
      response: undefined,
      isTimedOut: false,
      isOver: false,
    };
    this.deliveries.push(delivery);
    if (this.deliveries.length > MAX_REMEMBERED) this.deliveries.shift();
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = AbortSignal.any([this.#closed.signal, timeout]);
    try {
      const response = await fetch(to.url, { method: "POST", headers, body, redirect: "manual", signal });
      delivery.status = response.status;
      const answer = { headers: Object.fromEntries(response.headers), payload: await response.text() };
      delivery.response = answer;
    } catch {
      // Nobody answered. GitHub notes that, and leaves it at that.
      delivery.isTimedOut = timeout.aborted;
    } finally {
      delivery.durationMs = this.#site.now() - delivery.at;
      delivery.isOver = true;
    }
  }

  #appId(slug: string): number {
    return this.#site.apps.bySlug(slug).id;
  }
}
