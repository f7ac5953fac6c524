// A Messages API that answers at once whatever it is sent: a call of read_file. In a process of its own, so that its time is not Cody's.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

let answers = 0;

/** The prompt's size is told by its bytes, so that the loop does what it does with a real one. */
function eventsOf(bodyBytes: number): object[] {
  answers += 1;
  const usage = {
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: Math.round(bodyBytes / 4),
    output_tokens: 60,
  };
  const message = {
    id: `msg_${answers}`,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  const call = { type: "tool_use", id: `toolu_${answers}`, name: "read_file", input: {} };
  const input = JSON.stringify({ path: `src/part-${answers}.ts` });
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: call },
    { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: input } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

const server = createServer((request, response) => {
  const from = performance.now();
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(
      eventsOf(bytes)
        .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join(""),
    );
    // For whoever measures: how long it had this request.
    process.stdout.write(`${performance.now() - from}\n`);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// Ends with whoever started it.
process.stdin.resume().on("end", () => process.exit(0));
