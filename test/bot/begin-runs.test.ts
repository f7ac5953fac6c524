// The first state of a run, from what GitHub says of its repository: a run that cannot work costs nothing.
import type { RepositoryCheck } from "@cody/core/ports/code-host.ts";
import { runSchema } from "@cody/core/schema.ts";
import { expect, test } from "vitest";
import { firstRun } from "../../packages/bot/src/effects/begin-runs.ts";
import { exampleJob, repository, start } from "../core/examples.ts";

const asked = repository("shop");
const found = {
  found: true,
  repository: asked,
  empty: false,
  baseSha: "f00",
  cloneUrl: "https://github.com/acme/shop.git",
} as const satisfies RepositoryCheck;

const cases: {
  name: string;
  check: RepositoryCheck;
  allowed?: string[];
  deliver?: "pull-request" | "draft" | "patch";
  baseBranch?: string;
  becomes: object;
  /** Why only a patch will be delivered, where that is so. */
  patchOnly?: string;
}[] = [
  { name: "all is well", check: found, becomes: { state: "queued", number: 2, baseBranch: "main" } },
  {
    name: "it is gone",
    check: { found: false },
    becomes: { outcome: "failed", reason: { kind: "repository-gone", detail: "acme/shop" } },
  },
  {
    name: "it is not allowed any more",
    check: found,
    allowed: ["acme/docs"],
    becomes: { outcome: "failed", reason: { kind: "repository-not-allowed", detail: "acme/shop" } },
  },
  {
    name: "it was renamed to what is not allowed",
    check: { ...found, repository: { ...asked, fullName: "other/shop" } },
    becomes: { outcome: "failed", reason: { kind: "repository-not-allowed", detail: "other/shop" } },
  },
  {
    name: "it was renamed to what is allowed",
    check: { ...found, repository: { ...asked, fullName: "acme/store" } },
    becomes: { state: "queued", repository: { fullName: "acme/store" } },
  },
  {
    name: "it was archived since",
    check: { ...found, repository: { ...asked, archived: true } },
    becomes: { outcome: "failed", reason: { kind: "repository-archived", detail: "acme/shop" } },
  },
  {
    name: "it has no commits",
    check: { ...found, empty: true, baseSha: undefined },
    becomes: { outcome: "failed", reason: { kind: "repository-empty", detail: "acme/shop" } },
  },
  {
    name: "it has no such branch",
    check: { ...found, baseSha: undefined },
    baseBranch: "release/2",
    becomes: { outcome: "failed", reason: { kind: "base-branch-missing", detail: "release/2 in acme/shop" } },
  },
  {
    name: "Cody may not push",
    check: { ...found, repository: { ...asked, mayPush: false } },
    becomes: { state: "queued" },
    patchOnly: "Cody may not push to acme/shop",
  },
  {
    name: "Cody may not push a draft",
    check: { ...found, repository: { ...asked, mayPush: false } },
    deliver: "draft",
    becomes: { state: "queued" },
    patchOnly: "Cody may not push to acme/shop",
  },
  {
    name: "Cody may not push, and only a patch is wanted",
    check: { ...found, repository: { ...asked, mayPush: false } },
    deliver: "patch",
    becomes: { state: "queued" },
  },
  {
    name: "its default branch was renamed since",
    check: { ...found, repository: { ...asked, defaultBranch: "trunk" } },
    becomes: { state: "queued", baseBranch: "trunk" },
  },
];

test.each(cases)(
  "$name",
  ({ check, allowed = ["acme/*"], deliver = "pull-request", baseBranch, becomes, patchOnly }) => {
    const run = firstRun(exampleJob({ deliver, baseBranch }), 2, asked, check, allowed, start);
    expect(run).toMatchObject(becomes);
    expect(run.patchOnly).toBe(patchOnly);
    expect(runSchema.safeParse(run).success).toBe(true);
    expect(run.costUsd).toBe(0);
    if (run.state === "done") expect(run.endedAt).toBe(start);
  },
);
