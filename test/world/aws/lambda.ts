// Runs a function as AWS Lambda does: one event at a time per environment, frozen in between, killed when too slow.
import { existsSync } from "node:fs";
import path from "node:path";
import { type Credentials, clientSettings } from "./client-settings.ts";
import { type ExecutionEnvironment, type Outcome, startEnvironment } from "./lambda-environment.ts";
import type { RuntimeError } from "./lambda-runtime.ts";

export interface FunctionOptions {
  name: string;
  /** Absolute path of a .ts or .mjs module that exports `handler`. */
  entry: string;
  env: Readonly<Record<string, string>>;
  /** Of its role; the operator's if left out. */
  credentials?: Credentials;
  /** Per invocation, without the cold start; AWS allows 1 to 900 seconds, tests may want less. */
  timeoutMs: number;
  /** For loading the module; AWS gives 10 seconds. */
  initTimeoutMs?: number;
  /** A new environment for every event: finds what relies on the memory of the one before. */
  memoryless?: boolean;
  /** Environments at the same time; an event more is throttled. New AWS accounts have 10. */
  concurrency?: number;
  /** Gets each line the function prints. */
  log?: (functionName: string, line: string) => void;
}

export interface LocalFunction {
  /** The handler's result after a trip through JSON. Rejects with a FunctionError. */
  invoke(event: unknown): Promise<unknown>;
  /** Kills all environments, also those at work. */
  close(): Promise<void>;
}

/** An invocation that gave no result; `errorType` is Lambda's word for why, or the name of what the handler threw. */
export class FunctionError extends Error {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];

  constructor(error: RuntimeError) {
    super(`${error.errorType}: ${error.errorMessage}`);
    this.name = "FunctionError";
    this.errorType = error.errorType;
    this.errorMessage = error.errorMessage;
    this.trace = error.trace ?? [];
  }
}

/** True when there was no environment left: Lambda's own callers wait then, and count no try. */
export function isThrottled(error: unknown): boolean {
  return error instanceof FunctionError && error.errorType === "TooManyRequestsException";
}

/** Lambda's limit for an event, and the slightly larger one for a result. */
const MAX_EVENT_BYTES = 6_291_456;
const MAX_RESULT_BYTES = 6_291_556;
const MAX_ENVIRONMENT_BYTES = 4_096;

/** Names AWS refuses in a function's configuration, because the runtime sets them. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/** Prepares a function; its first environment starts with the first event. Throws when AWS would refuse it. */
export function startFunction(options: FunctionOptions): LocalFunction {
  checkConfiguration(options);
  const { name, concurrency = 10 } = options;
  const idle: ExecutionEnvironment[] = [];
  const all = new Set<ExecutionEnvironment>();
  let working = 0;
  let closed = false;

  function start(): ExecutionEnvironment {
    const environment = startEnvironment({
      name,
      entry: options.entry,
      env: options.env,
      credentials: options.credentials ?? clientSettings.credentials,
      timeoutMs: options.timeoutMs,
      initTimeoutMs: options.initTimeoutMs ?? 10_000,
      log: (line) => options.log?.(name, line),
    });
    all.add(environment);
    return environment;
  }

  async function discard(environment: ExecutionEnvironment): Promise<void> {
    await environment.close();
    all.delete(environment);
  }

  async function run(event: string): Promise<Outcome> {
    const dead = idle.filter((environment) => !environment.usable());
    for (const environment of dead) idle.splice(idle.indexOf(environment), 1);
    await Promise.all(dead.map(discard));
    const environment = idle.pop() ?? start();
    const outcome = await environment.invoke(event);
    if (environment.usable() && !options.memoryless && !closed) idle.push(environment);
    else await discard(environment);
    return outcome;
  }

  return {
    async invoke(event) {
      const text = JSON.stringify(event) ?? "null";
      const bytes = Buffer.byteLength(text);
      if (bytes > MAX_EVENT_BYTES) {
        throw failure(
          "RequestEntityTooLargeException",
          `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${MAX_EVENT_BYTES} bytes)`,
        );
      }
      if (closed) throw failure("ResourceNotFoundException", `Function not found: ${name} is closed`);
      if (working >= concurrency) throw failure("TooManyRequestsException", "Rate Exceeded.");
      working++;
      try {
        return resultOf(await run(text));
      } finally {
        working--;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...all].map(discard));
    },
  };
}

function resultOf(outcome: Outcome): unknown {
  if ("error" in outcome) throw new FunctionError(outcome.error);
  const bytes = Buffer.byteLength(outcome.result);
  if (bytes > MAX_RESULT_BYTES) {
    throw failure(
      "Function.ResponseSizeTooLarge",
      `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_RESULT_BYTES} bytes).`,
    );
  }
  return JSON.parse(outcome.result);
}

function failure(errorType: string, errorMessage: string): FunctionError {
  return new FunctionError({ errorType, errorMessage });
}

function checkConfiguration({ name, entry, env }: FunctionOptions): void {
  if (!/^[\w-]{1,64}$/.test(name))
    throw new Error(`"${name}" is no function name: use 1 to 64 of a-z, A-Z, 0-9, - and _.`);
  if (!path.isAbsolute(entry))
    throw new Error(`The function ${name} needs the absolute path of its module, not "${entry}".`);
  if (!existsSync(entry)) throw new Error(`The module of the function ${name} is not there: ${entry}`);
  const reserved = Object.keys(env).filter((variable) => RESERVED.test(variable));
  if (reserved.length > 0) {
    throw new Error(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const invalid = Object.keys(env).filter((variable) => !/^[a-zA-Z]\w+$/.test(variable));
  if (invalid.length > 0)
    throw new Error(`Lambda takes no environment variables named ${invalid.join(", ")}.`);
  const bytes = Buffer.byteLength(JSON.stringify(env));
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    throw new Error(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit: ${name} has ${bytes} bytes.`,
    );
  }
}
