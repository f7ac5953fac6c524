// Whether a service of the outside answers at all, asked without a key.

/**
 * Throws where there is no answer, or one that says that the service is down. Without a key most services answer 401,
 * which says that they are there as well as 200 does.
 */
export async function reach(url: string, signal: AbortSignal): Promise<void> {
  const { status, body } = await fetch(url, {
    headers: { "user-agent": "cody" },
    redirect: "manual",
    signal,
  });
  await body?.cancel();
  if (status >= 500) throw new Error(`HTTP ${status}`);
}
