import type { Value } from './align.js';
import type { TimeRange } from '../types.js';

/** What a legend says of a series within a range; null where it has no value there. */
export interface SeriesStatistics {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly last: number | null;
}

const NONE: SeriesStatistics = { min: null, max: null, mean: null, last: null };

/** Of the values of one series at ascending times that lie within the range. */
export function statisticsOf(times: readonly number[], values: readonly Value[], { start, end }: TimeRange): SeriesStatistics {
  let [min, max, mean, count] = [Infinity, -Infinity, 0, 0];
  let last: number | null = null;
  for (let i = 0; i < times.length; i++) {
    const value = values[i];
    const time = times[i] as number;
    if (value === null || value === undefined || time < start || time >= end) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    count += 1;
    // Step by step, as a sum of large values would overflow where their mean does not.
    mean += value / count - mean / count;
    last = value;
  }
  return count === 0 ? NONE : { min, max, mean, last };
}
