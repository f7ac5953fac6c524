// A workspace with an app on real Bolt, and a form to fill, for the tests of this folder.
import type { App } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import { onTestFinished } from "vitest";
import { type BoltApp, startBoltApp } from "./bolt-app.ts";
import type { WorkspaceState } from "./contract.ts";
import type { Json } from "./json.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "./workspace.ts";

export const token = "xoxb-test";
export const signingSecret = "the secret of the app";

/** Starts a workspace and an app with these listeners; both end with the test. */
export async function start(
  listen: (app: App) => void,
  more: Partial<WorkspaceOptions> = {},
): Promise<Workspace> {
  let app: BoltApp | undefined;
  const workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token },
    signingSecret,
    requestUrl: () => app?.url ?? "http://127.0.0.1:9/",
    people: [
      { id: "UANN", name: "ann", realName: "Ann Example" },
      { id: "UBEN", name: "ben", realName: "Ben Example" },
    ],
    channels: [
      { id: "CIN", name: "in", kind: "public", members: ["UANN", "UBEN", "UBOT"] },
      { id: "COUT", name: "out", kind: "public", members: ["UANN"] },
      { id: "CPRIVATE", name: "private", kind: "private", members: ["UANN"] },
    ],
    ...more,
  });
  app = await startBoltApp({ signingSecret, token, apiUrl: workspace.apiUrl, listen });
  onTestFinished(async () => {
    await app?.close();
    await workspace.close();
  });
  return workspace;
}

export const plain = (text: string) => ({ type: "plain_text" as const, text });
export const option = (value: string) => ({ text: plain(value), value });

export const form: ModalView = {
  type: "modal",
  callback_id: "run",
  title: plain("Run Cody"),
  submit: plain("Run"),
  notify_on_close: true,
  blocks: [
    {
      type: "input",
      block_id: "repositories",
      label: plain("Repositories"),
      element: {
        type: "multi_external_select",
        action_id: "pick",
        min_query_length: 0,
        max_selected_items: 2,
      },
    },
    {
      type: "input",
      block_id: "prompt",
      label: plain("Prompt"),
      element: { type: "plain_text_input", action_id: "text", max_length: 20 },
    },
    { type: "section", block_id: "note", text: plain("A note") },
  ],
};

/** Opens the form for `/cody`, offers three repositories, and answers submissions with `answer`. */
export function formApp(answer: (values: Json) => Json | undefined = () => undefined) {
  const seen: Json[] = [];
  const listen = (app: App) => {
    app.command("/cody", async ({ ack, body, client }) => {
      seen.push(body);
      await client.views.open({ trigger_id: body.trigger_id, view: form });
      await ack();
    });
    app.options("pick", async ({ ack, options }) => {
      seen.push(options);
      const names = ["acme/one", "acme/two", "acme/three"].filter((name) => name.includes(options.value));
      await ack({ options: names.map(option) });
    });
    app.view("run", async ({ ack, body, view }) => {
      seen.push(body as unknown as Json);
      await ack(answer(view.state.values as unknown as Json) as never);
    });
    app.view({ callback_id: "run", type: "view_closed" }, async ({ ack, body }) => {
      seen.push(body as unknown as Json);
      await ack();
    });
  };
  return { seen, listen };
}

/** The id of the form a person has open. */
export function openForm(state: WorkspaceState): string {
  if (!state.modal) throw new Error("No form is open.");
  return state.modal.id;
}

export const picked = (...values: string[]) => ({
  repositories: { pick: { type: "multi_external_select", selected_options: values.map(option) } },
});
export const prompted = (value: string) => ({ prompt: { text: { type: "plain_text_input", value } } });
