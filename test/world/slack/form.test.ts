// Forms: what Slack's client checks, what an app may answer, and when a form may be opened or changed.
import { describe, expect, test } from "vitest";
import { form, formApp, openForm, option, picked, plain, prompted, start, token } from "./fixture.ts";
import type { Json } from "./json.ts";

describe("a form", () => {
  test("is not sent while Slack's own client finds fault; a forged client sends it anyway", async () => {
    const { seen, listen } = formApp();
    const workspace = await start(listen);
    const ann = workspace.as("UANN");
    await ann.send("CIN", "/cody");
    const viewId = openForm(ann.state());
    const required = "Please complete this required field.";
    expect(await ann.submit(viewId, {})).toEqual({ errors: { repositories: required, prompt: required } });
    expect((await ann.submit(viewId, { ...picked("acme/one"), ...prompted("go") })).errors).toEqual({
      repositories: "This choice is not in the list.",
    });
    await ann.suggest("repositories", "pick", "");
    const tooMany = picked("acme/one", "acme/two", "acme/three");
    expect((await ann.submit(viewId, { ...tooMany, ...prompted("x".repeat(21)) })).errors).toEqual({
      repositories: "Please select at most 2.",
      prompt: "This entry is too long. Please use at most 20 characters.",
    });
    expect(seen.filter((body) => body.type === "view_submission")).toHaveLength(0);
    const forged = picked("../../etc", "b", "c");
    expect(await ann.submit(viewId, forged, { forged: true })).toEqual({});
    expect(seen.at(-1)).toMatchObject({
      view: {
        state: {
          values: { repositories: { pick: { selected_options: forged.repositories.pick.selected_options } } },
        },
      },
    });
  });

  test.each([
    [
      "errors at a field",
      { response_action: "errors", errors: { prompt: "No." } },
      { errors: { prompt: "No." } },
    ],
    ["an error at no block", { response_action: "errors", errors: { nowhere: "No." } }, undefined],
    ["an error at a section", { response_action: "errors", errors: { note: "No." } }, undefined],
    ["an unknown action", { response_action: "shake" }, undefined],
    [
      "an update to a form that cannot be shown",
      { response_action: "update", view: { type: "modal" } },
      undefined,
    ],
  ])("answered with %s stays open", async (_, answer, shown) => {
    const workspace = await start(formApp(() => answer).listen);
    const ann = workspace.as("UANN");
    await ann.send("CIN", "/cody");
    const viewId = openForm(ann.state());
    const result = await ann.submit(viewId, {}, { forged: true });
    expect(result).toEqual(shown ?? { error: "We had some trouble connecting. Try again?" });
    expect(workspace.record.deliveries.at(-1)?.problem === undefined).toBe(shown !== undefined);
    expect(openForm(ann.state())).toBe(viewId);
  });

  test("is updated, pushed upon, cleared and closed by the app's answer", async () => {
    const answers: (Json | undefined)[] = [];
    const { seen, listen } = formApp(() => answers.shift());
    const workspace = await start(listen);
    const ann = workspace.as("UANN");
    const submitTop = async () => await ann.submit(openForm(ann.state()), {}, { forged: true });
    await ann.send("CIN", "/cody");
    const first = openForm(ann.state());
    answers.push({ response_action: "update", view: { ...form, title: plain("Again") } });
    await submitTop();
    expect(ann.state().modal).toMatchObject({ id: first, title: { text: "Again" } });
    answers.push({ response_action: "push", view: form }, { response_action: "push", view: form });
    await submitTop();
    const second = openForm(ann.state());
    await submitTop();
    answers.push({ response_action: "push", view: form });
    expect(await submitTop()).toEqual({ error: "We had some trouble connecting. Try again?" });
    expect(workspace.record.deliveries.at(-1)?.problem).toContain("push_limit_reached");

    await ann.close(openForm(ann.state()));
    expect(openForm(ann.state())).toBe(second);
    expect(seen.at(-1)).toMatchObject({ type: "view_closed", is_cleared: false });
    await submitTop();
    expect(openForm(ann.state())).toBe(first);
    answers.push({ response_action: "push", view: form }, { response_action: "clear" });
    await submitTop();
    await submitTop();
    expect(ann.state().modal).toBeNull();
  });

  test("keeps what was typed over an update, and guards it with a hash", async () => {
    let update: (hash: string) => Promise<unknown> = async () => {};
    const workspace = await start((app) => {
      app.command("/cody", async ({ ack, body, client }) => {
        const opened = await client.views.open({ trigger_id: body.trigger_id, view: form });
        const view_id = opened.view?.id ?? "";
        update = async (hash) => await client.views.update({ view_id, hash, view: form });
        await ack();
      });
    });
    const ann = workspace.as("UANN");
    await ann.send("CIN", "/cody");
    const { id, hash } = ann.state().modal as unknown as { id: string; hash: string };
    const action = { type: "plain_text_input", block_id: "prompt", action_id: "text", value: "typed" };
    expect(await ann.act({ viewId: id, action })).toEqual({});
    expect(workspace.record.deliveries).toHaveLength(1);
    await update(hash);
    expect(ann.state().modal).toMatchObject({ state: { values: { prompt: { text: { value: "typed" } } } } });
    await expect(update(hash)).rejects.toMatchObject({ data: { error: "hash_conflict" } });
  });

  test("is opened once and in time only", async () => {
    let now = Date.now();
    const triggers: string[] = [];
    const workspace = await start(
      (app) => {
        app.command("/cody", async ({ ack, body }) => {
          triggers.push(body.trigger_id);
          await ack();
        });
      },
      { now: () => now },
    );
    const call = async (trigger_id: string | undefined, method = "views.open") => {
      const response = await fetch(workspace.apiUrl + method, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ trigger_id, view: form }),
      });
      const answer = (await response.json()) as Json;
      return answer.ok === true ? "ok" : answer.error;
    };
    await workspace.as("UANN").send("CIN", "/cody");
    expect(await call(triggers[0], "views.push")).toBe("not_found");
    await workspace.as("UANN").send("CIN", "/cody");
    expect(await call(triggers[1])).toBe("ok");
    expect(await call(triggers[1])).toBe("exchanged_trigger_id");
    await workspace.as("UANN").send("CIN", "/cody");
    now += 3001;
    expect(await call(triggers[2])).toBe("expired_trigger_id");
  });

  test("gets no options from an app that offers too many", async () => {
    const workspace = await start((app) => {
      app.options("pick", async ({ ack }) => {
        await ack({ options: Array.from({ length: 101 }, (_, index) => option(`${index}`)) });
      });
      app.command("/cody", async ({ ack, body, client }) => {
        await client.views.open({ trigger_id: body.trigger_id, view: form });
        await ack();
      });
    });
    const ann = workspace.as("UANN");
    await ann.send("CIN", "/cody");
    const answer = await ann.suggest("repositories", "pick", "");
    expect(answer).toEqual({ options: [], error: "The options could not be loaded." });
    expect(workspace.record.deliveries.at(-1)?.problem).toContain("no more than 100 items allowed");
  });
});
