// Which route answers a request of the function URL. Whatever arrives, it is answered; nothing is thrown.
import type { Log } from "@cody/core/log.ts";
import { plainAnswer, readRequest, type WebAnswer, type WebRequest } from "./http.ts";

/** `event` is what Lambda was called with, for whoever needs it as it came. */
export type Route = (request: WebRequest, event: unknown) => Promise<WebAnswer> | WebAnswer;

/** Routes by their method and path: `GET /health`. */
export type Routes = Readonly<Record<string, Route>>;

export function makeRouter(routes: Routes, log: Log): (event: unknown) => Promise<WebAnswer> {
  const byName = new Map(Object.entries(routes));
  const paths = new Map<string, string[]>();
  for (const name of byName.keys()) {
    const [method = "", path = ""] = name.split(" ");
    paths.set(path, [...(paths.get(path) ?? []), method]);
  }
  return async (event) => {
    const request = readRequest(event);
    if (!request) return plainAnswer(400, "This is no request that Cody understands.");
    const { method, path } = request;
    const route = byName.get(`${method} ${path}`);
    const methods = paths.get(path);
    if (!route && !methods) return plainAnswer(404, "There is nothing at this address.");
    if (!route) {
      const answer = plainAnswer(405, `This address takes ${methods?.join(" and ")} requests.`);
      return { ...answer, headers: { ...answer.headers, allow: methods?.join(", ") ?? "" } };
    }
    try {
      return await route(request, event);
    } catch (error) {
      // The path alone: a query holds what must not be kept.
      log.error("a request could not be answered", { method, path, error });
      return plainAnswer(500, "Cody could not do that just now. Try again in a minute.");
    }
  };
}
