import type { Aggregator } from './aggregator.js';

/**
 * What each aggregator means, for every store (a store that computes one in another way must
 * agree with this up to rounding).
 *
 * @param values finite numbers in order of time (of arrival within a second).
 * @returns null for no values, for every aggregator, and for stddev of one value.
 */
export function aggregate(aggregator: Aggregator, values: readonly number[]): number | null {
  if (values.length === 0) return null;
  switch (aggregator) {
    case 'count':
      return values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value));
    case 'max':
      return values.reduce((most, value) => Math.max(most, value));
    case 'sum':
      return sum(values);
    case 'mean':
      return sum(values) / values.length;
    case 'mode':
      return mode(values);
    case 'median':
      return median(values);
    case 'stddev':
      return stddev(values);
    case 'p90':
      return nearestRank(values, 900);
    case 'p95':
      return nearestRank(values, 950);
    case 'p99':
      return nearestRank(values, 990);
    case 'p999':
      return nearestRank(values, 999);
  }
}

/**
 * Rank (1-based) of a percentile among n sorted values: max(1, floor(n·q/1000 + 1/2)).
 * In integers, since n·0.999 + 0.5 falls on the wrong side of a whole number for some n.
 *
 * @param perMille 900, 950, 990 or 999.
 */
export function percentileRank(n: number, perMille: number): number {
  return Math.max(1, Math.floor((2 * n * perMille + 1_000) / 2_000));
}

function nearestRank(values: readonly number[], perMille: number): number | null {
  return sorted(values)[percentileRank(values.length, perMille) - 1] ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number | null {
  const ascending = sorted(values);
  const middle = Math.floor(ascending.length / 2);
  const upper = ascending[middle] ?? null;
  const lower = ascending[middle - 1];
  if (ascending.length % 2 === 1 || lower === undefined || upper === null) return upper;
  return (lower + upper) / 2;
}

/** Of the sample (n − 1), in two passes: the one-pass formula loses all digits of large values. */
function stddev(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = sum(values) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** A Map keeps the order of first appearance, so the first of the most frequent is the earliest. */
function mode(values: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: number | null = null;
  let most = 0;
  for (const [value, count] of counts) {
    if (count > most) {
      best = value;
      most = count;
    }
  }
  return best;
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}
