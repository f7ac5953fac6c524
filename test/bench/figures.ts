// Figures of a series of measurements.

export function median(values: number[]): number {
  return percentile(values, 0.5);
}

/** The value below which this share of the series lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Every number in an object rounded to three digits after the point, for people to read. */
export function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_key, inner) =>
      typeof inner === "number" ? Math.round(inner * 1000) / 1000 : inner,
    ),
  );
}
