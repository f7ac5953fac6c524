// Shares one file in a thread once. Files carry no key of ours, so the file's id is recorded before it is shown.
import { setTimeout as sleep } from "node:timers/promises";
import { MessageGone } from "@cody/core/failure.ts";
import type { Job, Post } from "@cody/core/schema.ts";
import type { EffectContext } from "./context.ts";
import { sending } from "./post-once.ts";

/** A file that has not appeared after three seconds is waited for no longer. */
const maxLooks = 10;
const lookEveryMs = 300;

export interface ThreadFile {
  job: Job;
  key: string;
  name: string;
  comment: string;
  /** The bytes; undefined where there are none any more. */
  read: () => Promise<Buffer | undefined>;
}

/**
 * Uploads, records the file's id, shares, records that. Whoever takes over a lost claim asks Slack whether the
 * recorded file was shared, so that it never appears twice. False where somebody else is at it.
 */
export async function uploadOnce(file: ThreadFile, context: EffectContext): Promise<boolean> {
  const id = { job: file.job.id, key: file.key };
  const claim = await context.store.posts.claim(id.job, id.key, context.now());
  if (claim.type === "taken") return false;
  await sending(id, context, async () => {
    await share(file, claim.post, context);
    return "shared";
  });
  return true;
}

async function share(
  file: ThreadFile,
  { file: uploaded }: Post,
  { store, chat }: EffectContext,
): Promise<void> {
  const { job, key, name, comment } = file;
  if (!job.thread) throw new MessageGone("the job has no thread");
  const { channel, ts: threadTs } = job.thread;
  if (uploaded && (await chat.sharedIn(uploaded, channel))) return;
  let id = uploaded;
  if (!id) {
    const bytes = await file.read();
    if (!bytes) throw new MessageGone("its bytes are no longer kept");
    id = await chat.upload(name, bytes);
    await store.posts.record(job.id, key, { file: id });
  }
  await chat.share({ id, title: name, comment }, { channel, threadTs });
  // Slack shows a file a moment later; what is said next should stand below it.
  for (let look = 0; look < maxLooks && !(await chat.sharedIn(id, channel)); look += 1)
    await sleep(lookEveryMs);
}
