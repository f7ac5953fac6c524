// What an App may know of its webhook: where it leads, and how each delivery of the last days went.
import type { components } from "@octokit/openapi-types";
import { type Answer, type AppCall, json } from "./answer.ts";
import { GitHubError, notFound } from "./errors.ts";
import { appRoute, type Route } from "./route.ts";
import { isoTime } from "./site.ts";
import type { Delivery } from "./webhooks.ts";

export const hookRoutes: Route[] = [
  appRoute("GET", "/app/hook/config", getConfiguration),
  appRoute("GET", "/app/hook/deliveries", listDeliveries),
  appRoute("GET", "/app/hook/deliveries/:id", getDelivery),
];

/** GitHub forgets older ones. */
const KEPT_MS = 3 * 86_400_000;
const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 100;

/** The secret is never told. What an App without a webhook is answered is not documented; it has no address. */
function getConfiguration({ app, site }: AppCall): Answer {
  const { url = "", contentType = "json", insecureSsl = false } = site.webhookOf(app.slug) ?? {};
  const answer: components["schemas"]["webhook-config"] = {
    content_type: contentType,
    insecure_ssl: insecureSsl ? "1" : "0",
    secret: "********",
    url,
  };
  return json(answer);
}

/** Newest first, and without pages by number: a cursor says from which delivery on. */
function listDeliveries(call: AppCall): Answer {
  const { url, query } = call;
  const kept = keptDeliveries(call);
  const wanted = Number(query.get("per_page") ?? DEFAULT_PER_PAGE);
  const perPage = Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MAX_PER_PAGE) : DEFAULT_PER_PAGE;
  const cursor = query.get("cursor");
  const from = cursor === null ? 0 : kept.findIndex(({ number }) => cursor === `v1_${number}`);
  if (from < 0) throw new GitHubError(400, "Invalid cursor");
  const next = kept[from + perPage];
  const more = new URL(url);
  more.searchParams.set("cursor", `v1_${next?.number}`);
  const headers: Record<string, string> = next ? { link: `<${more.href}>; rel="next"` } : {};
  return { ...json(kept.slice(from, from + perPage).map(itemAnswer)), headers };
}

function getDelivery(call: AppCall): Answer {
  const { id = "" } = call.params;
  if (!/^\d+$/.test(id)) throw new GitHubError(400, "Invalid delivery id");
  const found = keptDeliveries(call).find(({ number }) => String(number) === id);
  if (!found) throw notFound();
  const answer: components["schemas"]["hook-delivery"] = {
    ...itemAnswer(found),
    url: found.url,
    request: found.request,
    response: found.response ?? { headers: null, payload: null },
  };
  return json(answer);
}

function keptDeliveries({ app, site }: AppCall): Delivery[] {
  const all = site.webhookOf(app.slug)?.deliveries ?? [];
  return all.filter(({ at, isOver }) => isOver && site.now() - at < KEPT_MS);
}

function itemAnswer(delivery: Delivery) {
  const { status, isTimedOut } = delivery;
  const isOk = status >= 200 && status < 300;
  // Where nobody answered, GitHub writes the status down that a gateway would have given.
  const unanswered = isTimedOut
    ? { status: "timed out", code: 504 }
    : { status: "failed to connect to host", code: 502 };
  const answered = { status: isOk ? "OK" : `Invalid HTTP Response: ${status}`, code: status };
  const { status: words, code } = status === 0 ? unanswered : answered;
  return {
    id: delivery.number,
    guid: delivery.id,
    delivered_at: isoTime(delivery.at),
    redelivery: delivery.isRedelivery,
    duration: delivery.durationMs / 1_000,
    status: words,
    status_code: code,
    event: delivery.event,
    action: delivery.action ?? null,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  } satisfies components["schemas"]["hook-delivery-item"];
}
