// The doctor's means, by the real services.
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { checkClient } from "@cody/core/adapters/github-linking.ts";
import { readAccount, readApp } from "@cody/core/adapters/github-self.ts";
import { tableFaults } from "@cody/core/adapters/table/standing.ts";
import { makeLog } from "@cody/core/log.ts";
import type { Environment, Means } from "../doctor/means.ts";
import { definitionStanding, queueStanding } from "./batch-standing.ts";
import { claudeModel } from "./claude-model.ts";
import { storedImage } from "./ecr-image.ts";
import { readHealth } from "./health-page.ts";
import { slackChallenge } from "./slack-challenge.ts";
import { slackManifest, slackSelf } from "./slack-self.ts";

/** AWS's region, credentials and addresses come from the AWS clients' own settings. */
export function doctorMeans(env: Environment, isDeployed: boolean): Means {
  // What goes wrong is a finding; nobody reads a log here.
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: Date.now });
  return {
    env,
    isDeployed,
    now: Date.now,
    slackSelf,
    slackManifest,
    gitHubApp: readApp,
    gitHubAccount: readAccount,
    gitHubClient: checkClient,
    repositories: (apiUrl, identity) => makeGitHub({ identity, apiUrl, log }).repositories(),
    claudeModel,
    tableFaults,
    queue: queueStanding,
    definition: definitionStanding,
    slackChallenge,
    storedImage,
    health: readHealth,
  };
}
