// The replies that follow from how a pull request stands, each sent once.
import type { Effect } from "@cody/core/due.ts";
import type { Job } from "@cody/core/schema.ts";
import {
  checksReply,
  headReply,
  outdatedReply,
  pullEndedReply,
  reviewReply,
} from "../views/pull-request-replies.ts";
import type { Reply } from "../views/result.ts";
import type { EffectContext } from "./context.ts";
import { reply } from "./post-replies.ts";

type Told = Extract<
  Effect,
  { type: "post-checks" | "post-review" | "post-head" | "post-outdated" | "post-pull-ended" }
>;

export function postAboutPullRequest(effect: Told, job: Job, context: EffectContext): Promise<boolean> {
  return reply(job, effect.key, replyOf(effect, job), context);
}

function replyOf({ type, run }: Told, job: Job): Reply {
  switch (type) {
    case "post-checks":
      return checksReply(run, job);
    case "post-review":
      return reviewReply(run);
    case "post-head":
      return headReply(run);
    case "post-outdated":
      return outdatedReply(run);
    case "post-pull-ended":
      return pullEndedReply(run);
  }
}
