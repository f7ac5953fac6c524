// The options a picker shows for what was typed, fetched with a pause and never out of order.
import { useEffect, useMemo, useRef, useState } from "react";
import type { PickerOption, PickerProps } from "./picker.tsx";

/** Slack waits about this long after a key before it asks the app. */
const PAUSE_MS = 150;

interface Options {
  options: PickerOption[];
  /** A sentence beneath the options: loading, too short, nothing found, or what went wrong. */
  note: string;
}

export function useOptions(
  open: boolean,
  query: string,
  { load, remote = false, minQueryLength = 0 }: Pick<PickerProps, "load" | "remote" | "minQueryLength">,
): Options {
  const [answer, setAnswer] = useState<Options & { query?: string }>({ options: [], note: "" });
  // The newest `load` without being a reason to ask again: it is a new function at every drawing.
  const newest = useRef(load);
  newest.current = load;
  const missing = minQueryLength - query.length;

  useEffect(() => {
    if (!open || missing > 0) return;
    let outdated = false;
    const show = async () => {
      const found = await ask(newest.current, query);
      if (!outdated) setAnswer({ ...found, query });
    };
    const timer = setTimeout(() => void show(), remote ? PAUSE_MS : 0);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [open, query, remote, missing]);

  return useMemo(() => {
    if (missing > 0) {
      const count = missing === 1 ? "1 more character" : `${missing} more characters`;
      return { options: [], note: `Type ${count} to search.` };
    }
    if (answer.query === query) return answer;
    // Until the answer is there, nothing may be offered that does not fit what is typed now.
    return { options: matching(answer.options, query), note: remote ? "Loading…" : "" };
  }, [answer, query, missing, remote]);
}

/** The options whose text contains what was typed. */
export function matching<Option extends PickerOption>(options: Option[], query: string): Option[] {
  const words = query.toLowerCase().trim();
  return options.filter(({ text }) => text.toLowerCase().includes(words));
}

async function ask(load: PickerProps["load"], query: string): Promise<Options> {
  try {
    const options = await load(query);
    return { options, note: options.length === 0 ? "No matches found." : "" };
  } catch (error) {
    return { options: [], note: error instanceof Error ? error.message : String(error) };
  }
}
