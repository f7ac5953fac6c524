// Decides whether a filled form becomes a job, or which fields are wrong and why. Pure.
import { idFrom } from "@cody/core/ids.ts";
import {
  defaultBudgetPerRepositoryUsd,
  maxNameChars,
  maxPromptChars,
  maxRepositories,
  repositoriesStaleMs,
} from "@cody/core/limits.ts";
import { effortSchema, modelOf } from "@cody/core/models.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { Room } from "@cody/core/ports/chat.ts";
import { isBranchName } from "@cody/core/repository.ts";
import { changeKinds, type Job, type Repository } from "@cody/core/schema.ts";
import type { Catalogue, TeamDefaults } from "@cody/core/team-schema.ts";
import { clipped } from "../views/blocks.ts";
import { type Field, type FilledForm, noRepository, promptTooLong } from "../views/job-form.ts";
import { chooseDelivery } from "./delivery.ts";

export interface StartRequest {
  form: FilledForm;
  team: string;
  requester: string;
  /** Slack's id of the submitted form; the same form twice is the same job. */
  viewId: string;
  catalogue: Catalogue | undefined;
  defaults: TeamDefaults;
  allowed: readonly string[];
  room: Room;
  now: number;
}

export type StartDecision = { job: Job } | { errors: Partial<Record<Field, string>> };

/** A job, or a sentence for each field that a person has to mend. */
export function startJob(request: StartRequest): StartDecision {
  const { form } = request;
  const repositories = chooseRepositories(request);
  const kind = changeKinds.find((known) => known === form.kind);
  const delivery = chooseDelivery(form, request.defaults);
  const model = modelOf(form.model);
  const effort = effortSchema.safeParse(form.effort || model?.effort);
  const prompt = form.prompt.trim();
  const errors: Partial<Record<Field, string | undefined>> = {
    repositories: typeof repositories === "string" ? repositories : undefined,
    prompt: wrongPrompt(prompt),
    name: form.name.length > maxNameChars ? `A name has at most ${maxNameChars} characters.` : undefined,
    kind: kind ? undefined : "Choose a kind from the list.",
    ...("errors" in delivery ? delivery.errors : {}),
    model: model ? undefined : `The model ${form.model || "(none)"} is not known. Choose one from the list.`,
    effort: effort.success ? undefined : "Choose an effort from the list, or leave it empty.",
    base: wrongBranch(form.base.trim()),
    channel: wrongRoom(request.room),
  };
  const found = Object.entries(errors).filter((entry): entry is [Field, string] => entry[1] !== undefined);
  if (
    found.length > 0 ||
    typeof repositories === "string" ||
    !kind ||
    "errors" in delivery ||
    !model ||
    !effort.success
  ) {
    return { errors: Object.fromEntries(found) };
  }
  return {
    job: {
      id: idFrom(request.team, request.viewId),
      team: request.team,
      requester: request.requester,
      channel: form.channel,
      ...(request.room.found && request.room.kind !== "public" ? { isPrivate: true } : {}),
      name: form.name.trim() || firstWords(prompt),
      prompt,
      kind,
      ...delivery.chosen,
      model: model.id,
      effort: effort.data,
      ...(form.base.trim() ? { baseBranch: form.base.trim() } : {}),
      repositories,
      budgetUsd: repositories.length * defaultBudgetPerRepositoryUsd,
      createdAt: request.now,
    },
  };
}

/** The chosen repositories, or what is wrong with the choice. */
function chooseRepositories({ form, catalogue, allowed, now }: StartRequest): Repository[] | string {
  const ids = [...new Set(form.repositoryIds)];
  if (ids.length === 0) return "Choose at least one repository.";
  if (ids.length > maxRepositories)
    return `Choose at most ${maxRepositories} repositories; these are ${ids.length}.`;
  if (ids.includes(noRepository))
    return "That line is a message, not a repository. Remove it and search again.";
  if (!catalogue) return "Cody has not read the list of repositories yet. Try again in a minute.";
  const chosen: Repository[] = [];
  for (const id of ids) {
    const repository = catalogue.repositories.find((known) => String(known.id) === id);
    if (!repository) {
      const age =
        now - catalogue.readAt > repositoriesStaleMs ? " Its list is old; try again in a minute." : "";
      return `One of these repositories is gone, or Cody cannot see it any more. Remove it and choose again.${age}`;
    }
    if (!isAllowed(repository.fullName, allowed)) {
      return `Cody may not work on ${repository.fullName}. Ask whoever operates Cody to add it to ALLOWED_REPOS.`;
    }
    if (repository.archived)
      return `${repository.fullName} is archived. Unarchive it on GitHub, or leave it out.`;
    chosen.push(repository);
  }
  return chosen;
}

function wrongPrompt(prompt: string): string | undefined {
  if (prompt.length === 0) return "Write what should change.";
  if (prompt.length > maxPromptChars) return promptTooLong(prompt.length);
  return undefined;
}

function wrongBranch(branch: string): string | undefined {
  if (branch === "" || isBranchName(branch)) return undefined;
  return "That is not the name of a branch. Leave it empty for each repository's default branch.";
}

function wrongRoom(room: Room): string | undefined {
  if (!room.found)
    return "Cody cannot see that channel. Invite it there with /invite, or choose another channel.";
  if (room.archived) return "That channel is archived. Choose another one.";
  if (room.shared) return "That channel is shared with another company. Choose one of your own workspace.";
  if (room.kind === "direct") return "Cody works in channels, where your team can see it. Choose a channel.";
  if (room.kind === "private" && !room.member)
    return "Cody is not in that channel. Invite it there with /invite.";
  return undefined;
}

function firstWords(prompt: string): string {
  return clipped(prompt.split("\n")[0]?.trim() ?? prompt, maxNameChars);
}
