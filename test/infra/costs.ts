// What Cody costs, calculated from prices, from what is deployed and from what a run is assumed to be.
import { heartbeatMs, repositoriesFreshMs, retentionMs } from "@cody/core/limits.ts";
import { costUsd, type Model, noUsage } from "@cody/core/models.ts";
import { longTokens } from "../../packages/runner/src/agent/context.ts";

/** Dollars in us-east-1 without any free tier, as found on the day of `pricesFoundOn` in pages of 2024 to 2026. */
export const prices = {
  functionGbSecond: 0.0000133334,
  functionRequest: 0.2 / 1e6,
  tableWrite: 0.625 / 1e6,
  tableRead: 0.125 / 1e6,
  tableGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  vcpuHour: 0.04048,
  memoryGbHour: 0.004445,
  spotVcpuHour: 0.01334053,
  spotMemoryGbHour: 0.00146489,
  diskGbHour: 0.000111,
  addressHour: 0.005,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  logGb: 0.5,
  logGbMonth: 0.03,
  imageGbMonth: 0.1,
  gbOut: 0.09,
} as const;

export const pricesFoundOn = "2026-11-20";

/** Of a container's disk nothing is paid up to here. */
const freeDiskGb = 20;
const hoursAMonth = 730;
const minutesAMonth = hoursAMonth * 60;
const weeksAMonth = 52 / 12;
const bytesPerToken = 4;
const gb = 1024 ** 3;

/** What of a deployment costs something. */
export interface Deployed {
  alarms: number;
  /** Lines that are counted: each makes a metric in the hours in which it comes. */
  countedLines: number;
  /** Megabytes by program. */
  functions: Record<string, number>;
  container: { vcpu: number; memoryMb: number; diskGb: number };
  /** How often the watchdog looks around. */
  lookEveryMinutes: number;
  /** How often the program that people wait for is kept ready. */
  readyEveryMinutes: number;
  logDays: number;
}

/** Taken for granted, except where it says that it was measured. */
export const assumed = {
  watchdogSeconds: 0.4,
  readySeconds: 0.05,
  /** Of the drawer's lease, taken and given back at each look. */
  writesPerLook: 2,
  readsPerLook: 6,
  writesPerCatalogue: 8,
  logBytesPerLook: 600,
  imagesGb: 1.2,
  /** Measured: `npm run bench`. */
  writesPerTurn: 7.3,
  /** Measured with it: the worst case's cost to that of an ideal cache, which is calculated with. */
  cacheToIdeal: 1.08,
  bytesPerTurn: 10_000,
  tokensPerTurn: 2_500,
  answerTokensPerTurn: 600,
  firstTokens: 2_600,
  /** A conversation that became long begins anew with about so many. */
  anewTokens: 30_000,
  /** Until the image is there; it is paid for. */
  startMinutes: 2,
  writesBeside: 150,
  readsPerBeat: 3,
  wakesBeside: 30,
  effectsSeconds: 0.4,
  boardSeconds: 1.5,
  logBytesPerRun: 50_000,
} as const;

export interface RunShape {
  name: string;
  turns: number;
  minutes: number;
}

export const shapes = {
  small: { name: "small", turns: 15, minutes: 4 },
  usual: { name: "usual", turns: 40, minutes: 12 },
  long: { name: "long", turns: 100, minutes: 35 },
} as const satisfies Record<string, RunShape>;

export type Machine = "spot" | "full";

/** Dollars of an hour of the container, its address included. */
export function containerHourUsd({ vcpu, memoryMb, diskGb }: Deployed["container"], machine: Machine) {
  const [vcpuHour, memoryGbHour] =
    machine === "spot"
      ? [prices.spotVcpuHour, prices.spotMemoryGbHour]
      : [prices.vcpuHour, prices.memoryGbHour];
  const disk = Math.max(0, diskGb - freeDiskGb) * prices.diskGbHour;
  return vcpu * vcpuHour + (memoryMb / 1024) * memoryGbHour + disk + prices.addressHour;
}

/** Dollars of the model in a run, and the tokens that were sent for it. The cache is an ideal one. */
function claudeOf(model: Model, { turns }: RunShape): { usd: number; sentTokens: number } {
  let [usd, sentTokens, before] = [0, 0, 0];
  let prompt: number = assumed.firstTokens;
  for (let turn = 0; turn < turns; turn += 1) {
    const usage = {
      ...noUsage,
      cacheReadTokens: before,
      cacheWriteTokens: prompt - before,
      outputTokens: assumed.answerTokensPerTurn,
    };
    usd += costUsd(model, usage) ?? Number.NaN;
    sentTokens += prompt;
    before = prompt;
    prompt += assumed.tokensPerTurn + assumed.answerTokensPerTurn;
    if (prompt < longTokens) continue;
    // Of what was cached only the beginning is the same.
    [before, prompt] = [assumed.firstTokens, assumed.anewTokens];
  }
  return { usd, sentTokens };
}

export interface RunCost {
  claude: number;
  container: number;
  /** Functions, table, logs, data that leaves AWS. */
  rest: number;
}

/** Dollars of one round of a run. */
export function runCost(shape: RunShape, model: Model, deployed: Deployed, machine: Machine): RunCost {
  const { turns, minutes } = shape;
  const { usd, sentTokens } = claudeOf(model, shape);
  const beats = (minutes * 60_000) / heartbeatMs;
  const writes = turns * assumed.writesPerTurn + beats + assumed.writesBeside;
  const reads = beats * assumed.readsPerBeat + assumed.writesBeside;
  const wakes = turns + minutes + assumed.wakesBeside;
  const kept = (turns * assumed.bytesPerTurn) / gb;
  const months = retentionMs / (hoursAMonth * 60 * 60_000);
  const rest =
    writes * prices.tableWrite +
    reads * prices.tableRead +
    kept * months * (prices.tableGbMonth + prices.recoveryGbMonth) +
    wakes * functionUsd(deployed, "effects", assumed.effectsSeconds) +
    wakes * functionUsd(deployed, "board", assumed.boardSeconds) +
    logUsd(assumed.logBytesPerRun, deployed) +
    ((sentTokens * bytesPerToken) / gb) * prices.gbOut;
  const hours = (minutes + assumed.startMinutes) / 60;
  return { claude: usd, container: hours * containerHourUsd(deployed.container, machine), rest };
}

/** Dollars a month while nobody uses it, by what they are for. */
export function idleCosts(deployed: Deployed): { what: string; usd: number }[] {
  const looks = minutesAMonth / deployed.lookEveryMinutes;
  const readies = minutesAMonth / deployed.readyEveryMinutes;
  const catalogues = (minutesAMonth * 60_000) / repositoriesFreshMs;
  const writes = looks * assumed.writesPerLook + catalogues * assumed.writesPerCatalogue;
  return [
    { what: `${deployed.alarms} alarms`, usd: deployed.alarms * prices.alarmMonth },
    {
      what: `watchdog, ${looks.toLocaleString("en")} looks`,
      usd: looks * functionUsd(deployed, "watchdog", assumed.watchdogSeconds),
    },
    {
      what: "images of the runner",
      usd: assumed.imagesGb * prices.imageGbMonth,
    },
    {
      what: "table: the watchdog's reads and writes, lists of repositories",
      usd: writes * prices.tableWrite + looks * assumed.readsPerLook * prices.tableRead,
    },
    { what: "logs", usd: (looks + readies) * logUsd(assumed.logBytesPerLook, deployed) },
    {
      what: `slack kept ready, ${readies.toLocaleString("en")} calls`,
      usd: readies * functionUsd(deployed, "slack", assumed.readySeconds),
    },
    {
      what: "network, queue, job definition, topic, rules, parameters, dead letters, budget, public address",
      usd: 0,
    },
  ];
}

export interface Team {
  people: number;
  jobsPerPersonAndWeek: number;
  repositoriesPerJob: number;
  /** Rounds of a run: the first one, and now and then another. */
  roundsPerRun: number;
}

export const teams: readonly Team[] = [5, 25, 100].map((people) => ({
  people,
  jobsPerPersonAndWeek: 2,
  repositoriesPerJob: 3,
  roundsPerRun: 1.3,
}));

/** Rounds that a team makes in a month. */
export function roundsAMonth(team: Team): number {
  const jobs = team.people * team.jobsPerPersonAndWeek * weeksAMonth;
  return jobs * team.repositoriesPerJob * team.roundsPerRun;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function functionUsd(deployed: Deployed, name: string, seconds: number): number {
  const memoryMb = deployed.functions[name];
  if (memoryMb === undefined) throw new Error(`there is no function ${name}`);
  return prices.functionRequest + (memoryMb / 1024) * seconds * prices.functionGbSecond;
}

/** Taking them in, and keeping them until they are deleted. */
function logUsd(bytes: number, { logDays }: Deployed): number {
  const months = (logDays * 24) / hoursAMonth;
  return (bytes / gb) * (prices.logGb + months * prices.logGbMonth);
}
