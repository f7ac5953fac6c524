// How long ago something was, in words.

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
];

/** `just now`, `1 minute ago`, `12 days ago`: whole units, the largest that fits. */
export function ageOf(ms: number): string {
  const unit = units.find((each) => ms >= each.ms);
  if (!unit) return "just now";
  const count = Math.floor(ms / unit.ms);
  return `${count} ${unit.name}${count === 1 ? "" : "s"} ago`;
}
