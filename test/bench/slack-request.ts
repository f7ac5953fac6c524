// Requests as Slack sends them to the app, signed, as a function URL hands them to a Lambda.
import { createHmac } from "node:crypto";

export const signingSecret = "bench-signing-secret";

export interface FunctionUrlEvent {
  version: "2.0";
  routeKey: "$default";
  rawPath: string;
  rawQueryString: string;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: false;
  requestContext: { http: { method: "POST"; path: string } };
}

/** A signed request with these form fields. */
function slackRequest(fields: Record<string, string>): FunctionUrlEvent {
  const body = new URLSearchParams(fields).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/slack/events",
    rawQueryString: "",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${digest}`,
    },
    body,
    isBase64Encoded: false,
    requestContext: { http: { method: "POST", path: "/slack/events" } },
  };
}

/** `/cody` with nothing behind it. */
export function slashCommand(): FunctionUrlEvent {
  return slackRequest({
    command: "/cody",
    text: "",
    team_id: "T1",
    user_id: "U1",
    channel_id: "C1",
    trigger_id: "1.2.3",
    response_url: "http://127.0.0.1:1/nowhere",
    api_app_id: "A1",
    is_enterprise_install: "false",
  });
}

const common = { team: { id: "T1" }, user: { id: "U1", team_id: "T1" }, api_app_id: "A1", token: "x" };

/** Typing into the select of repositories. */
export function optionsQuery(typed: string): FunctionUrlEvent {
  const view = { id: "V1", type: "modal", callback_id: "job-form", blocks: [], state: { values: {} } };
  const payload = {
    ...common,
    type: "block_suggestion",
    action_id: "repositories",
    block_id: "repositories",
    value: typed,
    view,
    container: { type: "view", view_id: "V1" },
  };
  return slackRequest({ payload: JSON.stringify(payload) });
}

/** The filled form. Every view id is a new job. */
export function formSubmission(viewId: string, repositoryId: string): FunctionUrlEvent {
  const chosen = (value: string) => ({
    selected_option: { value, text: { type: "plain_text", text: value } },
  });
  const values = {
    repositories: { repositories: { selected_options: [{ value: repositoryId }] } },
    prompt: { prompt: { value: "Upgrade Log4j past CVE-2021-44228" } },
    name: { name: { value: null } },
    kind: { kind: chosen("upgrade") },
    deliver: { deliver: chosen("pull-request") },
    model: { model: chosen("claude-sonnet-5-5") },
    effort: { effort: { selected_option: null } },
    base: { base: { value: null } },
    channel: { channel: { selected_conversation: "C1" } },
  };
  const view = { id: viewId, type: "modal", callback_id: "job-form", blocks: [], state: { values } };
  const payload = { ...common, type: "view_submission", trigger_id: "1.2.3", view };
  return slackRequest({ payload: JSON.stringify(payload) });
}
