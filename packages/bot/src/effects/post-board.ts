// Puts the board into the channel, once Cody may work there; from then on the job has a thread.
import { Failed, type Failure, MessageGone } from "@cody/core/failure.ts";
import type { Room } from "@cody/core/ports/chat.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { drawBoard } from "../views/board.ts";
import type { EffectContext } from "./context.ts";
import { nowhere, postOnce } from "./post-once.ts";

/** Posts the board, or refuses the job before anything is spent. */
export async function postBoard(record: JobRecord, context: EffectContext): Promise<boolean> {
  const { job } = record;
  const { store, chat } = context;
  const refuse = async (refused: Failure) => {
    await store.jobs.changeJob(job.id, (now) => (now.thread ? undefined : { ...now, refused }));
    return true;
  };
  const refused = await enter(job.channel, context);
  if (refused) return refuse(refused);
  const { text, blocks, plainBlocks } = drawBoard(record);
  const id = { job: job.id, key: "board" };
  const ts = await postOnce(id, { channel: job.channel, text, blocks, plainBlocks }, context);
  if (!ts) return false;
  if (ts === nowhere) return refuse({ kind: "channel-unavailable", detail: "it takes no messages of apps" });
  const drawn = JSON.stringify(blocks);
  await store.posts.record(job.id, "board", { team: job.team, drawn, drawnAt: context.now() });
  await store.jobs.nameThread(job.channel, ts, job.id);
  const thread = { channel: job.channel, ts, link: await chat.linkTo(job.channel, ts) };
  await store.jobs.changeJob(job.id, (now) => ({ ...now, thread }));
  return true;
}

/** Makes sure that Cody can post, upload and read there; what is in the way otherwise. */
async function enter(channel: string, { chat }: EffectContext): Promise<Failure | undefined> {
  const room = await chat.room(channel);
  const why = obstacle(room);
  if (why) return { kind: "channel-unavailable", detail: why };
  if (room.found && room.member) return undefined;
  try {
    await chat.join(channel);
    return undefined;
  } catch (error) {
    if (error instanceof MessageGone || error instanceof Failed) {
      return { kind: "channel-unavailable", detail: "it could not join" };
    }
    throw error;
  }
}

function obstacle(room: Room): string | undefined {
  if (!room.found) return "it is private and Cody is not in it, or it is gone";
  if (room.archived) return "it is archived";
  if (room.shared) return "it is shared with another company";
  if (room.kind === "direct") return "it is a direct message";
  if (room.kind === "private" && !room.member) return "Cody is not in it";
  return undefined;
}
