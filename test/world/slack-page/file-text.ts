// The text of a file of the workspace, read once and kept.
import { useEffect, useState } from "react";
import type { WorkspaceFile } from "../slack/contract.ts";

const TEXT =
  /\.(?:patch|diff|txt|md|log|json|jsonl|ya?ml|toml|csv|xml|html|css|[cm]?[jt]sx?|py|java|go|rs|sh)$/i;
const KEPT_FILES = 50;

const kept = new Map<string, Promise<string>>();

/** Whether the page can show this file; everything else can only be downloaded. */
export function isText({ name }: WorkspaceFile): boolean {
  return TEXT.test(name);
}

/** The text of a file, undefined while it is read, or the sentence that says why it could not be. */
export function useFileText(file: WorkspaceFile | undefined): { text?: string; problem?: string } {
  const [read, setRead] = useState<{ text?: string; problem?: string }>({});
  const path = file?.path;
  useEffect(() => {
    if (path === undefined) return;
    let outdated = false;
    textOf(path).then(
      (text) => !outdated && setRead({ text }),
      (error: unknown) =>
        !outdated && setRead({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      outdated = true;
    };
  }, [path]);
  return read;
}

function textOf(path: string): Promise<string> {
  const known = kept.get(path);
  if (known !== undefined) return known;
  const text = fetchText(path);
  kept.set(path, text);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_FILES && !oldest.done) kept.delete(oldest.value);
  text.catch(() => kept.delete(path));
  return text;
}

async function fetchText(path: string): Promise<string> {
  const response = await fetch(path);
  if (!response.ok)
    throw new Error(`The file could not be read: the workspace server answered ${response.status}.`);
  return response.text();
}
