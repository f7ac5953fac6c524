// What the background programs share: configuration, log, and the clients of the outside, made once a process.
import { makeActAs } from "@cody/core/act-as.ts";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { makeLinking } from "@cody/core/adapters/github-linking.ts";
import { makePersonalCodeHost } from "@cody/core/adapters/github-person.ts";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { accessRule, type ConfigOf, githubIdentity, linkSettings } from "@cody/core/config.ts";
import type { Log } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { People } from "@cody/core/ports/store.ts";
import { WebClient } from "@slack/web-api";
import { makeBatchQueue } from "./adapters/batch-queue.ts";
import { slackLogger } from "./adapters/slack-logger.ts";
import { makeSlackChat } from "./adapters/slack-web.ts";
import type { EffectContext } from "./effects/context.ts";
import { beginLink } from "./stories/link-account.ts";

/** A call that takes longer than this is lost; whoever waits for it looks again. */
const slackTimeoutMs = 10_000;

/** Slack for programs that nobody waits for. A rate limit is told and not slept through. */
export function slackChat(config: { SLACK_BOT_TOKEN: string; SLACK_API_URL: string }, log: Log): Chat {
  const client = new WebClient(config.SLACK_BOT_TOKEN, {
    slackApiUrl: config.SLACK_API_URL,
    // A retry after a lost answer would post twice; a claim that was left open is looked up instead.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: slackTimeoutMs,
    logger: slackLogger(log),
  });
  return makeSlackChat(client);
}

/** Everything that effects need, from the configuration of a program that runs them. */
export function effectContext(config: ConfigOf<"effects">, log: Log): EffectContext {
  const store = openStore(config.CODY_TABLE);
  return {
    store,
    chat: slackChat(config, log),
    github: makeGitHub({ identity: githubIdentity(config), apiUrl: config.GITHUB_API_URL, log }),
    queue: makeBatchQueue({
      queue: config.BATCH_QUEUE,
      jobDefinition: config.BATCH_JOB_DEFINITION,
      jobDefinitions: config.BATCH_JOB_DEFINITIONS,
    }),
    allowed: config.ALLOWED_REPOS,
    maxRuns: config.MAX_RUNS,
    access: accessRule(config),
    mixesVisibility: config.MIX_PUBLIC_AND_PRIVATE,
    twoPerson: config.TWO_PERSON,
    linked: linkedPeople(config, store.people, log),
    now: Date.now,
    log,
  };
}

/** How people link their accounts, and how Cody acts as one of them, where that is set up. */
function linkedPeople(config: ConfigOf<"effects">, people: People, log: Log): EffectContext["linked"] {
  const link = linkSettings(config);
  if (!link) return undefined;
  const { clientId, clientSecret, keys } = link;
  const publicUrl = config.PUBLIC_URL ?? "";
  const linking = makeLinking({ clientId, clientSecret, webUrl: config.GITHUB_URL, log });
  const host = (accessToken: string) =>
    makePersonalCodeHost(accessToken, { apiUrl: config.GITHUB_API_URL, log });
  return {
    actAs: makeActAs({ people, linking, keys, host, now: Date.now }),
    linkUrl: (team, user) => beginLink({ people, publicUrl, now: Date.now }, { team, user }),
  };
}
