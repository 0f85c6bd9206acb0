import type { WindowAggregator } from '@cave/core';

/*
 * What the aggregators mean, written from the specification's prose and not from core's
 * code: counts by comparing each with each rather than by sorting, so that a mistake there
 * is not made again here.
 */

/** @param values in order of time, then of arrival. */
export function oracle(aggregator: WindowAggregator, values: readonly number[]): number | null {
  const n = values.length;
  if (n === 0) return null;
  const total = values.reduce((a, b) => a + b, 0);
  switch (aggregator) {
    case 'count':
      return n;
    case 'sum':
      return total;
    case 'mean':
      return total / n;
    case 'min':
      return atRank(values, 1);
    case 'max':
      return atRank(values, n);
    case 'median':
      return n % 2 === 1 ? atRank(values, (n + 1) / 2) : ((atRank(values, n / 2) ?? NaN) + (atRank(values, n / 2 + 1) ?? NaN)) / 2;
    case 'stddev':
      return n === 1 ? null : Math.sqrt(values.map((value) => (value - total / n) ** 2).reduce((a, b) => a + b) / (n - 1));
    case 'mode':
      return mostFrequent(values);
    case 'p90':
      return percentile(values, 900n);
    case 'p95':
      return percentile(values, 950n);
    case 'p99':
      return percentile(values, 990n);
    case 'p999':
      return percentile(values, 999n);
    case 'last':
      return values[n - 1] ?? null;
  }
}

/** Rank max(1, floor(n·NN/100 + 0.5)), in whole numbers: (n·‰ + 500) / 1000, cut. */
function percentile(values: readonly number[], perMille: bigint): number | null {
  const rank = Number((BigInt(values.length) * perMille + 500n) / 1000n);
  return atRank(values, rank < 1 ? 1 : rank);
}

/** The value that has fewer than `rank` smaller ones and at least `rank` that are not greater. */
function atRank(values: readonly number[], rank: number): number | null {
  for (const value of values) {
    const smaller = values.filter((other) => other < value).length;
    const notGreater = values.filter((other) => other <= value).length;
    if (smaller < rank && rank <= notGreater) return value;
  }
  return null;
}

function mostFrequent(values: readonly number[]): number | null {
  const frequency = (value: number): number => values.filter((other) => other === value).length;
  const most = Math.max(...values.map(frequency));
  return values.find((value) => frequency(value) === most) ?? null;
}

/** Random numbers that are the same in each run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
