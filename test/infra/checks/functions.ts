// The functions as Lambda takes them: their code, what it exports, and how long they may take.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { drawerMs } from "@cody/core/limits.ts";
import type { Evaluation } from "../evaluation.ts";
import { every, functionsOf } from "../resources.ts";

/** What Lambda could not call. Loads each bundle, as a cold start does. */
export async function handlerFindings({ bundles }: Evaluation): Promise<string[]> {
  const findings = bundles.map(async ({ name, folder, handler }) => {
    const [file = "", exported = ""] = handler.split(".");
    const module = (await import(pathToFileURL(path.join(folder, `${file}.mjs`)).href)) as Record<
      string,
      unknown
    >;
    const called = module[exported];
    if (typeof called !== "function") return [`${name} exports no ${exported}`];
    // Node 24 on Lambda takes a third parameter for a callback, and refuses it.
    return called.length === 2 ? [] : [`${name} has a handler with ${called.length} parameters`];
  });
  return (await Promise.all(findings)).flat();
}

/** Settings that do not fit the programs. */
export function functionFindings(deployment: Evaluation): string[] {
  const groups = every<{ name: string; retentionInDays?: number }>(
    deployment,
    "aws:cloudwatch/logGroup:LogGroup",
  );
  const kept = groups
    .filter(({ inputs }) => (inputs.retentionInDays ?? 0) > 0)
    .map(({ inputs }) => inputs.name);
  return Object.entries(functionsOf(deployment)).flatMap(([program, inputs]) => {
    const { runtime, architectures, timeout, loggingConfig } = inputs;
    const isLong = program === "slack" || timeout * 1_000 > drawerMs;
    return [
      ...(runtime === "nodejs24.x" ? [] : [`${program} runs on ${runtime}`]),
      ...(architectures.join() === "arm64" ? [] : [`${program} runs on ${architectures.join()}`]),
      ...(isLong ? [] : [`${program} is ended while it draws`]),
      ...(kept.includes(loggingConfig.logGroup)
        ? []
        : [`the log of ${program} is kept for ever, or not at all`]),
      ...(loggingConfig.logFormat === "Text" ? [] : [`Lambda wraps the lines of ${program}`]),
    ];
  });
}

/** Who can call a function: the world its address where it has one, and EventBridge its rules. */
export function callerFindings(deployment: Evaluation): string[] {
  const addresses = every<{ functionName: string; authorizationType: string; cors?: object }>(
    deployment,
    "aws:lambda/functionUrl:FunctionUrl",
  );
  const { slack } = functionsOf(deployment);
  const permissions = every<{
    principal: string;
    function: string;
    sourceArn?: string;
    functionUrlAuthType?: string;
    invokedViaFunctionUrl?: boolean;
  }>(deployment, "aws:lambda/permission:Permission");
  return [
    ...addresses.flatMap(({ name, inputs }) => [
      ...(inputs.functionName === slack?.name ? [] : [`${name} is a public address`]),
      ...(inputs.cors === undefined ? [] : [`${name} answers pages of other origins`]),
    ]),
    ...permissions.flatMap(({ name, inputs }) => {
      const byAddress =
        inputs.principal === "*" &&
        inputs.function === slack?.name &&
        (inputs.functionUrlAuthType === "NONE" || inputs.invokedViaFunctionUrl === true);
      const byRule = inputs.principal === "events.amazonaws.com" && inputs.sourceArn !== undefined;
      return byAddress || byRule ? [] : [`${name} lets ${inputs.principal} call ${inputs.function}`];
    }),
  ];
}
