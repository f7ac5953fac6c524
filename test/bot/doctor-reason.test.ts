// Why something could not be looked at, from the errors that clients really throw, and what to do about it.
import { expect, test } from "vitest";
import { ageOf } from "../../packages/bot/src/doctor/age.ts";
import { reasonOf, remedyFor } from "../../packages/bot/src/doctor/reason.ts";

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

test("a fetch where nobody answers", async () => {
  const error = await fetch("http://127.0.0.1:2").catch((thrown: unknown) => thrown);
  expect(reasonOf(error)).toBe("nobody answers there (connect ECONNREFUSED 127.0.0.1:2)");
  expect(remedyFor(error)).toBe("See that this machine reaches the service, and try again.");
});

test("a host that is not there, and several addresses of one of which none answers", () => {
  const network = (code: string, message: string) => Object.assign(new Error(message), { code });
  const unknown = network("ENOTFOUND", "getaddrinfo ENOTFOUND cody.example.com");
  expect(reasonOf(new TypeError("fetch failed", { cause: unknown }))).toBe(
    "there is no such host (getaddrinfo ENOTFOUND cody.example.com)",
  );
  const refused = ["::1", "127.0.0.1"].map((host) => network("ECONNREFUSED", `connect ECONNREFUSED ${host}`));
  const all = Object.assign(new AggregateError(refused), { code: "ECONNREFUSED" });
  expect(reasonOf(new TypeError("fetch failed", { cause: all }))).toBe(
    "nobody answers there (connect ECONNREFUSED ::1)",
  );
});

test("no answer in time, wherever it is wrapped", () => {
  const late = named("TimeoutError", "The operation was aborted due to timeout");
  expect(reasonOf(late)).toBe("no answer in time");
  expect(reasonOf(new Error("A request error occurred", { cause: late }))).toBe("no answer in time");
});

test.each([
  ["ExpiredTokenException", "The security token included in the request is expired", "Sign in to AWS"],
  ["UnrecognizedClientException", "The security token included in the request is invalid.", "Sign in to AWS"],
  ["CredentialsProviderError", "Could not load credentials from any providers", "Sign in to AWS"],
  ["Error", "Region is missing", "Set AWS_REGION"],
  [
    "AccessDeniedException",
    "User: arn:aws:iam::1:user/ann is not authorized",
    "Use credentials that may describe",
  ],
])("%s", (name, message, remedy) => {
  expect(reasonOf(named(name, message))).toBe(message);
  expect(remedyFor(named(name, message))).toContain(remedy);
});

test.each([
  [0, "just now"],
  [60_000, "1 minute ago"],
  [7_199_000, "1 hour ago"],
  [12.5 * 86_400_000, "12 days ago"],
])("%i milliseconds are %s", (ms, words) => {
  expect(ageOf(ms)).toBe(words);
});
