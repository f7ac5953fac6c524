// A fetch whose answers may not fall silent: a connection that stays open and brings nothing is broken off.

/**
 * Bytes have to come at least every `silentMs()` milliseconds, which is asked for each answer. The API sends pings
 * while the model thinks, so silence means that nothing will come; the SDK itself waits for the first byte alone.
 */
export function impatientFetch(silentMs: () => number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.body) return response;
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(watch(silentMs())), { status, statusText, headers });
  };
}

function watch(silentMs: number): TransformStream<Uint8Array, Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const listen = (controller: TransformStreamDefaultController<Uint8Array>) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      controller.error(new Error(`nothing came for ${Math.round(silentMs / 1_000)} s`));
    }, silentMs).unref();
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    start: listen,
    transform(chunk, controller) {
      listen(controller);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
  });
}
