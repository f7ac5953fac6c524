// A filter of system calls under which a process can open no socket but local ones, as the kernel takes it.

/** Offsets in what the kernel shows to a filter: number of the call, architecture, first argument (its low half). */
const callAt = 0;
const architectureAt = 4;
const argumentAt = 16;

const load = 0x20;
const ifEqual = 0x15;
const ifAtLeast = 0x35;
const give = 0x06;

const allow = 0x7fff0000;
/** The call fails with EACCES. */
const refuse = 0x00050000 | 13;

const unixFamily = 1;
const netlinkFamily = 16;
/** It can do what other calls do, past any filter. */
const ioUringSetup = 425;
/** Calls of the 32-bit pointers on x64 have numbers from here on. */
const x32Calls = 0x40000000;

const machines: Partial<Record<NodeJS.Architecture, { architecture: number; socket: number }>> = {
  x64: { architecture: 0xc000003e, socket: 41 },
  arm64: { architecture: 0xc00000b7, socket: 198 },
};

/** The filter for a machine; undefined for one whose calls are not known here. */
export function socketFilter(machine: NodeJS.Architecture): Buffer | undefined {
  const known = machines[machine];
  if (!known) return undefined;
  // Jumps count the steps to skip: where it holds, and where it does not.
  const steps: [code: number, yes: number, no: number, value: number][] = [
    [load, 0, 0, architectureAt],
    [ifEqual, 0, 8, known.architecture],
    [load, 0, 0, callAt],
    [ifAtLeast, 6, 0, x32Calls],
    [ifEqual, 5, 0, ioUringSetup],
    [ifEqual, 0, 3, known.socket],
    [load, 0, 0, argumentAt],
    [ifEqual, 1, 0, unixFamily],
    [ifEqual, 0, 1, netlinkFamily],
    [give, 0, 0, allow],
    [give, 0, 0, refuse],
  ];
  const filter = Buffer.alloc(steps.length * 8);
  for (const [index, [code, yes, no, value]] of steps.entries()) {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(yes, index * 8 + 2);
    filter.writeUInt8(no, index * 8 + 3);
    filter.writeUInt32LE(value, index * 8 + 4);
  }
  return filter;
}
