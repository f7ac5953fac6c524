// Starts a job as a person does: types /cody, searches the repositories, fills the form, submits it.
import { setTimeout as sleep } from "node:timers/promises";
import type { SampleRequest } from "./scenario.ts";
import type { FormValues, WorkspaceState } from "./slack/contract.ts";
import type { Workspace } from "./slack/workspace.ts";

/** Cody reads the list of repositories in its first seconds; a person would try again as well. */
const listTimeoutMs = 20_000;

/** Types `/cody` and returns the form that opens. */
export async function openForm(slack: Workspace, user: string, channel: string, typed = "") {
  const person = slack.as(user);
  const { error } = await person.send(channel, `/cody ${typed}`.trim());
  if (error) throw new Error(error);
  const { modal } = person.state();
  if (!modal) throw new Error("no form opened");
  return modal;
}

/** Starts the job; throws what Slack or Cody would tell the person. */
export async function startSampleJob(
  slack: Workspace,
  user: string,
  channel: string,
  request: SampleRequest,
) {
  const person = slack.as(user);
  const modal = await openForm(slack, user, channel);
  const chosen = [];
  for (const name of request.repositories) chosen.push(await findRepository(slack, user, name));
  const values = filled(modal, {
    repositories: { selected_options: chosen },
    prompt: { value: request.prompt },
    name: { value: request.name ?? null },
    kind: { value: request.kind },
    deliver: { value: request.deliver ?? "pull-request" },
  });
  const answer = await person.submit(modal.id, values);
  const problems = [answer.error, ...Object.values(answer.errors ?? {})].filter(Boolean);
  if (problems.length > 0) throw new Error(problems.join(" "));
}

/** The option of a repository, as the type-ahead gives it. */
export async function findRepository(slack: Workspace, user: string, name: string) {
  const until = Date.now() + listTimeoutMs;
  for (;;) {
    const { options, error } = await slack.as(user).suggest("repositories", "repositories", name);
    const option = options.find(({ text }) => text.text === name);
    if (option) return option;
    const said = error ?? options.map(({ text }) => text.text).join(", ");
    if (Date.now() > until) throw new Error(`${name} is not offered. ${said}`);
    await sleep(200);
  }
}

type Modal = NonNullable<WorkspaceState["modal"]>;
type Answer = { value: string | null } | { selected_options: unknown[] } | { selected_conversation: string };

/** The values of a form as Slack sends them: what is given here, and the initial value of everything else. */
export function filled(modal: Modal, answers: Record<string, Answer>): FormValues {
  const values: FormValues = {};
  for (const block of modal.blocks) {
    if (block.type !== "input" || !block.block_id) continue;
    const { element } = block as unknown as { element: Element };
    values[block.block_id] = { [element.action_id]: stateOf(element, answers[block.block_id]) };
  }
  return values;
}

type Element = Record<string, unknown> & { type: string; action_id: string };

function stateOf(element: Element, answer: Answer | undefined) {
  const { type } = element;
  if (type === "plain_text_input") {
    const value = answer && "value" in answer ? answer.value : ((element.initial_value as string) ?? null);
    return { type, value };
  }
  if (type === "conversations_select") {
    const initial = { selected_conversation: element.initial_conversation ?? null };
    return { type, ...(answer && "selected_conversation" in answer ? answer : initial) };
  }
  if (type === "multi_external_select") {
    return { type, ...(answer && "selected_options" in answer ? answer : { selected_options: [] }) };
  }
  const options = (element.options ?? []) as { value: string }[];
  const wanted =
    answer && "value" in answer ? options.find(({ value }) => value === answer.value) : undefined;
  return { type, selected_option: wanted ?? element.initial_option ?? null };
}
