// What the documents say of a deployment is what is deployed: the alarms, and every number of the costs.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pricesReadOn } from "@cody/core/models.ts";
import { expect, inject, test } from "vitest";
import { costTables } from "./cost-tables.ts";
import { type Deployed, pricesFoundOn } from "./costs.ts";
import type { Evaluation } from "./evaluation.ts";
import { repository } from "./platform.ts";
import { containerOf, every, functionsOf, one } from "./resources.ts";

const { full } = inject("deployments");
const read = (file: string) => readFile(path.join(repository, "docs", file), "utf8");

test("every alarm has its paragraph, and none is of an alarm that is not there", async () => {
  const [, chapter = ""] = /^## Alarms$([\s\S]*?)^## /m.exec(await read("operations.md")) ?? [];
  const told = [...chapter.matchAll(/^### `([\w-]+)`$/gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(alarmsIn(full.deployment, full.stage));
});

test("what an alarm goes off at is what its paragraph says", async () => {
  const document = await read("operations.md");
  const alarms = every<{ name: string; threshold: number; period: number }>(
    full.deployment,
    "aws:cloudwatch/metricAlarm:MetricAlarm",
  );
  for (const { inputs } of alarms) {
    const [, name = ""] = inputs.name.split(`cody-${full.stage}-`);
    const [, paragraph = ""] = new RegExp(`^### \`${name}\`$([\\s\\S]*?)^##`, "m").exec(document) ?? [];
    // How far a stream is behind is told in milliseconds.
    const from = name.endsWith("-behind") ? `${inputs.threshold / 60_000} minutes` : String(inputs.threshold);
    expect(paragraph, name).toMatch(
      new RegExp(`^Goes off at \\*\\*${from}\\*\\* in ${inputs.period / 60} min`, "m"),
    );
  }
});

test("every table of the costs is what the calculation comes to", async () => {
  const document = await read("costs.md");
  const told = [...document.matchAll(/<!-- (\w+) -->\n([\s\S]*?)\n<!-- \/\1 -->/g)];
  const tables = Object.fromEntries(told.map(([, name = "", table]) => [name, table]));
  expect(tables).toEqual(costTables(deployedIn(full.deployment)));
});

test("no amount stands outside of the tables that is in none of them", async () => {
  const document = await read("costs.md");
  const tables = Object.values(costTables(deployedIn(full.deployment))).join("\n");
  const amounts = [...document.matchAll(/\$\d[\d,]*(?:\.\d+)?/g)].map(([amount]) => amount);
  expect(amounts.filter((amount) => !tables.includes(amount))).toEqual([]);
  expect(document).toContain(pricesFoundOn);
  expect(document).toContain(pricesReadOn);
});

function alarmsIn(deployment: Evaluation, stage: string): string[] {
  const types = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:budgets/budget:Budget"];
  return types
    .flatMap((type) => every<{ name: string }>(deployment, type))
    .map(({ inputs }) => inputs.name.replace(`cody-${stage}-`, ""))
    .sort();
}

function deployedIn(deployment: Evaluation): Deployed {
  const count = (type: string) => every(deployment, type).length;
  const { resourceRequirements, ephemeralStorage } = containerOf(deployment);
  const needed = (type: string) => Number(resourceRequirements.find((each) => each.type === type)?.value);
  const minutesOf = (rule: string) => {
    const { scheduleExpression } = one<{ scheduleExpression: string }>(
      deployment,
      "aws:cloudwatch/eventRule:EventRule",
      rule,
    );
    return Number(/^rate\((\d+) minutes?\)$/.exec(scheduleExpression)?.[1]);
  };
  const groups = every<{ retentionInDays: number }>(deployment, "aws:cloudwatch/logGroup:LogGroup");
  const functions = Object.entries(functionsOf(deployment)).map(([name, { memorySize }]) => [
    name,
    memorySize,
  ]);
  return {
    alarms: count("aws:cloudwatch/metricAlarm:MetricAlarm"),
    countedLines: count("aws:cloudwatch/logMetricFilter:LogMetricFilter"),
    functions: Object.fromEntries(functions.toSorted()),
    container: {
      vcpu: needed("VCPU"),
      memoryMb: needed("MEMORY"),
      diskGb: ephemeralStorage?.sizeInGiB ?? 20,
    },
    lookEveryMinutes: minutesOf("EveryMinute"),
    readyEveryMinutes: minutesOf("StayReady"),
    logDays: Math.max(...groups.map(({ inputs }) => inputs.retentionInDays)),
  };
}
