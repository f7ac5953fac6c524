// What the API says instead of an answer: HTTP status, error type, sentence.

/** The error types of the Messages API that this stand-in gives. */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "api_error"
  | "overloaded_error";

const STATUS: Record<ErrorType, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  overloaded_error: 529,
};

export interface Refusal {
  status: number;
  type: ErrorType;
  message: string;
  /** `error.details.error_code`: the stable name of a cause, where the API has one. */
  code?: string;
  /** Sent as the `retry-after` header. */
  retryAfterSeconds?: number;
}

/** A refusal of this type, with the HTTP status the API gives it. */
export function refusal(
  type: ErrorType,
  message: string,
  more: Pick<Refusal, "code" | "retryAfterSeconds"> & { status?: number } = {},
): Refusal {
  return { status: STATUS[type], type, message, ...more };
}

/** A 400: the request itself is wrong. `path` names the place as the API does, for example `messages.2.content.0`. */
export function invalid(path: string, problem: string): Refusal {
  return refusal("invalid_request_error", path === "" ? problem : `${path}: ${problem}`);
}

/** The JSON body of a refusal, also the data of an `error` event in a stream. */
export function refusalBody(refused: Refusal, requestId: string): object {
  return {
    type: "error",
    error: {
      type: refused.type,
      message: refused.message,
      ...(refused.code === undefined ? {} : { details: { error_code: refused.code } }),
    },
    request_id: requestId,
  };
}
