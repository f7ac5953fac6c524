// The job as one live board in the terminal, from what the channel shows.
import { styleText } from "node:util";
import { decoded } from "./text.ts";

export interface Terminal {
  /** Shows these lines in place of the ones before; where nobody watches, only what is new is printed. */
  show(lines: string[]): void;
  /** Characters of a line; one that wraps would break the drawing in place. */
  readonly columns: number;
  /** Prints below the board for good. */
  say(line: string): void;
}

/** A terminal on this stream. */
export function openTerminal(stream: NodeJS.WriteStream): Terminal {
  let drawn: string[] = [];
  return {
    columns: stream.isTTY ? stream.columns : 200,
    show(lines) {
      const changed = lines.filter((line, index) => line !== drawn[index]);
      if (changed.length === 0 && lines.length === drawn.length) return;
      if (stream.isTTY) {
        const up = drawn.length > 0 ? `\u001b[${drawn.length}A\u001b[0J` : "";
        stream.write(`${up}${lines.join("\n")}\n`);
      } else {
        stream.write(`${changed.join("\n")}\n`);
      }
      drawn = lines;
    },
    say(line) {
      stream.write(`${line}\n`);
      drawn = [];
    },
  };
}

/** The lines of a board's plain text, at most this wide: its title, then a line a repository. */
export function boardLines(text: string, columns: number): string[] {
  const clip = (line: string) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`);
  const [title = "", ...runs] = decoded(text).split("\n");
  return [styleText("bold", clip(title)), ...runs.map((line) => coloured(clip(` ${line}`)))];
}

function coloured(line: string): string {
  if (line.startsWith(" ✔")) return styleText("green", line);
  if (line.startsWith(" ✘") || line.startsWith(" ■")) return styleText("red", line);
  return line.startsWith(" ◐") ? styleText("cyan", line) : styleText("dim", line);
}
