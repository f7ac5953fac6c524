// The form behind /cody: its fields, and the shape in which Slack sends them back.

import {
  maxNameChars,
  maxOptionChars,
  maxOptions,
  maxPromptChars,
  maxRepositories,
} from "@cody/core/limits.ts";
import { defaultModel, efforts, models } from "@cody/core/models.ts";
import type { changeKinds, deliveries, Repository } from "@cody/core/schema.ts";
import type { TeamDefaults } from "@cody/core/team-schema.ts";
import type { InputBlock, KnownBlock, ModalView, PlainTextOption, View } from "@slack/types";
import * as z from "zod";
import { context, plain } from "./blocks.ts";

export const jobFormId = "job-form";
export const defaultsFormId = "defaults-form";

/** A field's block and its element carry the same id. */
export type Field =
  | "repositories"
  | "prompt"
  | "name"
  | "kind"
  | "deliver"
  | "model"
  | "effort"
  | "base"
  | "labels"
  | "reviewers"
  | "autoMerge"
  | "fixChecks"
  | "channel";

const kindWords: Record<(typeof changeKinds)[number], string> = {
  upgrade: "Upgrade a dependency",
  vulnerability: "Fix a vulnerability",
  refactor: "Refactor",
  anything: "Anything",
};

const deliveryWords: Record<(typeof deliveries)[number], string> = {
  "pull-request": "Pull request",
  draft: "Draft pull request",
  patch: "Patch file only",
};

/** Stands for whatever the team has set; `/cody` opens the form before the table has been asked what that is. */
export const asTheTeam = "team";

const asTheTeamWords = { [asTheTeam]: "As the team has set it" };
const yesOrNo = { yes: "Yes", no: "No" };

/** The value of an option that stands for a sentence and not for a repository. */
export const noRepository = "none";

/** The form, with the words that were typed behind /cody as its prompt. */
export function jobForm(typed: string, channel: string): ModalView {
  const cut = typed.length > maxPromptChars;
  const blocks: KnownBlock[] = [
    input("repositories", "Repositories", `Up to ${maxRepositories}. Type a part of the name.`, {
      type: "multi_external_select",
      action_id: "repositories",
      min_query_length: 0,
      max_selected_items: maxRepositories,
      placeholder: plain("Search repositories"),
      focus_on_load: true,
    }),
    input("prompt", "What should change?", undefined, {
      type: "plain_text_input",
      action_id: "prompt",
      multiline: true,
      max_length: maxPromptChars,
      ...(typed ? { initial_value: typed.slice(0, maxPromptChars) } : {}),
      placeholder: plain("Upgrade Log4j past CVE-2021-44228"),
    }),
    input(
      "name",
      "Name",
      "Names the thread and the pull requests; the first words of the request if empty.",
      {
        type: "plain_text_input",
        action_id: "name",
        max_length: maxNameChars,
      },
    ),
    select("kind", "Kind of change", options(kindWords), "anything"),
    ...deliveryInputs({ ...asTheTeamWords, ...deliveryWords }, asTheTeam),
    select(
      "model",
      "Model",
      models.map((model) => option(model.id, model.name)),
      defaultModel,
    ),
    input("effort", "Effort", "How hard the model thinks; its own default if empty.", {
      type: "static_select",
      action_id: "effort",
      options: efforts.map((effort) => option(effort, effort)),
    }),
    input("base", "Base branch", "Each repository's default branch if empty.", {
      type: "plain_text_input",
      action_id: "base",
    }),
    ...pullRequestInputs("What the team has set, if empty. A hyphen for none.", {
      ...asTheTeamWords,
      ...yesOrNo,
    }),
    input("channel", "Channel", "The thread appears there. Cody joins public channels by itself.", {
      type: "conversations_select",
      action_id: "channel",
      initial_conversation: channel,
    }),
  ];
  if (cut) {
    const tooLong = `Your text has ${typed.length.toLocaleString("en")} characters. The form takes ${maxPromptChars.toLocaleString("en")}: only the beginning is here. Put details into a file of the repository and name it in the request.`;
    blocks.splice(2, 0, context(`:warning: ${tooLong}`));
  }
  return {
    type: "modal",
    callback_id: jobFormId,
    title: plain("Cody"),
    submit: plain("Start"),
    close: plain("Cancel"),
    blocks,
  };
}

/** The form of what a team's jobs begin with. */
export function defaultsForm(now: TeamDefaults): ModalView {
  const { deliver = "pull-request", autoMerge = false, fixChecks = false } = now;
  const initial = {
    labels: now.labels?.join(", "),
    reviewers: now.reviewers?.join(", "),
    autoMerge: autoMerge ? "yes" : "no",
    fixChecks: fixChecks ? "yes" : "no",
  };
  return {
    type: "modal",
    callback_id: defaultsFormId,
    title: plain("Team defaults"),
    submit: plain("Save"),
    close: plain("Cancel"),
    blocks: [
      ...deliveryInputs(deliveryWords, deliver),
      ...pullRequestInputs("With commas between them.", yesOrNo, initial),
    ],
  };
}

function deliveryInputs(words: Record<string, string>, initial: string): InputBlock[] {
  const choices = options(words);
  return [
    input("deliver", "Deliver as", undefined, {
      type: "radio_buttons",
      action_id: "deliver",
      options: choices,
      initial_option: choices.find(({ value }) => value === initial),
    }),
  ];
}

/** What pull requests get beside the change. */
function pullRequestInputs(
  ifEmpty: string,
  choices: Record<string, string>,
  initial: { labels?: string; reviewers?: string; autoMerge?: string; fixChecks?: string } = {},
): InputBlock[] {
  const [first = ""] = Object.keys(choices);
  const written = (value: string | undefined) => (value ? { initial_value: value } : {});
  return [
    input("labels", "Labels", ifEmpty, {
      type: "plain_text_input",
      action_id: "labels",
      placeholder: plain("security, dependencies"),
      ...written(initial.labels),
    }),
    input("reviewers", "Reviewers", ifEmpty, {
      type: "plain_text_input",
      action_id: "reviewers",
      placeholder: plain("GitHub logins, and teams as owner/team"),
      ...written(initial.reviewers),
    }),
    select(
      "autoMerge",
      "Merge by itself when GitHub's rules allow",
      options(choices),
      initial.autoMerge ?? first,
    ),
    select("fixChecks", "Fix failing checks, at most twice", options(choices), initial.fixChecks ?? first),
  ];
}

const optional: Field[] = ["name", "effort", "base", "labels", "reviewers"];

function input(
  field: Field,
  label: string,
  hint: string | undefined,
  element: InputBlock["element"],
): InputBlock {
  return {
    type: "input",
    block_id: field,
    label: plain(label),
    element,
    optional: optional.includes(field),
    ...(hint ? { hint: plain(hint) } : {}),
  };
}

function select(field: Field, label: string, choices: PlainTextOption[], initial: string): InputBlock {
  const element = {
    type: "static_select" as const,
    action_id: field,
    options: choices,
    initial_option: choices.find((choice) => choice.value === initial),
  };
  return input(field, label, undefined, element);
}

function options(words: Record<string, string>): PlainTextOption[] {
  return Object.entries(words).map(([value, label]) => option(value, label));
}

function option(value: string, label: string): PlainTextOption & { value: string } {
  return { text: plain(label), value };
}

/**
 * The repositories that match what was typed, best first; a name that is too long for Slack keeps its end, which is
 * what tells it apart.
 */
export function repositoryOptions(repositories: readonly Repository[], typed: string): PlainTextOption[] {
  const words = typed.trim().toLowerCase();
  const rank = (name: string) => {
    const at = name.toLowerCase().indexOf(words);
    return at === 0 || name[at - 1] === "/" ? 0 : 1;
  };
  return repositories
    .map((repository) => ({ id: repository.id, name: repository.fullName }))
    .filter(({ name }) => name.toLowerCase().includes(words))
    .sort((one, other) => rank(one.name) - rank(other.name) || one.name.localeCompare(other.name))
    .slice(0, maxOptions)
    .map(({ id, name }) => option(String(id), shortened(name)));
}

/** A sentence in place of repositories, where there are none to show. */
export function sentenceOption(sentence: string): PlainTextOption[] {
  return [option(noRepository, sentence)];
}

function shortened(name: string): string {
  if (name.length <= maxOptionChars) return name;
  return `${name.slice(0, 20)}…${name.slice(-(maxOptionChars - 21))}`;
}

const chosen = z.object({ selected_option: z.object({ value: z.string() }).nullish() });
const written = z.object({ value: z.string().nullish() });

const deliveryValues = {
  deliver: z.object({ deliver: chosen }),
  labels: z.object({ labels: written }).optional(),
  reviewers: z.object({ reviewers: written }).optional(),
  autoMerge: z.object({ autoMerge: chosen }).optional(),
  fixChecks: z.object({ fixChecks: chosen }).optional(),
};

const valuesSchema = z.object({
  ...deliveryValues,
  repositories: z.object({
    repositories: z.object({ selected_options: z.array(z.object({ value: z.string() })).default([]) }),
  }),
  prompt: z.object({ prompt: written }),
  name: z.object({ name: written }).optional(),
  kind: z.object({ kind: chosen }),
  model: z.object({ model: chosen }),
  effort: z.object({ effort: chosen }).optional(),
  base: z.object({ base: written }).optional(),
  channel: z.object({ channel: z.object({ selected_conversation: z.string().nullish() }) }),
});

/** How changes are delivered, as it was filled in. */
export interface FilledDelivery {
  deliver: string;
  labels: string;
  reviewers: string;
  autoMerge: string;
  fixChecks: string;
}

/** What a person filled in, as it came: nothing here is checked yet. */
export interface FilledForm extends FilledDelivery {
  repositoryIds: string[];
  prompt: string;
  name: string;
  kind: string;
  model: string;
  effort: string;
  base: string;
  channel: string;
}

type FormState = Pick<View & { state: unknown }, "state">;

/** Reads the values of a submitted form. Throws where they are not those of this form. */
export function readJobForm(view: FormState): FilledForm {
  const { values } = z.object({ values: valuesSchema }).parse(view.state);
  return {
    ...deliveryIn(values),
    repositoryIds: values.repositories.repositories.selected_options.map((one) => one.value),
    prompt: values.prompt.prompt.value ?? "",
    name: values.name?.name.value ?? "",
    kind: values.kind.kind.selected_option?.value ?? "",
    model: values.model.model.selected_option?.value ?? "",
    effort: values.effort?.effort.selected_option?.value ?? "",
    base: values.base?.base.value ?? "",
    channel: values.channel.channel.selected_conversation ?? "",
  };
}

/** Reads the values of a submitted form of a team's defaults. Throws where they are not those of that form. */
export function readDefaultsForm(view: FormState): FilledDelivery {
  return deliveryIn(z.object({ values: z.object(deliveryValues) }).parse(view.state).values);
}

function deliveryIn(values: z.infer<z.ZodObject<typeof deliveryValues>>): FilledDelivery {
  return {
    deliver: values.deliver.deliver.selected_option?.value ?? "",
    labels: values.labels?.labels.value ?? "",
    reviewers: values.reviewers?.reviewers.value ?? "",
    autoMerge: values.autoMerge?.autoMerge.selected_option?.value ?? "",
    fixChecks: values.fixChecks?.fixChecks.selected_option?.value ?? "",
  };
}

/** The sentence for a prompt that is too long to be taken. */
export function promptTooLong(length: number): string {
  return `${length.toLocaleString("en")} characters; Cody takes ${maxPromptChars.toLocaleString("en")}. Put details into a file of the repository and name it here.`;
}
