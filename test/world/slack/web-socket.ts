// The server's side of one WebSocket, as RFC 6455 has it: text in whole frames, pings, and a clean end.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface WebSocketServer {
  send(text: string): void;
  /** Asks the other side to end, and ends at once where it is gone. */
  close(): void;
}

export interface WebSocketEvents {
  onText(text: string): void;
  onClose(): void;
}

/** Of the protocol: what both sides hash to show that they speak it. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** More than any acknowledgement. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** Takes an upgrade request over. Undefined, and the connection refused, where it asks for no WebSocket. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  events: WebSocketEvents,
): WebSocketServer | undefined {
  const key = request.headers["sec-websocket-key"];
  if (!key || request.headers["sec-websocket-version"] !== "13") {
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    return undefined;
  }
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );
  let waiting = Buffer.alloc(0);
  let isClosing = false;
  const write = (opcode: number, payload: Buffer) => {
    if (socket.writable) socket.write(framed(opcode, payload));
  };
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let frame = firstFrame(waiting); frame; frame = firstFrame(waiting)) {
      if (frame === "wrong") return void socket.destroy();
      waiting = waiting.subarray(frame.bytes);
      if (frame.opcode === TEXT) events.onText(frame.payload.toString("utf8"));
      if (frame.opcode === PING) write(PONG, frame.payload);
      if (frame.opcode === CLOSE) {
        if (!isClosing) write(CLOSE, frame.payload);
        socket.end();
      }
    }
  });
  // A connection that breaks is one that ended.
  socket.on("error", () => socket.destroy());
  socket.on("close", () => events.onClose());
  return {
    send: (text) => write(TEXT, Buffer.from(text)),
    close() {
      isClosing = true;
      write(CLOSE, Buffer.from([1000 >> 8, 1000 & 0xff]));
      socket.end();
    },
  };
}

interface Frame {
  opcode: number;
  payload: Buffer;
  /** Of the frame as a whole. */
  bytes: number;
}

/** The first whole frame; undefined where more has to come, `wrong` where a client may not send such a thing. */
function firstFrame(data: Buffer): Frame | "wrong" | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  // Clients mask everything, and send nothing in pieces that fits into one.
  if ((first & 0x80) === 0 || (second & 0x80) === 0) return "wrong";
  const short = second & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < head + 4) return undefined;
  const length = head === 2 ? short : head === 4 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
  if (length > MAX_FRAME_BYTES) return "wrong";
  const bytes = head + 4 + length;
  if (data.length < bytes) return undefined;
  const mask = data.subarray(head, head + 4);
  const payload = Buffer.from(data.subarray(head + 4, bytes).map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
  return { opcode: first & 0x0f, payload, bytes };
}

function framed(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
