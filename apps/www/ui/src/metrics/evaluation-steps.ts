import type { TimeRange } from '../chart/types.js';

/** The api tries a condition in no more steps. */
export const MOST_STEPS = 60;

/** Lengths of a step that people count in, in minutes; beyond them whole weeks. */
const STEP_MINUTES = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440, 2_880] as const;
const WEEK_MINUTES = 10_080;

export interface EvaluationSteps {
  /** In seconds since the epoch: the beginning of the first step and the end of the last. */
  readonly range: TimeRange;
  readonly minutes: number;
  /** 1 to 60. */
  readonly count: number;
}

/**
 * How a condition is tried on a range: in the shortest steps of which the range holds no more
 * than 60, that begin at multiples of their length, so that the same steps are asked for again
 * while time moves on. Only steps that have ended by `now`: of others too little is known. A
 * range shorter than a step is tried in the step that ends last within it or before it.
 */
export function evaluationSteps({ start, end }: TimeRange, now: number): EvaluationSteps {
  const until = Math.min(end, now);
  const minutes = stepMinutes((end - start) / 60);
  const length = minutes * 60;
  const last = Math.floor(until / length) * length;
  const first = Math.min(Math.ceil(start / length) * length, last - length);
  return { range: { start: first, end: last }, minutes, count: (last - first) / length };
}

/** The api answers one step more than lies between: that which begins at the end that it is given. */
export function askedEnd({ range, minutes }: EvaluationSteps): number {
  return range.end - minutes * 60;
}

/** Such as `5 minutes`, `1 hour`, `2 days`. */
export function minutesInWords(minutes: number): string {
  const [count, unit] = minutes % 1_440 === 0 ? [minutes / 1_440, 'day'] : minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function stepMinutes(rangeMinutes: number): number {
  const fits = (minutes: number): boolean => rangeMinutes / minutes <= MOST_STEPS;
  return STEP_MINUTES.find(fits) ?? Math.ceil(rangeMinutes / MOST_STEPS / WEEK_MINUTES) * WEEK_MINUTES;
}
