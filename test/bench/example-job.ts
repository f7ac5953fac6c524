// The job whose runs are measured.
import { idFrom } from "@cody/core/ids.ts";
import type { Job, Repository } from "@cody/core/schema.ts";

export const repository: Repository = {
  id: 4711,
  fullName: "acme/shop-service",
  defaultBranch: "main",
  private: true,
  archived: false,
  mayPush: true,
};

/** A job of one repository; each name makes another one. */
export function exampleJob(name: string): Job {
  return {
    id: idFrom("view", `${name}-${process.pid}`),
    team: "T1",
    requester: "U1",
    channel: "C1",
    name: "Raise the VAT",
    prompt: "The VAT is 20 now.",
    kind: "anything",
    deliver: "pull-request",
    model: "claude-sonnet-5-5",
    effort: "high",
    repositories: [repository],
    budgetUsd: 3,
    createdAt: Date.now(),
    thread: { channel: "C1", ts: "1.0", link: "https://acme.slack.com/archives/C1/p1" },
  };
}
