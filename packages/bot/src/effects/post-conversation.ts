// Gives the whole conversation of every run as a file in the thread.
import type { Ask, JobRecord, Run } from "@cody/core/schema.ts";
import { transcript } from "../views/transcript.ts";
import { done, refused, type Told } from "./asks/told.ts";
import type { EffectContext } from "./context.ts";
import { uploadOnce } from "./upload-once.ts";

/** One file a run that has said anything; returns the sentence for who asked. */
export async function postConversation(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  const meant = record.runs.filter(({ number }) => ask.run === undefined || number === ask.run);
  const told = meant.filter((run) => run.turns > 0);
  for (const run of told) {
    const name = `${run.repository.fullName.replace("/", "-")}-conversation.md`;
    const comment = `The conversation about \`${run.repository.fullName}\``;
    const key = `conversation-${ask.id}-${run.number}`;
    await uploadOnce(
      { job: record.job, key, name, comment, read: () => read(run, record, context) },
      context,
    );
  }
  return told.length > 0 ? done("The conversation is in the thread.") : refused("Nothing has been said yet.");
}

async function read(run: Run, { job }: JobRecord, { store }: EffectContext): Promise<Buffer> {
  return Buffer.from(transcript(job, run, await store.work(run.job, run.number).turns(run.round)));
}
