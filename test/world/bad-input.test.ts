// Everything a person or a stranger can get wrong: each has a sentence that can be acted on, and nothing is lost.
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientEnvironment } from "./aws/client-settings.ts";
import { startFunctionUrl } from "./aws/function-url.ts";
import { startFunction } from "./aws/lambda.ts";
import { steps } from "./claude/script.ts";
import { entries, environmentOf } from "./deployment.ts";
import { allowedRepos, ann, attic, ben, engineering, partners, secret } from "./people.ts";
import { filled, findRepository, openForm } from "./sample-job.ts";
import { signedHeaders } from "./slack/delivery.ts";
import { decoded } from "./text.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

let world: World;

const finish = (input: object) => ({ calls: [{ name: "finish", input }] });
const change = [
  { calls: [{ name: "write_file", input: { path: "NOTES.md", content: "checked\n" } }] },
  finish({ summary: "Added NOTES.md.", verification: "Looked at it." }),
  finish({ summary: "Added NOTES.md.", verification: "Looked at it." }),
];

beforeAll(async () => {
  world = await startWorld({ script: steps(...change) });
  const modal = await openForm(world.slack, ann, engineering);
  await findRepository(world.slack, ann, "acme/checkout");
  await world.slack.as(ann).close(modal.id);
}, 60_000);

afterAll(() => world.close());

/** Fills and submits the form as a client that skips Slack's own checks, and gives Cody's sentences by field. */
async function submit(answers: Parameters<typeof filled>[1], forge: (values: object) => void = () => {}) {
  const modal = await openForm(world.slack, ann, engineering);
  const usual = { repositories: { selected_options: [chosen("103")] }, prompt: { value: "Add notes" } };
  const values = filled(modal, { ...usual, ...answers });
  forge(values);
  const answer = await world.slack.as(ann).submit(modal.id, values, { forged: true });
  const isOpen = world.slack.as(ann).state().modal !== null;
  if (isOpen) await world.slack.as(ann).close(modal.id);
  return { ...answer, isOpen };
}

function chosen(id: string) {
  return { text: { type: "plain_text", text: id }, value: id };
}

const repositories = (...ids: string[]) => ({ repositories: { selected_options: ids.map(chosen) } });

describe("a form that cannot become a job keeps its text and says at the field what to mend", () => {
  test.each([
    ["no repository", repositories(), "repositories", /Choose at least one repository/],
    [
      "six repositories",
      repositories("101", "102", "103", "104", "105", "106"),
      "repositories",
      /at most 5 .* these are 6/,
    ],
    [
      "one that is not allowed",
      repositories("107"),
      "repositories",
      /may not work on other\/not-ours.*ALLOWED_REPOS/,
    ],
    ["an archived one", repositories("105"), "repositories", /acme\/old-archive is archived/],
    ["one that Cody never saw", repositories("999"), "repositories", /gone, or Cody cannot see it/],
    [
      "the sentence in place of repositories",
      repositories("none"),
      "repositories",
      /is a message, not a repository/,
    ],
    ["an empty prompt", { prompt: { value: null } }, "prompt", /Write what should change/],
    ["a prompt of blanks", { prompt: { value: " \n " } }, "prompt", /Write what should change/],
    [
      "a prompt of 100 KB",
      { prompt: { value: "x".repeat(100_000) } },
      "prompt",
      /100,000 characters; Cody takes 3,000/,
    ],
    [
      "a base that is an option of git",
      { base: { value: "--upload-pack=x" } },
      "base",
      /not the name of a branch/,
    ],
    [
      "a private channel without Cody",
      { channel: { selected_conversation: secret } },
      "channel",
      /Invite it there/,
    ],
    ["an archived channel", { channel: { selected_conversation: attic } }, "channel", /is archived/],
    [
      "a channel shared with another company",
      { channel: { selected_conversation: partners } },
      "channel",
      /shared with another company/,
    ],
    ["no channel", { channel: { selected_conversation: "" } }, "channel", /cannot see that channel/],
  ])("%s", async (_what, answers, field, sentence) => {
    const answer = await submit(answers);
    expect(answer.errors?.[field]).toMatch(sentence);
    expect(answer.isOpen).toBe(true);
  });

  test("a direct message as the channel", async () => {
    const direct = world.slack.direct(ann).id;
    const answer = await submit({ channel: { selected_conversation: direct } });
    expect(answer.errors?.channel).toMatch(/Cody works in channels/);
  });

  test("a model that is not known", async () => {
    const answer = await submit({}, (values) => {
      (values as { model: { model: object } }).model.model = {
        type: "static_select",
        selected_option: { text: { type: "plain_text", text: "x" }, value: "claude-nonesuch" },
      };
    });
    expect(answer.errors?.model).toMatch(/claude-nonesuch is not known/);
  });

  test("several fields at once are all named", async () => {
    const answer = await submit({ ...repositories(), prompt: { value: null } });
    expect(Object.keys(answer.errors ?? {}).sort()).toEqual(["prompt", "repositories"]);
  });
});

test("100 KB behind /cody: the form holds the beginning and says that it was cut", async () => {
  const modal = await openForm(world.slack, ann, engineering, "word ".repeat(20_000));
  const prompt = modal.blocks.find((block) => block.block_id === "prompt");
  expect(JSON.stringify(prompt)).toContain("word word");
  expect(JSON.stringify(modal.blocks)).toMatch(/has 99,999 characters. The form takes 3,000/);
  await world.slack.as(ann).close(modal.id);
});

/** Starts a job that the form lets through, waits until it is over, and gives its thread's text. */
async function threadOf(name: string, answers: Parameters<typeof filled>[1]): Promise<string> {
  const answer = await submit({ name: { value: name }, ...answers });
  expect(answer).toMatchObject({ isOpen: false });
  return waitFor(() => overText(name));
}

/** The text of a finished thread by the job's name. */
function overText(name: string): string | undefined {
  const board = boards(world.slack, ann).find(({ text }) => text.includes(name));
  const thread = board ? replies(world.slack, ann, board) : [];
  return lastWord(thread) === undefined
    ? undefined
    : decoded(thread.map(({ text }) => text).join(" ")).replace(/\s+/g, " ");
}

describe("what only GitHub can say is said in the thread, before anything is spent", () => {
  test("an empty repository fails, the others go on", async () => {
    const thread = await threadOf("Empty and full", repositories("106", "103"));
    expect(thread).toMatch(
      /acme\/empty-start failed. acme\/empty-start has no commits yet. Push a first commit/,
    );
    expect(thread).toMatch(/acme\/checkout · changed/);
    expect(thread).toMatch(/Over: partly failed: 1 changed and 1 failed/);
  });

  test("a base branch that does not exist", async () => {
    const thread = await threadOf("Missing base", { base: { value: "release/9" } });
    expect(thread).toMatch(
      /There is no branch release\/9 in acme\/checkout. Start a new job with a branch that exists/,
    );
  });

  test("without push right: a patch only, and it says so", async () => {
    const before = (await world.github.record.pullRequests()).length;
    const thread = await threadOf("Read only", repositories("104"));
    expect(thread).toMatch(/acme\/read-only · changed/);
    const named = () => boards(world.slack, ann).find(({ text }) => text.includes("Read only"));
    const board = await waitFor(() => (named()?.text.includes("patch only") ? named() : undefined));
    const files = replies(world.slack, ann, board).flatMap((message) => message.files);
    expect(files.map((file) => file.name)).toEqual(["acme-read-only.patch"]);
    expect(await world.github.record.pullRequests()).toHaveLength(before);
  });

  test("a repository that is gone by now", async () => {
    world.github.remove("acme/legacy-batch");
    const thread = await threadOf("Gone", repositories("102"));
    expect(thread).toMatch(/acme\/legacy-batch does not exist, or Cody cannot see it. Check the name/);
  });
});

test("a channel that closes before the board: the requester is told, with the request", async () => {
  const { slack } = world;
  const { jobs } = storeOfWorld();
  const [template] = await jobs.newest("T0ACME", 1);
  if (!template) throw new Error("there is no job to copy");
  const { thread, closedAt, ...rest } = template;
  await jobs.create({
    ...rest,
    id: "aaaaaaaaaa",
    channel: attic,
    prompt: "Do not lose me",
    createdAt: Date.now(),
  });
  const told = await waitFor(() =>
    slack
      .as(ann)
      .state()
      .messages.find(
        ({ channel, text }) => channel === slack.direct(ann).id && text.includes("was not started"),
      ),
  );
  expect(told.text).toMatch(/it is archived. Invite Cody with \/invite.*Nothing was spent/);
  expect(JSON.stringify(told.blocks)).toContain("Do not lose me");
});

describe("what comes twice or too late", () => {
  test("a form submitted twice is one job", async () => {
    const before = boards(world.slack, ann).length;
    await submit({ name: { value: "Twice" }, base: { value: "missing" } });
    const sent = world.slack.record.deliveries.filter(({ kind }) => kind === "view_submission").at(-1);
    const again = await fetch(world.requestUrl, { method: "POST", headers: sent?.headers, body: sent?.body });
    expect(again.status).toBe(200);
    await waitFor(() => (boards(world.slack, ann).length > before ? true : undefined));
    await world.stream.settled();
    expect(boards(world.slack, ann)).toHaveLength(before + 1);
  });

  const ended = () => boards(world.slack, ann).find(({ text }) => text.includes("Empty and full"));

  test("Stop on a job that is over", async () => {
    expect(await press(ended(), "stop")).toMatch(/already ended; there is nothing to stop/);
  });

  test("a button with the id of a job of another thread, or of none", async () => {
    expect(await press(ended(), "stop", "zzzzzzzzzz")).toMatch(/does not know this job any more/);
    const { jobs } = storeOfWorld();
    const others = await jobs.newest("T0ACME", 10);
    const other = others.find(({ name }) => name === "Read only");
    expect(await press(ended(), "conversation", other?.id)).toMatch(/does not belong to this thread/);
  });

  test("a button of an older version", async () => {
    expect(await press(ended(), "retired-button")).toMatch(/older version of Cody/);
  });
});

type Board = ReturnType<typeof boards>[number] | undefined;

/** The table, as the programs see it. */
function storeOfWorld() {
  Object.assign(process.env, { ...clientEnvironment, AWS_ENDPOINT_URL_DYNAMODB: world.addresses.dynamoDb });
  return openStore("cody");
}

/**
 * Presses a button that the board no longer shows, as a client with an old copy of the message does: a real press of
 * its Conversation button, with another action put in and signed. Gives the private answer.
 */
async function press(board: Board, actionId: string, value?: string): Promise<string> {
  if (!board) throw new Error("there is no board");
  const job = /"value":"([a-z2-7]{10})"/.exec(JSON.stringify(board.blocks))?.[1] ?? "";
  const real = { type: "button", action_id: "conversation", block_id: "board", value: job };
  const before = privateTexts().length;
  await world.slack.as(ann).act({ message: board, action: real });
  await waitFor(() => (privateTexts().length > before ? true : undefined));
  const sent = world.slack.record.deliveries.filter(({ kind }) => kind === "block_actions").at(-1);
  const payload = JSON.parse(new URLSearchParams(sent?.body).get("payload") ?? "{}");
  Object.assign(payload.actions[0], {
    action_id: actionId,
    value: value ?? job,
    action_ts: `${Date.now() / 1000}`,
  });
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const headers = signedHeaders(world.secrets.signingSecret, Math.floor(Date.now() / 1000), body);
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(world.requestUrl, { method: "POST", headers: { ...type, ...headers }, body });
  expect(answer.status).toBe(200);
  return waitFor(() => (privateTexts().length > before + 1 ? privateTexts().at(-1) : undefined));
}

function privateTexts(): string[] {
  const { messages } = world.slack.as(ann).state();
  return messages.filter(({ ephemeralTo }) => ephemeralTo === ann).map(({ ts, text }) => `${ts} ${text}`);
}

describe("requests that Slack did not sign", () => {
  const command =
    "command=%2Fcody&text=help&team_id=T0ACME&user_id=U0ANN&trigger_id=1.2&text=%C3%A9%E6%97%A5";

  function signed(body: string, at = Math.floor(Date.now() / 1000), key = world.secrets.signingSecret) {
    return signedHeaders(key, at, body);
  }

  async function send(body: string | undefined, headers: Record<string, string>, method = "POST") {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(world.requestUrl, { method, headers: { ...type, ...headers }, body });
    return answer.status;
  }

  const now = () => Math.floor(Date.now() / 1000);

  test("a good signature is answered", async () => {
    expect(await send(command, signed(command))).toBe(200);
    expect(await send(command, signed(command, now() - 295))).toBe(200);
  });

  test.each([
    ["a wrong secret", () => send(command, signed(command, now(), "wrong"))],
    ["the signature of another body", () => send(command, signed(`${command}x`))],
    ["301 seconds old", () => send(command, signed(command, now() - 301))],
    ["from the future", () => send(command, signed(command, now() + 400))],
    [
      "no timestamp",
      () => send(command, { "x-slack-signature": signed(command)["x-slack-signature"] ?? "" }),
    ],
    ["another version", () => send(command, { ...signed(command), "x-slack-signature": "v1=abc" })],
    ["half a signature", () => send(command, { ...signed(command), "x-slack-signature": "v0" })],
    ["nothing at all", () => send("", {})],
    ["an open brace", () => send("{", { "content-type": "application/json" })],
    ["null", () => send("null", { "content-type": "application/json" })],
    ["a broken payload", () => send("payload=%7B", {})],
    ["bytes that are no text", () => send("\u0000\u0001\ufffd", {})],
  ])("%s gets 401", async (_what, request) => {
    expect(await request()).toBe(401);
  });

  test("a GET, and other addresses", async () => {
    expect(await send(undefined, {}, "GET")).toBe(405);
    expect((await fetch(world.requestUrl.replace("/slack/events", "/admin"))).status).toBe(404);
    expect((await fetch(world.requestUrl.replace("/slack/events", "/health"))).status).toBe(200);
  });

  test.each(["payload=%7B", "x", "{"])("signed but unreadable: %s gets 400", async (body) => {
    expect(await send(body, signed(body))).toBe(400);
  });

  test("a body in base64 with letters beyond ASCII is understood", async () => {
    const headers = { ...signed(command), "content-type": "application/x-www-form-urlencoded" };
    const { slack, secrets, addresses } = world;
    const env = environmentOf(
      "slack",
      secrets,
      { ...addresses, slackApi: slack.apiUrl },
      { ALLOWED_REPOS: allowedRepos },
    );
    const program = startFunction({ name: "slack", entry: entries.slack, env, timeoutMs: 10_000 });
    try {
      const answer = await program.invoke({
        rawPath: "/slack/events",
        headers,
        body: Buffer.from(command).toString("base64"),
        isBase64Encoded: true,
        requestContext: { http: { method: "POST", path: "/slack/events" } },
      });
      expect(answer).toMatchObject({ statusCode: 200 });
    } finally {
      await program.close();
    }
  });
});

describe("when something is down", () => {
  test("GitHub, while a job begins: the job goes on when it is back", async () => {
    world.github.fault.down = true;
    await submit({ name: { value: "GitHub down" } });
    await waitFor(() => boards(world.slack, ann).find(({ text }) => text.includes("GitHub down")));
    await sleep(1_500);
    world.github.fault.down = false;
    const thread = await waitFor(() => overText("GitHub down"));
    expect(thread).toMatch(/acme\/checkout · changed/);
  }, 60_000);

  test("GitHub refuses Cody's token: the thread says so at once, and that the operator has to look", async () => {
    const { githubToken } = world.secrets;
    world.github.replaceToken("cody-bot", "another");
    try {
      const thread = await threadOf("Wrong token", {});
      expect(thread).toMatch(
        /GitHub refused Cody's request: Bad credentials. Whoever operates Cody has to look/,
      );
    } finally {
      world.github.replaceToken("cody-bot", githubToken);
    }
  });

  test("Slack, while the board is posted: it appears once when Slack is back", async () => {
    const before = world.slack.record.duplicates();
    world.slack.fault.down();
    const { jobs } = storeOfWorld();
    const [template] = await jobs.newest("T0ACME", 1);
    if (!template) throw new Error("there is no job to copy");
    const { thread, closedAt, ...rest } = template;
    const job = {
      ...rest,
      id: "bbbbbbbbbb",
      name: "Slack down",
      channel: engineering,
      createdAt: Date.now(),
    };
    await jobs.create(job);
    await sleep(1_500);
    world.slack.fault.down(false);
    await waitFor(() => overText("Slack down"), 100_000);
    expect(boards(world.slack, ann).filter(({ text }) => text.includes("Slack down"))).toHaveLength(1);
    expect(world.slack.record.duplicates()).toBe(before);
  }, 120_000);

  test("Claude's key is refused: the run says so at once, and that the operator has to look", async () => {
    world.claude.fault.next({ kind: "unauthorized" });
    const thread = await threadOf("No key", {});
    expect(thread).toMatch(/Claude's API refused the request.*Whoever operates Cody has to look/s);
  });

  test("Claude's spend limit: the run waits with its work, says so, and Resume lets it go on", async () => {
    world.claude.fault.next({ kind: "spend limit", of: "organization" });
    await submit({ name: { value: "Spend limit" } });
    const named = () => boards(world.slack, ann).find(({ text }) => text.includes("Spend limit"));
    const board = await waitFor(() =>
      named()?.text.includes("a spend limit is reached") ? named() : undefined,
    );
    const told = await waitFor(() => replies(world.slack, ann, board)[0]);
    expect(decoded(told.text)).toMatch(/^This job waits, because a spend limit of Claude's API is reached/);
    const job = /"value":"([a-z2-7]{10})"/.exec(JSON.stringify(board.blocks))?.[1];
    const action = { type: "button", action_id: "resume", block_id: "board", value: job };
    const { error } = await world.slack.as(ann).act({ message: board, action });
    expect(error).toBeUndefined();
    expect(await waitFor(() => overText("Spend limit"))).toMatch(/acme\/checkout · changed/);
  }, 60_000);

  test("Claude, for a moment: the run waits and goes on", async () => {
    world.claude.fault.next({ kind: "overloaded" }, 2);
    expect(await threadOf("Overloaded", {})).toMatch(/acme\/checkout · changed/);
  }, 60_000);

  test("DynamoDB, at the start: the form stays open with its text, the command gets a sentence", async () => {
    const { slack, secrets, addresses } = world;
    const dead = { ...addresses, dynamoDb: "http://127.0.0.1:9", slackApi: slack.apiUrl };
    const env = environmentOf("slack", secrets, dead, { ALLOWED_REPOS: allowedRepos });
    const program = startFunction({ name: "slack", entry: entries.slack, env, timeoutMs: 10_000 });
    const url = await startFunctionUrl({ invoke: (event) => program.invoke(event) });
    const back = world.redirect(`${url.url.replace(/\/$/, "")}/slack/events`);
    try {
      const modal = await openForm(slack, ben, engineering);
      const values = filled(modal, { ...repositories("103"), prompt: { value: "Keep me" } });
      const answer = await slack.as(ben).submit(modal.id, values, { forged: true });
      expect(Object.values(answer.errors ?? {})[0]).toMatch(
        /could not do that just now; nothing was started/,
      );
      expect(slack.as(ben).state().modal?.id).toBe(modal.id);
      await slack.as(ben).close(modal.id);
      expect(await slack.as(ben).send(engineering, "/cody status")).toEqual({});
      const told = slack
        .as(ben)
        .state()
        .messages.filter(({ ephemeralTo }) => ephemeralTo === ben);
      expect(told.at(-1)?.text).toMatch(/could not do that just now/);
    } finally {
      back();
      await url.close();
      await program.close();
    }
  }, 60_000);
});
