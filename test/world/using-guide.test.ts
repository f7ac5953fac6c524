// The guide for people in Slack: what it says to type and press is typed and pressed, and what it says comes back does.
import { failureSchema, retryHelps, sentenceOf } from "@cody/core/failure.ts";
import * as limits from "@cody/core/limits.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codesIn, quoted, readGuide } from "./guide.ts";
import { ann, attic, ben, engineering, partners, people, secret } from "./people.ts";
import { pressInThread } from "./press.ts";
import { filled, openForm, startSampleJob } from "./sample-job.ts";
import { scriptOf } from "./scenario.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { shownChecks, shownLabels, shownStandings, shownStates, shownStatuses } from "./shown-words.ts";
import { decoded } from "./text.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

const guide = readGuide();

/** The rows of every table whose first column has this head. */
function rows(head: string): string[][] {
  const found = guide.tables.filter((table) => table.head[0] === head).flatMap((table) => table.rows);
  if (found.length === 0) throw new Error(`The guide has no table of ${head}.`);
  return found;
}

function wordsOf(head: string): string[] {
  return rows(head).flatMap(([cell = ""]) => codesIn(cell));
}

describe("words that the guide gives", () => {
  const { labels, buttons } = shownLabels();
  /** Emphasis in a list of the guide, and no labels. */
  const emphasis = ["bold", "what", "Changed", "No change needed"];
  const isSentence = (words: string) => words.endsWith(".");

  test("in bold are labels that people see", () => {
    const unknown = [...guide.bold].filter(
      (words) => !labels.has(words) && !emphasis.includes(words) && !isSentence(words),
    );
    expect(unknown).toEqual([]);
  });

  test("name every button that there is", () => {
    expect([...buttons].filter((label) => !guide.bold.has(label))).toEqual([]);
  });

  test.each([
    ["State", shownStates()],
    ["Job", shownStatuses()],
    ["On the card", shownStandings()],
    ["Checked", shownChecks()],
  ])("under %s are all that the views make, and no others", (head, shown) => {
    expect(wordsOf(head).sort()).toEqual([...shown].sort());
  });

  test("name the scenarios that can be played, with their requests", () => {
    const names = scenarios.map(({ name }) => name);
    for (const [, name] of guide.text.matchAll(/--scenario ([a-z-]+)/g)) expect(names).toContain(name);
    for (const [request = "", , play = ""] of rows("Request")) {
      const name = /--scenario ([a-z-]+)/.exec(play)?.[1] ?? "upgrade";
      const scenario = scenarios.find((one) => one.name === name);
      expect(codesIn(request)).toEqual([`/cody ${scenario?.request.prompt}`]);
    }
  });
});

describe("numbers that the guide gives", () => {
  const known = new Map<string, unknown>(Object.entries(limits));

  test.each(guide.claims)("$text is the limit", ({ limit, number }) => {
    expect(known.get(limit)).toBeCloseTo(number, 6);
  });

  test("each row of the limits names one", () => {
    expect(rows("Limit").filter(([, number = ""]) => !number.endsWith("-->"))).toEqual([]);
  });
});

describe("failures that the guide lists", () => {
  const kinds = failureSchema.shape.kind.options;
  const failures = guide.tables.filter(({ head }) => head[0] === "The thread says");
  const listed = failures.flatMap((table) => table.rows);

  test.each(kinds)("%s stands there once, with Retry where that helps", (kind) => {
    const failure = { kind, detail: "DETAIL" };
    const meant = listed.filter(([sentence = ""]) => quoted(sentence).test(sentenceOf(failure)));
    expect(meant).toHaveLength(1);
    // A job that did not start has no button.
    const [row = []] = meant;
    const isButton = failures[0]?.rows.includes(row) === false && retryHelps(failure);
    expect(row[1]?.includes("**Retry**")).toBe(isButton);
  });

  test("are those that there are", () => {
    expect(listed).toHaveLength(kinds.length);
  });
});

describe("in the local world", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ script: scriptOf(upgrade) });
    // The guide begins with the request of the sample job, which `npm start` plays.
    expect(guide.boxes[0]).toEqual({ kind: "slack", lines: [`/cody ${upgrade.request.prompt}`] });
    await startSampleJob(world.slack, ann, engineering, upgrade.request);
  }, 60_000);

  afterAll(() => world.close());

  test("the form has the fields of the guide", async () => {
    const modal = await openForm(world.slack, ann, engineering);
    const fields = modal.blocks.flatMap((block) =>
      "label" in block && block.label ? [`**${block.label.text}**`] : [],
    );
    expect(rows("Field").map(([field]) => field)).toEqual(fields);
    await world.slack.as(ann).close(modal.id);
  });

  test("the form refuses in the words of the guide", async () => {
    const said = new Set<string>();
    for (const answers of refused(world.slack.direct(ann).id)) {
      const modal = await openForm(world.slack, ann, engineering);
      const usual = { ...chosen("103"), prompt: { value: "Add notes" } };
      const values = filled(modal, { ...usual, ...answers });
      const { errors = {} } = await world.slack.as(ann).submit(modal.id, values, { forged: true });
      expect(Object.values(errors)).toHaveLength(1);
      for (const sentence of Object.values(errors)) said.add(sentence);
      await world.slack.as(ann).close(modal.id);
    }
    const listed = rows("The form says").map(([sentence = ""]) => sentence);
    const met = (sentence: string) => [...said].some((words) => quoted(sentence).test(words));
    expect(listed.filter((sentence) => !met(sentence))).toEqual([]);
    expect(said.size).toBe(listed.length);
  });

  test("help and status are understood with a capital letter, as phones write it", async () => {
    const before = privately(ann).length;
    for (const word of ["Help", "Status"]) await world.slack.as(ann).send(engineering, `/cody ${word}`);
    const told = privately(ann).slice(before);
    expect(told.map(({ text }) => text.split("\n")[0])).toEqual([
      expect.stringMatching(/^\*Cody changes many/),
      "*Latest jobs*",
    ]);
    expect(world.slack.as(ann).state().modal).toBeNull();
  });

  test("what is typed and pressed in the guide brings what it says", { timeout: 120_000 }, async () => {
    await waitFor(over, 90_000);
    for (const [index, { kind, lines }] of guide.boxes.entries()) {
      const next = guide.boxes[index + 1];
      const answer = next?.kind === "answer" ? next.lines : undefined;
      if (kind === "slack") expect(lines).toHaveLength(1);
      if (kind === "slack") await doAsSaid(lines[0] ?? "", answer);
      if (kind === "board" || kind === "thread") await shows(kind, lines);
    }
    // Only where it asked for a channel that it cannot see.
    const refusals = world.slack.record.failures().map(({ method, error }) => `${method} ${error}`);
    expect(refusals).toEqual(["conversations.info channel_not_found"]);
  });

  function over() {
    const [board] = boards(world.slack, ann);
    return board && lastWord(replies(world.slack, ann, board)) ? board : undefined;
  }

  /** Types or presses it. With no answer in the guide a form has to open that holds what was typed. */
  async function doAsSaid(line: string, answer: string[] | undefined): Promise<void> {
    const [, label = "", name = "ann"] = /^\[(.+?)\](?: as (\w+))?$/.exec(line) ?? [];
    const user = name === "ben" ? ben : ann;
    const person = world.slack.as(user);
    const before = privately(user).length;
    if (label) await pressInThread(world.slack, user, label);
    else expect(await person.send(engineering, line)).toEqual({});
    // An answer can come twice where its ask was delivered twice: only what has not been said yet answers this one.
    const shown = () => {
      const { modal } = person.state();
      return modal
        ? textsIn(modal)
        : privately(user)
            .slice(before)
            .flatMap(({ text }) => plain(text).split("\n"));
    };
    const wanted = answer?.map((quote) => expect.stringMatching(quoted(quote))) ?? [
      line.replace("/cody ", ""),
    ];
    for (const quote of wanted) await expect.poll(shown, { timeout: 20_000 }).toContainEqual(quote);
    const { modal } = person.state();
    if (!answer) expect(JSON.stringify(modal)).toContain(`"initial_value":"${line.replace("/cody ", "")}"`);
    if (modal) await person.close(modal.id);
  }

  function privately(user: string) {
    const { messages } = world.slack.as(user).state();
    return messages.filter(({ ephemeralTo }) => ephemeralTo === user);
  }

  async function shows(kind: "board" | "thread", quotes: string[]): Promise<void> {
    await waitFor(() => {
      const board = over();
      const shown = board && kind === "board" ? [board] : board ? replies(world.slack, ann, board) : [];
      const lines = shown.flatMap(({ text }) => plain(text).split("\n"));
      return quotes.every((quote) => lines.some((line) => quoted(quote).test(line))) || undefined;
    }, 10_000);
  }
});

/** As it is read: no marks, names for ids, labels for links. */
function plain(text: string): string {
  const named = (id: string) => people.find((person) => person.id === id)?.name ?? id;
  const shown = text
    .replace(/<@(\w+)>/g, (_, id: string) => `@${named(id)}`)
    .replace(/<[^<>|]+\|([^<>]+)>/g, "$1");
  return decoded(shown).replace(/[*`]/g, "");
}

/** Every text of a form. */
function textsIn(part: unknown): string[] {
  if (typeof part === "string") return [part];
  if (typeof part !== "object" || part === null) return [];
  return Object.values(part).flatMap(textsIn);
}

function chosen(...ids: string[]) {
  const option = (id: string) => ({ text: { type: "plain_text", text: id }, value: id });
  return { repositories: { selected_options: ids.map(option) } };
}

/** Forms that cannot become a job, each for one reason. */
function refused(direct: string): Parameters<typeof filled>[1][] {
  const many = (length: number) => Array.from({ length }, (_, index) => `label-${index}`).join(",");
  const rooms = ["", secret, attic, partners, direct];
  return [
    chosen(),
    chosen("101", "102", "103", "104", "105", "106"),
    ...["107", "105", "999", "none"].map((id) => chosen(id)),
    { prompt: { value: " " } },
    { prompt: { value: "x".repeat(limits.maxPromptChars + 1) } },
    { base: { value: "--upload-pack=x" } },
    { labels: { value: many(limits.maxLabels + 1) } },
    { reviewers: { value: "not a login" } },
    ...rooms.map((room) => ({ channel: { selected_conversation: room } })),
  ];
}
