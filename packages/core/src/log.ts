// Log lines as JSON, one object a line, with secrets hidden; the text of a line is constant, what varies is a field.

import { type KnownSecrets, redactor } from "./redact.ts";

export type Level = "debug" | "info" | "warn" | "error";
type Fields = Record<string, unknown>;

export interface Log {
  debug(text: string, fields?: Fields): void;
  info(text: string, fields?: Fields): void;
  warn(text: string, fields?: Fields): void;
  error(text: string, fields?: Fields): void;
  /** The same log with these fields on every line. */
  with(fields: Fields): Log;
}

export interface LogOptions {
  level: Level;
  redact: (text: string) => string;
  write: (line: string) => void;
  now: () => number;
}

const levels: Level[] = ["debug", "info", "warn", "error"];

/** Makes a log. Errors among the fields are written as name, message, status and request id; bodies never are. */
export function makeLog(options: LogOptions, common: Fields = {}): Log {
  const at =
    (level: Level) =>
    (text: string, fields: Fields = {}) => {
      if (levels.indexOf(level) < levels.indexOf(options.level)) return;
      const line = { time: new Date(options.now()).toISOString(), level, text, ...common, ...fields };
      // Each text by itself and not the finished line: what hides a secret could take the line's end with it.
      const shown = (_key: string, value: unknown) =>
        typeof value === "string" ? options.redact(value) : plain(value);
      options.write(JSON.stringify(line, shown));
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => makeLog(options, { ...common, ...fields }),
  };
}

/** The log of a program: lines to standard output, these secrets hidden. */
export function programLog(program: string, level: Level, secrets: readonly string[] | KnownSecrets): Log {
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  return makeLog({ level, redact: redactor(secrets), write, now: Date.now }, { program });
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === "bigint" ? String(value) : value;
  const { status, requestID, code } = value as { status?: unknown; requestID?: unknown; code?: unknown };
  return {
    name: value.name,
    message: value.message,
    status,
    requestId: requestID,
    code,
    stack: value.stack
      ?.split("\n")
      .slice(1, 6)
      .map((frame) => frame.trim()),
    ...(value.cause === undefined ? {} : { cause: plain(value.cause) }),
  };
}
