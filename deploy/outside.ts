// What a deployment does outside of itself: it runs commands, asks and tells a person, and speaks to Slack and to Cody.
import type { HealthPage } from "../packages/bot/src/doctor/means.ts";

export interface Command {
  program: string;
  /** Everybody on the machine can read these: no secret is among them. */
  args: readonly string[];
  /** Where a secret belongs. */
  input?: string;
  /** Beside the environment of this process. */
  env?: Readonly<Record<string, string>>;
  /** Whether its output is shown while it runs; it is not returned then. */
  isShown?: boolean;
  /** What it prints holds secrets, and is never shown. */
  isPrivate?: boolean;
}

/** Slack's apps, as somebody with a configuration token sets them up. */
export interface SlackApps {
  /** The app's id and signing secret. */
  create(manifest: object): Promise<{ id: string; signingSecret: string }>;
  /** The manifest as it is now. */
  manifest(app: string): Promise<object>;
  /** Whether the app has to be installed again, because its scopes changed. */
  update(app: string, manifest: object): Promise<boolean>;
}

export interface Outside {
  env: Readonly<Record<string, string | undefined>>;
  /** Runs a command to its end and returns what it printed. Throws CommandFailed. */
  run(command: Command): Promise<string>;
  say(line: string): void;
  /** Undefined where there is nobody to ask. */
  ask(question: string): Promise<string | undefined>;
  /** Undefined where no configuration token was given. */
  slackApps: SlackApps | undefined;
  /** The app that this bot token belongs to. */
  appOf(botToken: string): Promise<string>;
  health(address: string): Promise<HealthPage>;
  /** Text of a file in the project; undefined where there is none. */
  read(file: string): Promise<string | undefined>;
  /** For its owner alone. */
  write(file: string, text: string): Promise<void>;
  sleep(ms: number): Promise<void>;
}

/** A command that ended otherwise than well. */
export class CommandFailed extends Error {
  /** The end of what it printed; empty where it was shown. */
  readonly said: string;

  constructor({ program, args, isPrivate = false }: Command, how: string, said: string) {
    super(`${[program, ...args.slice(0, 2)].join(" ")} ${how}${said && !isPrivate ? `:\n${said}` : ""}`);
    this.name = "CommandFailed";
    this.said = said;
  }
}

/** A step that cannot be done, with what a person does about it. */
export class Stopped extends Error {
  readonly remedy: string;
  /** Whether the same command gets further once that is done. */
  readonly canGoOn: boolean;

  constructor(sentence: string, remedy: string, { canGoOn = true } = {}) {
    super(sentence);
    this.name = "Stopped";
    this.remedy = remedy;
    this.canGoOn = canGoOn;
  }
}
