// The tables of docs/costs.md, written from the calculation.
import { defaultBudgetPerRepositoryUsd, maxRepositories } from "@cody/core/limits.ts";
import { defaultModel, type Model, modelOf, models } from "@cody/core/models.ts";
import {
  assumed,
  containerHourUsd,
  type Deployed,
  idleCosts,
  prices,
  type RunCost,
  roundsAMonth,
  runCost,
  shapes,
  sum,
  teams,
} from "./costs.ts";

/** Sizes that Fargate has, to compare with. */
const otherSizes = [
  { vcpu: 1, memoryMb: 4_096, diskGb: 20 },
  { vcpu: 2, memoryMb: 4_096, diskGb: 20 },
  { vcpu: 4, memoryMb: 16_384, diskGb: 40 },
];

/** Each table of the document by its name, in Markdown. */
export function costTables(deployed: Deployed): Record<string, string> {
  const model = modelOf(defaultModel) as Model;
  const kinds = Object.values(shapes);
  const totalOf = ({ claude, container, rest }: RunCost) => claude + container + rest;
  const idle = idleCosts(deployed);
  const idleUsd = sum(idle.map(({ usd }) => usd));
  return {
    prices: table(
      ["What", "Dollars"],
      [
        ["Lambda on arm64, a GB-second", exact(prices.functionGbSecond)],
        ["Lambda, a million calls", exact(prices.functionRequest * 1e6)],
        ["DynamoDB on demand, a million writes of 1 KB", exact(prices.tableWrite * 1e6)],
        ["DynamoDB on demand, a million reads of 4 KB", exact(prices.tableRead * 1e6)],
        ["DynamoDB, a GB and month", exact(prices.tableGbMonth)],
        ["Point-in-time recovery, a GB and month", exact(prices.recoveryGbMonth)],
        ["Fargate, a vCPU and hour", `${exact(prices.vcpuHour)}; Spot ${exact(prices.spotVcpuHour)}`],
        [
          "Fargate, a GB of memory and hour",
          `${exact(prices.memoryGbHour)}; Spot ${exact(prices.spotMemoryGbHour)}`,
        ],
        ["Fargate, a GB of disk over 20 and hour", exact(prices.diskGbHour)],
        ["Public address, an hour", exact(prices.addressHour)],
        ["CloudWatch, an alarm and month", exact(prices.alarmMonth)],
        ["CloudWatch, a metric of one's own and month", exact(prices.metricMonth)],
        ["CloudWatch, a GB of logs taken in", exact(prices.logGb)],
        ["CloudWatch, a GB of logs kept and month", exact(prices.logGbMonth)],
        ["ECR, a GB of images and month", exact(prices.imageGbMonth)],
        ["A GB that leaves AWS", exact(prices.gbOut)],
      ],
    ),
    deployed: table(
      ["What", "How many"],
      [
        ["functions", functionsIn(deployed)],
        ["alarms", String(deployed.alarms)],
        ["lines of logs that are counted", String(deployed.countedLines)],
        ["container", sizeWords(deployed.container)],
        ["the watchdog looks around", every(deployed.lookEveryMinutes)],
        ["the slack program is kept ready", every(deployed.readyEveryMinutes)],
        ["days that logs are kept", String(deployed.logDays)],
      ],
    ),
    assumed: table(
      ["What", "How much"],
      [
        ["a look of the watchdog", `${assumed.watchdogSeconds} s`],
        ["a call that keeps slack ready", `${assumed.readySeconds} s`],
        ["images in the repository, together", `${assumed.imagesGb} GB`],
        [
          "a turn: what it adds to the conversation",
          `${number(assumed.bytesPerTurn)} bytes, ${number(assumed.tokensPerTurn)} tokens`,
        ],
        ["a turn: the model's answer, thinking included", `${number(assumed.answerTokensPerTurn)} tokens`],
        ["a turn: writes in the table (measured)", String(assumed.writesPerTurn)],
        ["cost of the input to that of an ideal cache, at worst (measured)", `× ${assumed.cacheToIdeal}`],
        ["until a container works", `${assumed.startMinutes} min`],
        ["one waking of effects, of board", `${assumed.effectsSeconds} s, ${assumed.boardSeconds} s`],
        ["logs of a run", `${number(assumed.logBytesPerRun)} bytes`],
        ...kinds.map(({ name, turns, minutes }) => [`a ${name} run`, `${turns} turns in ${minutes} minutes`]),
      ],
    ),
    idle: table(
      ["A month of nothing", "Dollars"],
      [...idle.map(({ what, usd }) => [what, dollars(usd)]), ["**together**", `**${dollars(idleUsd)}**`]],
    ),
    runs: table(
      [
        "One round of a run",
        "Claude",
        "Container on Spot",
        "Container at the full price",
        "All else",
        "Together on Spot",
      ],
      kinds.map((shape) => {
        const spot = runCost(shape, model, deployed, "spot");
        const full = runCost(shape, model, deployed, "full");
        return [
          `${shape.name}: ${shape.turns} turns, ${shape.minutes} min`,
          ...[spot.claude, spot.container, full.container, spot.rest, totalOf(spot)].map(dollars),
        ];
      }),
    ),
    models: table(
      ["Claude in one round", ...kinds.map(({ name }) => name)],
      models.map((each) => [
        each.id === defaultModel ? `${each.name} (default)` : each.name,
        ...kinds.map((shape) => dollars(runCost(shape, each, deployed, "spot").claude)),
      ]),
    ),
    bounds: table(
      ["Repositories in a job", "What the job may spend on Claude before it asks"],
      [1, 3, maxRepositories].map((count) => [String(count), dollars(count * defaultBudgetPerRepositoryUsd)]),
    ),
    months: table(
      ["People", "Jobs", "Rounds", "Claude", "Containers on Spot", "All else", "Idle", "Together"],
      teams.map((team) => {
        const rounds = roundsAMonth(team);
        const one = runCost(shapes.usual, model, deployed, "spot");
        const jobs = rounds / team.repositoriesPerJob / team.roundsPerRun;
        const parts = [rounds * one.claude, rounds * one.container, rounds * one.rest, idleUsd];
        return [
          String(team.people),
          ...[jobs, rounds].map((count) => number(Math.round(count))),
          ...parts.map(dollars),
          `**${dollars(sum(parts))}**`,
        ];
      }),
    ),
    sizes: table(
      ["Container", "An hour on Spot", "An hour at the full price"],
      [deployed.container, ...otherSizes].map((size, index) => [
        index === 0 ? `${sizeWords(size)} (what is deployed)` : sizeWords(size),
        ...(["spot", "full"] as const).map((machine) => dollars(containerHourUsd(size, machine))),
      ]),
    ),
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** As precise as a person needs it. */
function dollars(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.001) return "under $0.001";
  if (usd < 0.1) return `$${usd.toFixed(3)}`;
  return usd < 100 ? `$${usd.toFixed(2)}` : `$${number(Math.round(usd))}`;
}

/** A price as it is asked. */
function exact(usd: number): string {
  return `$${usd.toFixed(10).replace(/(?<=\.\d\d\d*?)0+$/, "")}`;
}

function every(minutes: number): string {
  return minutes === 1 ? "every minute" : `every ${minutes} minutes`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function sizeWords({ vcpu, memoryMb, diskGb }: Deployed["container"]): string {
  return `${vcpu} vCPU, ${memoryMb / 1024} GB, disk ${diskGb} GB`;
}

function functionsIn({ functions }: Deployed): string {
  const each = Object.entries(functions).map(([name, memoryMb]) => `${name} ${number(memoryMb)} MB`);
  return `${each.length}: ${each.join(", ")}`;
}
