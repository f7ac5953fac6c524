// The bytes of a request: each message is written as JSON once, however often the conversation is sent.
import { AsyncLocalStorage } from "node:async_hooks";
import type { MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages";

type Bytes = Buffer<ArrayBuffer>;

/**
 * Writing all of a long conversation anew is most of what a turn would cost on this side. The SDK is given the request
 * without its messages, which is what it looks at, and its `fetch` sends the whole.
 */
export class RequestBytes {
  readonly #written = new WeakMap<object, Bytes>();
  readonly #sending = new AsyncLocalStorage<Bytes>();

  /** A fetch that sends the whole where `sending` is under way. */
  fetch(inner: typeof fetch): typeof fetch {
    return (input, init) => {
      const body = this.#sending.getStore();
      return inner(input, body && init?.body ? { ...init, body } : init);
    };
  }

  /** Has `send` send this request, streamed or not; what `send` hands to the SDK holds no message. */
  sending<Result>(
    body: MessageCreateParamsNonStreaming,
    stream: boolean,
    send: (stub: MessageCreateParamsNonStreaming) => Result,
  ): Result {
    return this.#sending.run(this.#bytesOf(body, stream), () => send({ ...body, messages: [] }));
  }

  #bytesOf({ messages, ...rest }: MessageCreateParamsNonStreaming, stream: boolean): Bytes {
    const head = JSON.stringify({ ...rest, ...(stream ? { stream } : {}) });
    const parts = [Buffer.from(`${head.slice(0, -1)},"messages":[`)];
    for (const [index, message] of messages.entries()) {
      if (index > 0) parts.push(comma);
      parts.push(this.#messageBytes(message));
    }
    parts.push(end);
    return Buffer.concat(parts);
  }

  #messageBytes(message: object): Bytes {
    const known = this.#written.get(message);
    if (known) return known;
    const bytes = Buffer.from(JSON.stringify(message));
    this.#written.set(message, bytes);
    return bytes;
  }
}

const comma = Buffer.from(",");
const end = Buffer.from("]}");
