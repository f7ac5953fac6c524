// What runs inside an execution environment: loads a module's `handler` and answers invocations over IPC.
import { pathToFileURL } from "node:url";

/** What went wrong, as Lambda's Node.js runtime reports it. */
export interface RuntimeError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export interface Invocation {
  requestId: string;
  /** JSON, as it came to the service. */
  event: string;
  /** Milliseconds since 1970 at which the environment is killed. */
  deadline: number;
}

export type RuntimeMessage =
  | { kind: "ready" }
  /** The environment can answer nothing any more. */
  | { kind: "unusable"; error: RuntimeError }
  | { kind: "result"; requestId: string; result: string }
  | { kind: "error"; requestId: string; error: RuntimeError };

type Handler = (event: unknown, context: object) => unknown;

function send(message: RuntimeMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) throw new Error("This program is started by a function's execution environment.");
    process.send(message, () => resolve());
  });
}

function describe(error: unknown): RuntimeError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
}

function runtimeError(errorType: string, errorMessage: string): RuntimeError {
  return { errorType: `Runtime.${errorType}`, errorMessage };
}

async function load(entry: string): Promise<Handler | RuntimeError> {
  let module: { handler?: unknown };
  try {
    module = await import(pathToFileURL(entry).href);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND") return runtimeError("ImportModuleError", String(error));
    return error instanceof SyntaxError
      ? runtimeError("UserCodeSyntaxError", String(error))
      : describe(error);
  }
  const { handler } = module;
  if (typeof handler !== "function") {
    return runtimeError("HandlerNotFound", "index.handler is undefined or not exported");
  }
  if (handler.length >= 3) {
    return runtimeError(
      "CallbackHandlerDeprecated",
      "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.",
    );
  }
  return handler as Handler;
}

async function answer(handler: Handler, invocation: Invocation): Promise<void> {
  const { requestId } = invocation;
  const env = process.env;
  const context = {
    awsRequestId: requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:000000000000:function:${env.AWS_LAMBDA_FUNCTION_NAME}`,
    getRemainingTimeInMillis: () => invocation.deadline - Date.now(),
  };
  try {
    const result = stringify(await handler(JSON.parse(invocation.event), context));
    // The real runtime waits so too: what the handler left for the next tick still runs before the freeze.
    await new Promise((resolve) => setImmediate(resolve));
    await send({ kind: "result", requestId, result });
  } catch (reason) {
    await new Promise((resolve) => setImmediate(resolve));
    const error = describe(reason);
    process.stderr.write(`${requestId} ERROR Invoke Error ${JSON.stringify(error)}\n`);
    await send({ kind: "error", requestId, error });
  }
}

function stringify(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    const error = new Error("Unable to stringify response body");
    error.name = "Runtime.JSONStringifyError";
    throw error;
  }
}

/** The runtime answers for errors nobody caught and ends, so that the next invocation begins afresh. */
function endOn(event: "uncaughtException" | "unhandledRejection", exitCode: number): void {
  process.on(event, (reason: unknown) => {
    const error =
      event === "unhandledRejection"
        ? runtimeError("UnhandledPromiseRejection", String(reason))
        : describe(reason);
    const end = () => process.exit(exitCode);
    send({ kind: "unusable", error }).then(end, end);
  });
}

// The service is gone. Its guard kills everything; ending at once would hide from it what the function started.
process.on("disconnect", () => setTimeout(() => process.exit(), 5_000));
endOn("unhandledRejection", 128);
endOn("uncaughtException", 129);
const handler = await load(process.argv[2] ?? "");
if (typeof handler === "function") {
  process.on("message", (invocation: Invocation) => void answer(handler, invocation));
  await send({ kind: "ready" });
} else {
  await send({ kind: "unusable", error: handler });
}
