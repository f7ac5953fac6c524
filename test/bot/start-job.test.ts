// Whether a filled form becomes a job: every wrong field has its own sentence at its field.
import { maxNameChars, maxPromptChars, repositoriesStaleMs } from "@cody/core/limits.ts";
import { jobSchema } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { type StartRequest, startJob } from "../../packages/bot/src/stories/start-job.ts";
import { type Field, type FilledForm, jobForm } from "../../packages/bot/src/views/job-form.ts";
import { repository, start } from "../core/examples.ts";

const filled: FilledForm = {
  repositoryIds: ["1", "2"],
  prompt: " Upgrade Log4j past CVE-2021-44228\nand run the tests ",
  name: "",
  kind: "vulnerability",
  deliver: "pull-request",
  model: "claude-sonnet-5-5",
  effort: "",
  base: "",
  labels: "",
  reviewers: "",
  autoMerge: "team",
  fixChecks: "team",
  channel: "C1",
};
const publicRoom = { found: true, kind: "public", member: false, archived: false, shared: false } as const;
const repositories = [
  repository("shop", { id: 1 }),
  repository("docs", { id: 2 }),
  repository("old", { id: 3, archived: true }),
  repository("secret", { id: 4, fullName: "other/secret" }),
  ...[5, 6, 7, 8].map((id) => repository(`more-${id}`, { id })),
];

function decide(form: Partial<FilledForm>, differences: Partial<StartRequest> = {}) {
  return startJob({
    form: { ...filled, ...form },
    team: "T1",
    requester: "U1",
    viewId: "V1",
    defaults: {},
    catalogue: { repositories, readAt: start },
    allowed: ["acme/*"],
    room: publicRoom,
    now: start,
    ...differences,
  });
}

function errorsOf(form: Partial<FilledForm>, differences: Partial<StartRequest> = {}) {
  const decision = decide(form, differences);
  return "errors" in decision ? decision.errors : {};
}

function jobOf(form: Partial<FilledForm>, differences: Partial<StartRequest> = {}) {
  const decision = decide(form, differences);
  if ("errors" in decision) throw new Error(JSON.stringify(decision.errors));
  return decision.job;
}

describe("a form that is right", () => {
  test("becomes a job", () => {
    expect(jobOf({})).toEqual({
      id: "sfyrojrz3z",
      team: "T1",
      requester: "U1",
      channel: "C1",
      name: "Upgrade Log4j past CVE-2021-44228",
      prompt: "Upgrade Log4j past CVE-2021-44228\nand run the tests",
      kind: "vulnerability",
      deliver: "pull-request",
      model: "claude-sonnet-5-5",
      effort: "high",
      repositories: repositories.slice(0, 2),
      budgetUsd: 6,
      createdAt: start,
    });
  });

  test("becomes a job that the table takes, however it is filled in", () => {
    for (const form of [{}, { name: "Log4j" }, { base: "release/2", effort: "max" }, { prompt: "x" }]) {
      const job = jobOf(form);
      expect(jobSchema.parse(job)).toEqual(job);
    }
  });

  test("is the same job when it comes twice, and another in another form or team", () => {
    expect(jobOf({}).id).toBe(jobOf({ prompt: "Something else" }).id);
    expect(jobOf({}, { viewId: "V2" }).id).not.toBe(jobOf({}).id);
    expect(jobOf({}, { team: "T2" }).id).not.toBe(jobOf({}).id);
  });

  test("takes the name, the effort and the base that were filled in", () => {
    const job = jobOf({ name: " Log4j ", effort: "low", base: " release/2.x " });
    expect(job).toMatchObject({ name: "Log4j", effort: "low", baseBranch: "release/2.x" });
    expect(jobOf({})).not.toHaveProperty("baseBranch");
  });

  test("takes labels and reviewers, however they are written, and what happens by itself", () => {
    const job = jobOf({
      labels: " security,, cody , cody",
      reviewers: "@ann, acme/security",
      autoMerge: "yes",
      fixChecks: "yes",
    });
    expect(job).toMatchObject({
      labels: ["security", "cody"],
      reviewers: ["ann", "acme/security"],
      autoMerge: true,
      fixChecks: true,
    });
    expect(jobSchema.parse(job)).toEqual(job);
  });

  test("is delivered as the team has set it, where nothing else is chosen", () => {
    const defaults = {
      deliver: "draft",
      labels: ["cody"],
      reviewers: ["ben"],
      autoMerge: true,
      fixChecks: true,
    } as const;
    const set = { ...defaults, labels: [...defaults.labels], reviewers: [...defaults.reviewers] };
    expect(jobOf({ deliver: "team" }, { defaults: set })).toMatchObject(defaults);
    expect(jobOf({ deliver: "team" }).deliver).toBe("pull-request");
    const other = { deliver: "patch", labels: "-", reviewers: "ann", autoMerge: "no", fixChecks: "no" };
    const job = jobOf(other, { defaults: set });
    expect(job).toMatchObject({ deliver: "patch", reviewers: ["ann"] });
    for (const left of ["labels", "autoMerge", "fixChecks"]) expect(job).not.toHaveProperty(left);
  });

  test("takes the effort of its model where none is chosen", () => {
    expect(jobOf({ model: "claude-opus-5-5" }).effort).toBe("medium");
  });

  test("is named after the first line of its request, cut where it is long", () => {
    const { name } = jobOf({ prompt: `${"word ".repeat(40)}\nmore` });
    expect(name.length).toBeLessThanOrEqual(maxNameChars);
    expect(name).toMatch(/^word word .* word…$/);
  });

  test("counts a repository that was chosen twice once", () => {
    const job = jobOf({ repositoryIds: ["1", "1"] });
    expect(job.repositories.map(({ id }) => id)).toEqual([1]);
    expect(job.budgetUsd).toBe(3);
  });

  test("may be for a private channel that Cody is in, and remembers that it is private", () => {
    const job = jobOf({}, { room: { ...publicRoom, kind: "private", member: true } });
    expect(job).toMatchObject({ channel: "C1", isPrivate: true });
    expect(jobOf({})).not.toHaveProperty("isPrivate");
  });
});

const wrong: {
  name: string;
  field: Field;
  form?: Partial<FilledForm>;
  with?: Partial<StartRequest>;
  says: string;
}[] = [
  {
    name: "no repository",
    field: "repositories",
    form: { repositoryIds: [] },
    says: "Choose at least one repository.",
  },
  {
    name: "six repositories",
    field: "repositories",
    form: { repositoryIds: ["1", "2", "5", "6", "7", "8"] },
    says: "Choose at most 5 repositories; these are 6.",
  },
  {
    name: "a sentence in place of a repository",
    field: "repositories",
    form: { repositoryIds: ["none"] },
    says: "That line is a message, not a repository. Remove it and search again.",
  },
  {
    name: "a list that was never read",
    field: "repositories",
    with: { catalogue: undefined },
    says: "Cody has not read the list of repositories yet. Try again in a minute.",
  },
  {
    name: "a repository that is gone",
    field: "repositories",
    form: { repositoryIds: ["1", "99"] },
    says: "One of these repositories is gone, or Cody cannot see it any more. Remove it and choose again.",
  },
  {
    name: "a repository that an old list does not know",
    field: "repositories",
    form: { repositoryIds: ["99"] },
    with: { now: start + repositoriesStaleMs + 1 },
    says: "One of these repositories is gone, or Cody cannot see it any more. Remove it and choose again. Its list is old; try again in a minute.",
  },
  {
    name: "a repository that no pattern allows",
    field: "repositories",
    form: { repositoryIds: ["1", "4"] },
    says: "Cody may not work on other/secret. Ask whoever operates Cody to add it to ALLOWED_REPOS.",
  },
  {
    name: "nothing allowed at all",
    field: "repositories",
    with: { allowed: [] },
    says: "Cody may not work on acme/shop. Ask whoever operates Cody to add it to ALLOWED_REPOS.",
  },
  {
    name: "an archived repository",
    field: "repositories",
    form: { repositoryIds: ["3"] },
    says: "acme/old is archived. Unarchive it on GitHub, or leave it out.",
  },
  { name: "no request", field: "prompt", form: { prompt: " \n " }, says: "Write what should change." },
  {
    name: "a request that is too long",
    field: "prompt",
    form: { prompt: "x".repeat(maxPromptChars + 1) },
    says: "3,001 characters; Cody takes 3,000. Put details into a file of the repository and name it here.",
  },
  {
    name: "a name that is too long",
    field: "name",
    form: { name: "x".repeat(maxNameChars + 1) },
    says: "A name has at most 80 characters.",
  },
  { name: "no kind", field: "kind", form: { kind: "" }, says: "Choose a kind from the list." },
  {
    name: "an unknown delivery",
    field: "deliver",
    form: { deliver: "pigeon" },
    says: "Choose how the change is delivered.",
  },
  {
    name: "an unknown model",
    field: "model",
    form: { model: "gpt-4", effort: "high" },
    says: "The model gpt-4 is not known. Choose one from the list.",
  },
  {
    name: "no model",
    field: "model",
    form: { model: "", effort: "high" },
    says: "The model (none) is not known. Choose one from the list.",
  },
  {
    name: "an unknown effort",
    field: "effort",
    form: { effort: "enormous" },
    says: "Choose an effort from the list, or leave it empty.",
  },
  ...["-f", "a..b", "main:refs/heads/main", "+HEAD:main", "refs/heads/main"].map((base) => ({
    name: `the base branch ${base}`,
    field: "base" as const,
    form: { base },
    says: "That is not the name of a branch. Leave it empty for each repository's default branch.",
  })),
  {
    name: "too many labels",
    field: "labels",
    form: { labels: Array.from({ length: 11 }, (_, index) => `l${index}`).join() },
    says: "At most 10 labels; these are 11.",
  },
  {
    name: "a label that is too long",
    field: "labels",
    form: { labels: "x".repeat(51) },
    says: `GitHub takes labels of at most 50 characters; “${"x".repeat(19)}…” has more.`,
  },
  {
    name: "too many reviewers",
    field: "reviewers",
    form: { reviewers: Array.from({ length: 11 }, (_, index) => `u${index}`).join() },
    says: "At most 10 reviewers; these are 11.",
  },
  ...["a/b/c", "-ann", "ann lee", "acme/", "<@U1>"].map((reviewers) => ({
    name: `the reviewer ${reviewers}`,
    field: "reviewers" as const,
    form: { reviewers },
    says: `“${reviewers}” is neither a GitHub login nor a team written as owner/team.`,
  })),
  {
    name: "a channel that Cody cannot see",
    field: "channel",
    with: { room: { found: false } },
    says: "Cody cannot see that channel. Invite it there with /invite, or choose another channel.",
  },
  {
    name: "an archived channel",
    field: "channel",
    with: { room: { ...publicRoom, archived: true } },
    says: "That channel is archived. Choose another one.",
  },
  {
    name: "a channel shared with another company",
    field: "channel",
    with: { room: { ...publicRoom, shared: true } },
    says: "That channel is shared with another company. Choose one of your own workspace.",
  },
  {
    name: "a direct message",
    field: "channel",
    with: { room: { ...publicRoom, kind: "direct" } },
    says: "Cody works in channels, where your team can see it. Choose a channel.",
  },
  {
    name: "a private channel without Cody",
    field: "channel",
    with: { room: { ...publicRoom, kind: "private" } },
    says: "Cody is not in that channel. Invite it there with /invite.",
  },
];

test.each(wrong)("$name is told at $field", ({ field, form = {}, with: differences = {}, says }) => {
  expect(errorsOf(form, differences)).toEqual({ [field]: says });
});

test("everything that is wrong is told at once, at fields that the form has", () => {
  const empty = {
    repositoryIds: [],
    prompt: "",
    name: "x".repeat(81),
    kind: "",
    deliver: "",
    model: "",
    base: "-f",
  };
  const fields = Object.keys(errorsOf({ ...empty, effort: "no" }, { room: { found: false } }));
  expect(fields).toEqual([
    "repositories",
    "prompt",
    "name",
    "kind",
    "deliver",
    "model",
    "effort",
    "base",
    "channel",
  ]);
  const ofForm = jobForm("", "C1").blocks.map(({ block_id }) => block_id);
  expect(ofForm).toEqual(expect.arrayContaining(fields));
});
