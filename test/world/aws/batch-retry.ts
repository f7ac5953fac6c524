// Whether AWS Batch tries a failed job again: the rules of a retry strategy, and which of them AWS would refuse.
import type { EvaluateOnExit, RetryStrategy } from "@aws-sdk/client-batch";

/** How an attempt ended, in the words the rules are compared with. */
export interface AttemptEnd {
  exitCode?: number | undefined;
  /** Of the container, such as "OutOfMemoryError: …"; often there is none. */
  reason?: string | undefined;
  /** Of the attempt, such as "Essential container in task exited". */
  statusReason: string;
}

const CONDITIONS = ["onExitCode", "onReason", "onStatusReason"] as const;
const MAX_ATTEMPTS = 10;
const MAX_RULES = 5;
const MAX_PATTERN_LENGTH = 512;

/**
 * True when a failed attempt is followed by another. All conditions of a rule must match, the first rule that does
 * decides, and without one the job is tried again.
 */
export function isRetried(strategy: RetryStrategy, attemptsMade: number, end: AttemptEnd): boolean {
  if (attemptsMade >= (strategy.attempts ?? 1)) return false;
  const rule = strategy.evaluateOnExit?.find((candidate) => matches(candidate, end));
  return rule?.action?.toUpperCase() !== "EXIT";
}

function matches(rule: EvaluateOnExit, end: AttemptEnd): boolean {
  return (
    glob(rule.onExitCode, end.exitCode?.toString()) &&
    glob(rule.onReason, end.reason) &&
    glob(rule.onStatusReason, end.statusReason)
  );
}

/** What is not there matches no pattern, `*` neither. */
function glob(pattern: string | undefined, value: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (value === undefined) return false;
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/** Why AWS would refuse a strategy, or undefined. */
export function strategyFault(strategy: RetryStrategy): string | undefined {
  const { attempts, evaluateOnExit: rules = [] } = strategy;
  if (attempts === undefined && rules.length > 0) return "evaluateOnExit needs attempts to be specified";
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= MAX_ATTEMPTS)) {
    return `attempts must be between 1 and ${MAX_ATTEMPTS}`;
  }
  if (rules.length > MAX_RULES) return `evaluateOnExit takes at most ${MAX_RULES} rules`;
  return rules.map(ruleFault).find((fault) => fault !== undefined);
}

function ruleFault(rule: EvaluateOnExit): string | undefined {
  if (!/^(RETRY|EXIT)$/i.test(rule.action ?? ""))
    return `the action "${rule.action}" is neither RETRY nor EXIT`;
  const given = CONDITIONS.filter((name) => rule[name] !== undefined);
  if (given.length === 0) return "a rule of evaluateOnExit needs at least one condition";
  const wrong = given.find((name) => {
    const pattern = rule[name] ?? "";
    const form = name === "onExitCode" ? /^\d*\*?$/ : /^[\w.:\s]*\*?$/;
    return pattern === "" || pattern.length > MAX_PATTERN_LENGTH || !form.test(pattern);
  });
  return (
    wrong &&
    `"${rule[wrong]}" is no pattern for ${wrong}: letters, digits, periods, colons, spaces, one * at the end`
  );
}
