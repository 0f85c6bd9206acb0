/**
 * What each aggregator must answer, written here a second time from its definition alone, so that
 * an error in CAVE's own code cannot hide in the comparison.
 */
export type Aggregator = 'count' | 'min' | 'max' | 'mean' | 'mode' | 'median' | 'sum' | 'stddev' | 'p90' | 'p95' | 'p99' | 'p999';

/** Nearest rank: the value at rank max(1, floor(n·q + 0.5)) of the sorted values. */
const ranked = (perMille: number) => (values: readonly number[]): number => {
  const rank = Math.max(1, Math.floor((values.length * perMille) / 1000 + 0.5));
  return at(ascending(values), rank - 1);
};

const total = (values: readonly number[]): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** All twelve, of at least two values. */
export const ORACLE: Readonly<Record<Aggregator, (values: readonly number[]) => number>> = {
  count: (values) => values.length,
  min: (values) => at(ascending(values), 0),
  max: (values) => at(ascending(values), values.length - 1),
  mean: (values) => total(values) / values.length,
  mode(values) {
    const seen: Record<string, number> = {};
    for (const value of values) seen[String(value)] = (seen[String(value)] ?? 0) + 1;
    const [first] = Object.entries(seen).sort(([, left], [, right]) => right - left);
    return Number(first?.[0]);
  },
  median(values) {
    const sorted = ascending(values);
    return (at(sorted, Math.floor((values.length - 1) / 2)) + at(sorted, Math.ceil((values.length - 1) / 2))) / 2;
  },
  sum: total,
  stddev(values) {
    const mean = total(values) / values.length;
    return Math.sqrt(total(values.map((value) => (value - mean) * (value - mean))) / (values.length - 1));
  },
  p90: ranked(900),
  p95: ranked(950),
  p99: ranked(990),
  p999: ranked(999),
};

/** Stores may sum in another order, so the last digits may differ. */
export function agree(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((left, right) => left - right);
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? NaN;
}
