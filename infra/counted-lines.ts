// Lines of the programs' logs that are counted, and how many of them are too many.

export interface CountedLine {
  /** Of the metric and of its alarm. */
  name: string;
  program: "runner" | "watchdog";
  /** The text of the line, which is constant, and a field that it has to have beside it. */
  text: string;
  field?: { name: string; value: string };
  /** The alarm goes off when a period of this length has so many of them. */
  periodMinutes: number;
  from: number;
  /** What it means, for whoever gets the mail. */
  says: string;
}

export const countedLines: CountedLine[] = [
  {
    name: "Repairs",
    program: "watchdog",
    text: "a run lost its runner",
    periodMinutes: 15,
    // Spot machines are taken away now and then.
    from: 3,
    says: "Several runs lost their runners within a quarter of an hour, and the watchdog saw to them.",
  },
  {
    name: "FailedJobs",
    program: "watchdog",
    text: "a run lost its runner",
    field: { name: "state", value: "done" },
    periodMinutes: 15,
    from: 1,
    says: "A run was given up: its Batch job never started, or its runner died too often.",
  },
  {
    name: "BoardsNotDrawn",
    program: "watchdog",
    text: "boards could not be drawn",
    periodMinutes: 15,
    from: 3,
    says: "Boards could not be drawn for some minutes: Slack does not take what Cody sends.",
  },
  {
    name: "SpendLimit",
    program: "runner",
    text: "A spend limit of the key holds the round up",
    periodMinutes: 5,
    from: 1,
    says: "The spend limit of the key for Claude is reached. All runs wait until somebody presses Resume.",
  },
];

/** The pattern of a metric filter that finds the line among lines of JSON. */
export function patternOf({ text, field }: CountedLine): string {
  const conditions = [{ name: "text", value: text }, ...(field ? [field] : [])];
  return `{ ${conditions.map(({ name, value }) => `($.${name} = ${JSON.stringify(value)})`).join(" && ")} }`;
}
