// The far ends of the measurements: a table on this machine, and a Slack that answers everything at once.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { secretReference } from "@cody/core/adapters/secrets.ts";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { clientEnvironment } from "../world/aws/client-settings.ts";
import { startDynamoDB } from "../world/aws/dynamodb.ts";
import { startParameterStore } from "../world/aws/parameter-store.ts";
import { createTable } from "../world/aws/table.ts";
import { signingSecret } from "./slack-request.ts";

export interface FarEnds {
  /** The environment in which the measured programs run. */
  env: Record<string, string>;
  /** What is different in it on Lambda: secrets are in the Parameter Store, and only named. */
  deployedEnv: Record<string, string>;
  close(): Promise<void>;
}

/** How many repositories the type-ahead searches: a large organisation. */
const repositories = 1_000;

export async function startFarEnds(): Promise<FarEnds> {
  const dynamo = await startDynamoDB();
  await createTable(dynamo.endpoint, "cody");
  const slack = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      const user = { id: "U1", team_id: "T1", name: "ann" };
      const channel = { id: "C1", is_member: true };
      response.end(JSON.stringify({ ok: true, view: { id: "V1" }, channel, user, team_id: "T1" }));
    });
  });
  slack.listen(0, "127.0.0.1");
  await once(slack, "listening");
  const secrets = { SLACK_BOT_TOKEN: "xoxb-bench", SLACK_SIGNING_SECRET: signingSecret };
  const parameters = await startParameterStore(
    Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`/cody/${name}`, [value]])),
  );
  const references = Object.keys(secrets).map((name) => [name, secretReference(`/cody/${name}`, 1)]);
  const env = {
    ...clientEnvironment,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    CODY_TABLE: "cody",
    ...secrets,
    SLACK_API_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`,
    ALLOWED_REPOS: "acme/*",
    BATCH_QUEUE: "runs",
    LOG_LEVEL: "error",
  };
  Object.assign(process.env, env);
  await openStore("cody").teams.saveCatalogue("T1", {
    repositories: Array.from({ length: repositories }, (_, index) => ({
      id: index + 1,
      fullName: `acme/service-${index + 1}`,
      defaultBranch: "main",
      private: true,
      archived: false,
      mayPush: true,
    })),
    readAt: Date.now(),
  });
  return {
    env,
    deployedEnv: { AWS_ENDPOINT_URL_SSM: parameters.endpoint, ...Object.fromEntries(references) },
    async close() {
      await parameters.close();
      slack.closeAllConnections();
      slack.close();
      await dynamo.close();
    },
  };
}
