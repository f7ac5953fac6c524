// A refusal in AWS's own words: what the SDK turns into an exception of that name.
export class ServiceError extends Error {
  readonly status: number;

  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** What AWS Batch answers when the request is at fault. */
export function clientException(message: string): ServiceError {
  return new ServiceError("ClientException", 400, message);
}
