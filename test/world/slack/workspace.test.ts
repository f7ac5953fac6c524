// Commands, shortcuts and the page: people, the workspace and a real Bolt app together.
import { describe, expect, test } from "vitest";
import type { WorkspaceState } from "./contract.ts";
import { formApp, openForm, picked, prompted, start } from "./fixture.ts";
import type { Json } from "./json.ts";

describe("a command", () => {
  test("opens a form, which is filled and sent", async () => {
    const { seen, listen } = formApp();
    const workspace = await start(listen);
    const ann = workspace.as("UANN");
    expect(await ann.send("COUT", "/cody upgrade @ben <now> & #in")).toEqual({});
    expect(seen[0]).toMatchObject({
      command: "/cody",
      text: "upgrade @ben &lt;now&gt; &amp; #in",
      channel_id: "COUT",
      channel_name: "out",
      user_id: "UANN",
      user_name: "ann",
      team_id: "T1",
      api_app_id: "ABOT",
      is_enterprise_install: "false",
    });
    const viewId = openForm(ann.state());
    expect(ann.state().modal).toMatchObject({ callback_id: "run", title: { text: "Run Cody" } });
    expect(workspace.as("UBEN").state().modal).toBeNull();

    const offered = await ann.suggest("repositories", "pick", "t");
    expect(offered.options.map((one) => one.value)).toEqual(["acme/two", "acme/three"]);
    expect(await ann.submit(viewId, { ...picked("acme/two"), ...prompted("go") })).toEqual({});
    expect(seen.at(-1)).toMatchObject({
      type: "view_submission",
      user: { id: "UANN", name: "ann" },
      view: {
        id: viewId,
        state: {
          values: {
            repositories: { pick: { selected_options: [{ value: "acme/two" }] } },
            prompt: { text: { type: "plain_text_input", value: "go" } },
          },
        },
      },
    });
    expect(ann.state().modal).toBeNull();
    expect(workspace.record.deliveries.map(({ kind, status, late }) => [kind, status, late])).toEqual([
      ["command", 200, false],
      ["block_suggestion", 200, false],
      ["view_submission", 200, false],
    ]);
  });

  test("names people and channels by id where its manifest says so", async () => {
    const { seen, listen } = formApp();
    const workspace = await start(listen, { escapesCommands: true });
    await workspace.as("UANN").send("CIN", "/cody ask @ben, not <@UANN>, in #in & #nowhere");
    expect(seen[0]?.text).toBe("ask <@UBEN|ben>, not <@UANN>, in <#CIN|in> &amp; #nowhere");
  });

  test("escapes what is typed, and leaves names and addresses as they are where its manifest says nothing", async () => {
    const { seen, listen } = formApp();
    const workspace = await start(listen);
    await workspace.as("UANN").send("CIN", "/cody let @ben use List<T> & https://example.com in README.md");
    expect(seen[0]?.text).toBe("let @ben use List&lt;T&gt; &amp; https://example.com in README.md");
  });

  test("in a private channel hides its name, and in a thread is refused", async () => {
    const { seen, listen } = formApp();
    const workspace = await start(listen);
    const ann = workspace.as("UANN");
    await ann.send("CPRIVATE", "/cody");
    expect(seen[0]).toMatchObject({ channel_id: "CPRIVATE", channel_name: "privategroup" });
    await ann.send(workspace.direct("UANN").id, "/cody");
    expect(seen[1]).toMatchObject({ channel_name: "directmessage" });
    await ann.send("CIN", "root");
    const ts = ann.state().messages.at(-1)?.ts;
    expect(await ann.send("CIN", "/cody", ts)).toEqual({
      error: "/cody is not supported in threads. Sorry!",
    });
    expect(await ann.send("CIN", "/other")).toEqual({ error: "/other is not a valid command." });
    expect(seen).toHaveLength(2);
  });

  test("is answered for one person, or for all, or not at all", async () => {
    const answers: unknown[] = [
      "only you",
      { response_type: "in_channel", text: "all" },
      { text: "bad", blocks: [{ type: "fancy" }] },
    ];
    const workspace = await start((app) => {
      app.command("/cody", async ({ ack }) => await ack(answers.shift() as never));
    });
    const [ann, ben] = [workspace.as("UANN"), workspace.as("UBEN")];
    const texts = (state: WorkspaceState) => state.messages.map((message) => message.text);
    await ann.send("CIN", "/cody");
    await ann.send("CIN", "/cody");
    expect(texts(ann.state())).toEqual(["only you", "all"]);
    expect(texts(ben.state())).toEqual(["all"]);
    const refused = await ann.send("CIN", "/cody");
    expect(refused.error).toBe('/cody failed with the error "invalid_command_response"');
    expect(workspace.record.deliveries.at(-1)?.problem).toContain("unsupported type: fancy");
  });

  test("without an answer in time, without a listener, without the right secret", async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const workspace = await start(
      (app) => {
        app.command("/cody", async ({ ack }) => {
          await slow;
          await ack();
        });
      },
      { limits: { answerWithinMs: 80 }, commands: ["/cody", "/nobody"] },
    );
    const ann = workspace.as("UANN");
    expect((await ann.send("CIN", "/cody")).error).toBe('/cody failed with the error "operation_timeout"');
    expect((await ann.send("CIN", "/nobody")).error).toBe('/nobody failed with the error "dispatch_failed"');
    release();
    await workspace.settled();
    expect(workspace.record.deliveries).toMatchObject([
      { kind: "command", late: true, status: 200, attempt: 1 },
      { kind: "command", late: false, status: 404, attempt: 1 },
    ]);
    const stranger = await start(() => {}, { signingSecret: "another" });
    await stranger.as("UANN").send("CIN", "/cody");
    expect(stranger.record.deliveries).toMatchObject([{ status: 401 }]);
  });
});

test("a shortcut on a message carries it", async () => {
  const seen: Json[] = [];
  const workspace = await start((app) => {
    app.shortcut("ask", async ({ ack, body }) => {
      seen.push(body as unknown as Json);
      await ack();
    });
  });
  const ann = workspace.as("UANN");
  await ann.send("CIN", "look");
  const ts = ann.state().messages.at(-1)?.ts ?? "";
  expect(await ann.shortcut("ask", { channel: "CIN", ts })).toEqual({});
  expect(seen[0]).toMatchObject({
    type: "message_action",
    channel: { id: "CIN" },
    message: { ts, text: "look" },
  });
});

test("the page acts over HTTP, hears of changes and gets its files", async () => {
  const asset = (path: string) => (path === "/" ? { type: "text/html", body: "<p>page</p>" } : undefined);
  const workspace = await start(formApp().listen, { assets: asset });
  const post = async (name: string, body: Json) => {
    const response = await fetch(`${workspace.url}/ui/${name}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const stream = await fetch(`${workspace.url}/ui/events?user=UANN`);
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(": connected\n\n");
  expect(await post("send", { user: "UANN", channel: "CIN", text: "/cody" })).toEqual({
    status: 200,
    body: {},
  });
  expect((await reader?.read())?.value).toBe('data: {"changed":true}\n\n');
  const { body } = await post("state", { user: "UANN" });
  expect(body).toMatchObject({
    me: "UANN",
    bot: { id: "UBOT", name: "Cody" },
    modal: { callback_id: "run" },
  });
  const viewId = (body.modal as Json).id;
  const required = "Please complete this required field.";
  expect((await post("submit", { user: "UANN", viewId, values: {} })).body).toEqual({
    errors: { repositories: required, prompt: required },
  });
  expect((await post("close", { user: "UANN", viewId })).body).toEqual({});
  expect((await post("state", { user: "UNONE" })).status).toBe(400);
  expect((await post("dance", { user: "UANN" })).status).toBe(404);
  expect(await (await fetch(`${workspace.url}/`)).text()).toBe("<p>page</p>");
  expect((await fetch(`${workspace.url}/none.js`)).status).toBe(404);
});
