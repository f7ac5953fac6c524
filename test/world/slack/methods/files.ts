// files.*: announcing, uploading, completing and reading files.
import type { IncomingMessage } from "node:http";
import { appMessage, blocksOf } from "../content.ts";
import type { Context } from "../context.ts";
import type { Channel } from "../contract.ts";
import { announcePosted } from "../events.ts";
import { type HttpAnswer, multipart, plain, readBody } from "../http.ts";
import { type Json, records, text } from "../json.ts";
import { fileObject } from "../payloads.ts";
import { missingArgument, Refusal, requireMember, visibleChannel } from "../refusal.ts";
import type { StoredFile } from "../state.ts";
import { threadOf } from "./chat.ts";

/** Largest snippet; other files are not bounded here. */
const snippetMaxBytes = 1024 * 1024;

export function getUploadURLExternal(context: Context, args: Json): Json {
  const name = text(args.filename);
  if (name === undefined) throw missingArgument("filename");
  const announcedBytes = Number(args.length);
  if (!Number.isInteger(announcedBytes) || announcedBytes <= 0) throw new Refusal("missing_argument");
  if (text(args.snippet_type) && announcedBytes > snippetMaxBytes) throw new Refusal("snippet_too_large");
  const file: StoredFile = {
    id: context.state.id("F"),
    name,
    title: name,
    announcedBytes,
    state: "announced",
    user: context.bot.userId,
    createdAtMs: context.now(),
    shares: [],
  };
  context.state.files.set(file.id, file);
  return { upload_url: `${context.url()}/upload/v1/${file.id}`, file_id: file.id };
}

/** POST to an upload URL: the bytes as they are, or as a part of a form. No token is needed. */
export async function receiveUpload(
  context: Context,
  id: string,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  const body = await readBody(request);
  const file = context.state.files.get(id);
  if (!file || file.state === "complete") return plain(404, "upload ticket not found");
  const bytes = await bytesOf(body, request);
  if (bytes.length !== file.announcedBytes) {
    return plain(400, `expected ${file.announcedBytes} bytes, got ${bytes.length}`);
  }
  file.bytes = bytes;
  file.state = "uploaded";
  return plain(200, `OK - ${bytes.length}`);
}

async function bytesOf(body: Buffer, request: IncomingMessage): Promise<Buffer> {
  if (!request.headers["content-type"]?.startsWith("multipart/form-data")) return body;
  for (const part of (await multipart(body, request)).values()) {
    return typeof part === "string" ? Buffer.from(part) : Buffer.from(await part.arrayBuffer());
  }
  return Buffer.alloc(0);
}

export function completeUploadExternal(context: Context, args: Json): Json {
  const asked = records(args.files);
  if (asked.length === 0) throw missingArgument("files");
  const files = asked.map((one) => ({ ...uploaded(context, one.id), title: text(one.title) }));
  const channel = text(args.channel_id) ? sharedTo(context, args.channel_id) : undefined;
  const threadTs = channel && threadOf(context, channel, args.thread_ts);
  const comment = text(args.initial_comment) ?? "";
  const blocks = comment === "" ? blocksOf(context, args.blocks, true) : undefined;
  for (const { file, title } of files) {
    file.state = "complete";
    file.title = title ?? file.name;
  }
  const done = files.map(({ file }) => file);
  if (channel) {
    const content = { text: comment, blocks, asked: JSON.stringify([comment, args.blocks ?? []]) };
    context.tasks.after(context.limits.fileShareDelayMs, () => {
      const message = appMessage(context, channel.id, content, {
        fileIds: done.map((file) => file.id),
        ...(threadTs ? { threadTs } : {}),
      });
      for (const file of done) file.shares.push({ channel: channel.id, ts: message.ts, threadTs });
      context.state.addMessage(message);
      context.record.heard(message);
      announcePosted(context, message);
    });
  }
  return { files: done.map((file) => fileObject(context, file)) };
}

function uploaded(context: Context, id: unknown): { file: StoredFile } {
  const file = context.state.files.get(String(id));
  if (file?.state !== "uploaded") throw new Refusal("file_not_found");
  return { file };
}

function sharedTo(context: Context, id: unknown): Channel {
  const channel = visibleChannel(context, id);
  requireMember(context, channel);
  if (channel.archived) throw new Refusal("posting_to_channel_denied");
  return channel;
}

export function info(context: Context, args: Json): Json {
  const file = context.state.files.get(text(args.file) ?? "");
  if (file?.state !== "complete") throw new Refusal("file_not_found");
  return { file: fileObject(context, file), comments: [], response_metadata: { next_cursor: "" } };
}

/** The bytes of a file, as a download. */
export function download(context: Context, id: string): HttpAnswer {
  const file = context.state.files.get(id);
  if (file?.state !== "complete" || !file.bytes) return plain(404, "file not found");
  return {
    status: 200,
    headers: {
      "content-type": String(fileObject(context, file).mimetype),
      "content-length": String(file.bytes.length),
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    },
    body: file.bytes,
  };
}
