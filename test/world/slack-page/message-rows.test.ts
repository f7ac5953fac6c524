// Which messages share a name, which begin a day, and which stand in a thread.
import { expect, test } from "vitest";
import type { Message } from "../slack/contract.ts";
import { repliesOf, rootsOf, rowsOf } from "./message-rows.ts";

const noon = new Date(2026, 10, 20, 12).getTime() / 1000;

function message(seconds: number, more: Partial<Message> = {}): Message {
  const ts = (noon + seconds).toFixed(6);
  return { channel: "C1", ts, user: "U1", text: "", blocks: [], files: [], replyCount: 0, ...more };
}

test("puts one author's messages of five minutes together", () => {
  const messages = [
    message(0),
    message(60),
    message(61, { user: "U2" }),
    message(62, { user: "U2", ephemeralTo: "U1" }),
    message(400, { user: "U2", ephemeralTo: "U1" }),
  ];
  const rows = rowsOf(messages, new Date(noon * 1000));
  expect(rows[0]).toMatchObject({ kind: "day", name: "Today" });
  expect(rows.slice(1).map((row) => row.kind === "message" && row.compact)).toEqual([
    false,
    true,
    false,
    false,
    false,
  ]);
});

test("begins every day with its name", () => {
  const messages = [message(-48 * 3600), message(-24 * 3600), message(0)];
  const names = rowsOf(messages, new Date(noon * 1000)).flatMap((row) =>
    row.kind === "day" ? row.name : [],
  );
  expect(names).toHaveLength(3);
  expect(names.slice(1)).toEqual(["Yesterday", "Today"]);
});

test("keeps threads apart from the channel, in the order of their times", () => {
  const root = message(0);
  const late = message(20, { threadTs: root.ts });
  const early = message(10, { threadTs: root.ts });
  const elsewhere = message(5, { channel: "C2" });
  const all = [late, elsewhere, { ...root, threadTs: root.ts }, early];
  expect(rootsOf(all, "C1").map(({ ts }) => ts)).toEqual([root.ts]);
  expect(repliesOf(all, "C1", root.ts)).toEqual([early, late]);
});
