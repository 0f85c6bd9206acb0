import type { ChartPoint } from '../../../../chart/types.js';

/** What came out of trying a condition step by step. */
export interface EvaluationSummary {
  readonly steps: number;
  readonly held: number;
  /** End of the last step at which it held, in seconds since the epoch: that is when it is looked at. Null: never. */
  readonly lastHeld: number | null;
}

/** Of the api's answer, in any order: `time` is the beginning of a step, 1 where the condition holds at its end. */
export function summarise(points: readonly ChartPoint[], stepMinutes: number): EvaluationSummary {
  const held = points.filter(({ value }) => value !== 0).map(({ time }) => Date.parse(time) / 1000 + stepMinutes * 60);
  return { steps: points.length, held: held.length, lastHeld: held.length === 0 ? null : Math.max(...held) };
}
