import type { ChartPoint } from '../../../chart/types.js';

/** What trying a condition says about an alert with it. */
export interface TrialSummary {
  readonly steps: number;
  readonly held: number;
  /** How often it would have begun to fire; what held at the first step counts. */
  readonly times: number;
  /** End of the last step at which it held, in seconds since the epoch. Null: never. */
  readonly lastHeld: number | null;
}

/** Of the api's answer in any order: `time` is the beginning of a step, 1 where the condition holds at its end. */
export function summariseTrial(points: readonly ChartPoint[], stepMinutes: number): TrialSummary {
  const steps = points.map(({ time, value }) => ({ end: Date.parse(time) / 1000 + stepMinutes * 60, holds: value !== 0 })).sort((a, b) => a.end - b.end);
  return {
    steps: steps.length,
    held: steps.filter(({ holds }) => holds).length,
    times: steps.filter(({ holds }, index) => holds && steps[index - 1]?.holds !== true).length,
    lastHeld: steps.findLast(({ holds }) => holds)?.end ?? null,
  };
}

/** The summary in words, without when it held last. */
export function trialWords({ steps, held, times }: TrialSummary): string {
  if (steps === 0) return 'There was nothing to try it on.';
  if (held === 0) return `It would never have fired: true in none of ${steps} steps.`;
  if (held === steps) return `It would have fired all the time: true in all ${steps} steps.`;
  return `It would have fired ${times === 1 ? 'once' : `${times} times`}: true in ${held} of ${steps} steps.`;
}
