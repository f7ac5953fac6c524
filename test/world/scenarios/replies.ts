// The answers of the scripted model that every scenario has: an edit, a command, and an end with one last look.
import type { Reply } from "../claude/script.ts";

export function edit(path: string, oldText: string, newText: string) {
  return { name: "edit_file", input: { path, oldText, newText } };
}

export function run(command: string) {
  return { name: "run_command", input: { command } };
}

/** The model looks over its diff once: the first call shows it, the second ends the round. */
export function finish(summary: string, verification: string): Reply[] {
  const reply = { calls: [{ name: "finish", input: { summary, verification } }] };
  return [reply, reply];
}
