// Slack's Web API in Cody's words.

import { AnswerLost, MessageGone, RateLimited } from "@cody/core/failure.ts";
import type { Chat, ChatMessage, Member, Room } from "@cody/core/ports/chat.ts";
import {
  type UsersInfoResponse,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from "@slack/web-api";

/** The type of the metadata that every message of Cody's carries, by which a lost one is found again. */
const metadataType = "cody_message";
/** A lost message is among the newest of its thread; older than these pages nobody looks. */
const findPages = 5;
/** Who somebody is changes seldom; who was deactivated is refused after this long at the latest. */
const memberFreshMs = 60_000;
/** People that one process remembers at once. */
const maxMembersKept = 1_000;

/** Errors after which a message can never be edited again. */
const gone = new Set([
  "message_not_found",
  "channel_not_found",
  "cant_update_message",
  "edit_window_closed",
  "is_archived",
  "is_inactive",
  "not_in_channel",
  "restricted_action",
  "thread_not_found",
  "user_disabled",
  "user_not_in_channel",
]);

/** Errors that say that there is nobody of that id, or nobody whom Cody may see. */
const nobody = new Set(["user_not_found", "user_not_visible"]);

/** Slack through a client that already holds token, address and timeouts. */
export function makeSlackChat(client: WebClient, now: () => number = Date.now): Chat {
  const members = new Map<string, { member: Member; readAt: number }>();
  let ownTeam: string | undefined;

  const directChannel: Chat["directChannel"] = async (user) => {
    const { channel } = await told(client.conversations.open({ users: user }));
    return channel?.id ?? missing("channel");
  };

  return {
    async post({ channel, threadTs, text, blocks, plainBlocks }, { job, key }) {
      const send = (shown: readonly object[]) =>
        client.chat.postMessage({
          channel,
          thread_ts: threadTs,
          text,
          blocks: [...shown] as never,
          metadata: { event_type: metadataType, event_payload: { job, key } },
          unfurl_links: false,
          unfurl_media: false,
        });
      const { ts } = await told(withPlainBlocks(send, blocks, plainBlocks));
      return ts ?? missing("ts");
    },

    async find({ channel, threadTs }, { job, key }) {
      let cursor: string | undefined;
      for (let page = 0; page < findPages; page += 1) {
        const options = { channel, limit: 200, include_all_metadata: true, cursor };
        const answer = await told(
          threadTs
            ? client.conversations.replies({ ...options, ts: threadTs })
            : client.conversations.history(options),
        );
        const found = answer.messages?.find(({ metadata }) => {
          const payload = metadata?.event_payload as { job?: string; key?: string } | undefined;
          return metadata?.event_type === metadataType && payload?.job === job && payload.key === key;
        });
        if (found) return found.ts;
        cursor = answer.response_metadata?.next_cursor || undefined;
        if (!cursor) return undefined;
      }
      return undefined;
    },

    async edit({ channel, ts, text, blocks, plainBlocks }) {
      const send = (shown: readonly object[]) =>
        client.chat.update({ channel, ts, text, blocks: [...shown] as never });
      await told(withPlainBlocks(send, blocks, plainBlocks));
    },

    async linkTo(channel, ts) {
      const { permalink } = await told(client.chat.getPermalink({ channel, message_ts: ts }));
      return permalink ?? missing("permalink");
    },

    async upload(name, bytes) {
      const ticket = await told(client.files.getUploadURLExternal({ filename: name, length: bytes.length }));
      const url = ticket.upload_url ?? missing("upload_url");
      const sent = await fetch(url, { method: "POST", body: new Uint8Array(bytes) });
      if (!sent.ok) throw new Error(`Slack did not take the file: HTTP ${sent.status}`);
      return ticket.file_id ?? missing("file_id");
    },

    async share({ id, title, comment }, { channel, threadTs }) {
      await told(
        client.files.completeUploadExternal({
          files: [{ id, title }],
          channel_id: channel,
          thread_ts: threadTs,
          initial_comment: comment,
        }),
      );
    },

    async sharedIn(file, channel) {
      try {
        const { file: known } = await client.files.info({ file });
        const shares = { ...known?.shares?.public, ...known?.shares?.private }[channel];
        return shares?.[0]?.ts;
      } catch (error) {
        // An upload that was never completed is not a file yet.
        if (errorOf(error) === "file_not_found") return undefined;
        throw translated(error);
      }
    },

    async room(channel): Promise<Room> {
      try {
        const { channel: known } = await client.conversations.info({ channel });
        const direct = known?.is_im === true || known?.is_mpim === true;
        return {
          found: true,
          kind: direct ? "direct" : known?.is_private === true ? "private" : "public",
          member: known?.is_member === true,
          archived: known?.is_archived === true,
          shared: known?.is_ext_shared === true || known?.is_pending_ext_shared === true,
        };
      } catch (error) {
        if (errorOf(error) === "channel_not_found") return { found: false };
        throw translated(error);
      }
    },

    async join(channel) {
      await told(client.conversations.join({ channel }));
    },

    directChannel,

    async answer(responseUrl, text, blocks) {
      const sent = await fetch(responseUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text, blocks, response_type: "ephemeral", replace_original: false }),
      });
      if (sent.status >= 500) throw new Error(`Slack did not take the answer: HTTP ${sent.status}`);
      return sent.ok;
    },

    async team() {
      // A token is of one team for ever.
      ownTeam ??= (await told(client.auth.test())).team_id ?? missing("team_id");
      return ownTeam;
    },

    async teamName() {
      const { team } = await told(client.auth.test());
      return team ?? missing("team");
    },

    async member(user) {
      const known = members.get(user);
      if (known && now() - known.readAt < memberFreshMs) return known.member;
      try {
        const { user: found } = await client.users.info({ user });
        const member = memberOf(found ?? missing("user"));
        if (members.size >= maxMembersKept) members.clear();
        members.set(user, { member, readAt: now() });
        return member;
      } catch (error) {
        if (nobody.has(errorOf(error) ?? "")) return undefined;
        throw translated(error);
      }
    },

    async publishHome(user, view) {
      await told(client.views.publish({ user_id: user, view: view as never }));
    },

    async whisper({ channel, threadTs, user }, text, blocks) {
      const shown = blocks ? { blocks: [...blocks] as never } : {};
      await told(client.chat.postEphemeral({ channel, user, thread_ts: threadTs, text, ...shown }));
    },

    async tell(user, text) {
      const channel = await directChannel(user);
      const { ts } = await told(
        client.chat.postMessage({ channel, text, unfurl_links: false, unfurl_media: false }),
      );
      return ts ?? missing("ts");
    },
  };
}

type SlackUser = NonNullable<UsersInfoResponse["user"]>;

/** Slack leaves most of it out of somebody who is deactivated. */
function memberOf(user: SlackUser): Member {
  const { enterprise_user: enterprise } = user;
  return {
    name: nameOf(user),
    teams: [user.team_id ?? missing("team_id"), ...(enterprise?.teams ?? [])],
    isStranger: user.is_stranger === true,
    isGuest: user.is_restricted === true || user.is_ultra_restricted === true,
    isDeactivated: user.deleted === true,
    isBot: user.is_bot === true || user.is_workflow_bot === true || user.is_connector_bot === true,
    isAdmin: user.is_admin === true || user.is_owner === true,
  };
}

/** Both names: either may be anything that the person likes. */
function nameOf({ profile, real_name, name }: SlackUser): string {
  const full = profile?.real_name || real_name || name || missing("name");
  const shown = profile?.display_name || name;
  return shown && shown !== full ? `${full} (@${shown})` : full;
}

/** Newer blocks are refused as `invalid_blocks` where a workspace does not know them. */
async function withPlainBlocks<T>(
  send: (blocks: readonly object[]) => Promise<T>,
  blocks: ChatMessage["blocks"],
  plainBlocks: ChatMessage["plainBlocks"],
): Promise<T> {
  try {
    return await send(blocks);
  } catch (error) {
    if (plainBlocks && errorOf(error) === "invalid_blocks") return send(plainBlocks);
    throw error;
  }
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof WebAPIRequestError) return new AnswerLost(error);
  if (error instanceof WebAPIRateLimitedError) return new RateLimited(error.retryAfter * 1000);
  const reason = errorOf(error);
  return reason && gone.has(reason) ? new MessageGone(reason) : error;
}

function errorOf(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

function missing(field: string): never {
  throw new Error(`Slack's answer has no ${field}`);
}
