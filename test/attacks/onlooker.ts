// Somebody else on the machine who reads every command line and environment that can be read, until stdin closes.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const everyMs = 5;
const seen = new Set<string>();

function look(file: string): void {
  try {
    for (const part of readFileSync(file, "latin1").split("\0")) seen.add(part);
  } catch {
    // Gone, or not to be read: what cannot be seen is no finding.
  }
}

let isOver = false;
process.stdin.resume().once("end", () => {
  isOver = true;
});
process.stdout.write("looking\n");
while (!isOver) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    look(`/proc/${pid}/cmdline`);
    look(`/proc/${pid}/environ`);
  }
  await sleep(everyMs);
}
process.stdout.write([...seen].join("\n"));
