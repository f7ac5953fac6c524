// The page's side of the contract: one typed call, one stream of changes.
import type { PageAnswers, PageEvent, PageRequests } from "../slack/contract.ts";

/**
 * Asks the workspace server.
 * @throws an Error with a sentence for the person when the server cannot be reached or refuses.
 */
export async function call<Name extends keyof PageRequests>(
  name: Name,
  request: PageRequests[Name],
): Promise<PageAnswers[Name]> {
  const response = await fetch(`/ui/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  }).catch((cause: unknown) => {
    throw new Error("The workspace server does not answer. Is it still running?", { cause });
  });
  if (!response.ok) {
    throw new Error(
      `The workspace server answered ${response.status} to ${name}: ${(await response.text()).slice(0, 300)}`,
    );
  }
  return (await response.json()) as PageAnswers[Name];
}

/** Listens to the changes one person sees; the browser connects again by itself. Returns how to stop. */
export function listen(user: string, on: { change(): void; connected(yes: boolean): void }): () => void {
  const source = new EventSource(`/ui/events?user=${encodeURIComponent(user)}`);
  source.onopen = () => on.connected(true);
  source.onerror = () => on.connected(false);
  source.onmessage = (message: MessageEvent<string>) => {
    if ((JSON.parse(message.data) as PageEvent).changed) on.change();
  };
  return () => source.close();
}
