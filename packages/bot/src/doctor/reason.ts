// Why something could not be looked at, in words, and what to do about it.

/** What the network's own codes mean. */
const meanings: Record<string, string> = {
  ECONNREFUSED: "nobody answers there",
  ECONNRESET: "the connection broke",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host could not be looked up",
  ETIMEDOUT: "no answer in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted here",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted here",
};

/** The innermost reason: clients wrap what the network said in words of their own. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errors = chainOf(error);
  const codes = errors.map(codeOf);
  const meaning = codes.map((code) => meanings[code]).find(Boolean);
  const words = errors.findLast(({ message }) => message)?.message ?? (codes.findLast(Boolean) || error.name);
  if (meaning) return `${meaning} (${words})`;
  return errors.some(({ name }) => name === "TimeoutError") ? "no answer in time" : words;
}

/** The error, what caused it, and so on inward; of several at once the first. */
function chainOf(error: Error): Error[] {
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error && inner !== error ? [error, ...chainOf(inner)] : [error];
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

export function remedyFor(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  const words = error instanceof Error ? error.message : "";
  if (
    /Credentials|TokenProvider|ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientToken/.test(name)
  )
    return "Sign in to AWS, or set AWS_PROFILE to a profile of the right account.";
  if (/region is missing/i.test(words)) return "Set AWS_REGION to the region of the deployment.";
  if (/AccessDenied/.test(name))
    return "Use credentials that may describe tables, queues, job definitions and images, and read parameters.";
  return "See that this machine reaches the service, and try again.";
}
