// Permissions in words: how they are read, what they cover, and what a role without one is told.
import { describe, expect, test } from "vitest";
import { allowed } from "../../infra/allowed.ts";
import { accessKeyIn, openAccess } from "./access.ts";
import { type Asked, covers, parsePermission } from "./permission.ts";

const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/cody";

function asking(keys: Asked["keys"], more: Partial<Asked> = {}): Asked {
  return { action: "dynamodb:GetItem", resource: "table", arn, keys, ...more };
}

describe("reading", () => {
  test.each([
    ["dynamodb:GetItem table", { action: "dynamodb:GetItem", resource: "table" }],
    ["dynamodb:Query index open", { action: "dynamodb:Query", resource: "index open" }],
    ["batch:ListJobs *", { action: "batch:ListJobs", resource: "*" }],
    ["sqs:SendMessage dead letters", { action: "sqs:SendMessage", resource: "dead letters" }],
    [
      "dynamodb:PutItem table where keys are JOB#* KEY*",
      { action: "dynamodb:PutItem", resource: "table", keys: ["JOB#*", "KEY*"] },
    ],
  ])("%s", (words, permission) => {
    expect(parsePermission(words)).toEqual(permission);
  });

  test.each(["", "GetItem table", "dynamodb:GetItem", "dynamodb:* table", "dynamodb:GetItem "])(
    "%j is no permission",
    (words) => {
      expect(() => parsePermission(words)).toThrow(`"${words}" is no permission`);
    },
  );

  test("every permission of the deployment is one", () => {
    expect(Object.values(allowed).flat().map(parsePermission)).not.toEqual([]);
  });
});

describe("a permission covers", () => {
  const some = parsePermission("dynamodb:GetItem table where keys are JOB#* KEY*");
  const all = parsePermission("dynamodb:GetItem table");

  test.each([
    ["a key of one of its patterns", ["JOB#a"], true],
    ["keys of several of its patterns", ["JOB#a", "KEY", "JOB#b"], true],
    ["no key at all", [], true],
    ["a key of none of its patterns", ["TEAM#T1"], false],
    ["one key of none beside others", ["JOB#a", "TEAM#T1"], false],
    ["a key that only holds a pattern", ["XJOB#a"], false],
    ["a key in other case", ["job#a"], false],
    ["keys that could not be read", undefined, false],
  ] as const)("%s: %j", (_what, keys, isCovered) => {
    expect(covers(some, asking(keys))).toBe(isCovered);
    expect(covers(all, asking(keys))).toBe(true);
  });

  test("neither another action nor another resource", () => {
    expect(covers(all, asking([], { action: "dynamodb:PutItem" }))).toBe(false);
    expect(covers(all, asking([], { resource: "index open" }))).toBe(false);
    expect(covers(all, asking([], { resource: "*" }))).toBe(false);
  });

  test("what its pattern says, with * and ? alone being more than themselves", () => {
    const odd = parsePermission("dynamodb:GetItem table where keys are A.(b)?*");
    expect(covers(odd, asking(["A.(b)1"]))).toBe(true);
    expect(covers(odd, asking(["A.(b)1\n2"]))).toBe(true);
    expect(covers(odd, asking(["A.(b)"]))).toBe(false);
    expect(covers(odd, asking(["Ax(b)1"]))).toBe(false);
  });
});

describe("a caller", () => {
  const role = { name: "BoardRole", session: "board", allowed: ["dynamodb:GetItem table"] };
  const query = asking([], { action: "dynamodb:Query" });

  test("with a role may do what it allows, and is told in AWS's words what it does not", () => {
    const access = openAccess({ "local-board": role });
    expect(access.refusal("local-board", [asking(["JOB#a"])])).toBeUndefined();
    const refusal = access.refusal("local-board", [asking(["JOB#a"]), query]);
    expect(refusal).toBe(
      `User: arn:aws:sts::000000000000:assumed-role/BoardRole/board is not authorized to perform: dynamodb:Query on resource: ${arn} because no identity-based policy allows the dynamodb:Query action`,
    );
    access.refusal("local-board", [query]);
    expect(access.refusals()).toEqual([refusal]);
  });

  test("with any other key may do everything", () => {
    const access = openAccess({ "local-board": role });
    expect(access.refusal("local", [query])).toBeUndefined();
    expect(access.isOfRole("local")).toBe(false);
    expect(access.refusals()).toEqual([]);
  });

  test("is who signed", () => {
    const scope = "20260101/us-east-1/dynamodb/aws4_request";
    expect(
      accessKeyIn(`AWS4-HMAC-SHA256 Credential=local-board/${scope}, SignedHeaders=host, Signature=00`),
    ).toBe("local-board");
    expect(accessKeyIn(`AWS4-HMAC-SHA256 SignedHeaders=host,Credential=a/${scope},Signature=00`)).toBe("a");
    for (const none of [undefined, "", "Bearer x", "AWS4-HMAC-SHA256 Signature=00"])
      expect(accessKeyIn(none)).toBe("");
  });
});
