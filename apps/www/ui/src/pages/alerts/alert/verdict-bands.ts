import type { ChartPoint, TimeBand, TimeRange } from '../../../chart/types.js';

const WORDS = { good: 'ok', bad: 'firing', unknown: 'no data or error' } as const;

/** Verdicts further apart than so many steps do not belong together: nothing was checked between. */
const LONGEST_GAP_STEPS = 2;

/**
 * The ledger of an alert (metric `alertsHistory`: 1 firing, 0 ok, −1 no data or error; newest
 * first) as bands: each verdict stands until the next one, but for no longer than two steps, so
 * that time in which an alert was disabled stays blank. `stepSeconds` is the period of the alert, or
 * the window of which the points are the largest verdicts.
 */
export function bandsOfVerdicts(points: readonly ChartPoint[], stepSeconds: number, { start: from, end: to }: TimeRange): TimeBand[] {
  const verdicts = points.map(({ time, value }) => ({ start: Date.parse(time) / 1000, kind: kindOf(value) })).sort((a, b) => a.start - b.start);
  const bands: TimeBand[] = [];
  verdicts.forEach(({ start, kind }, index) => {
    const next = verdicts[index + 1]?.start ?? Infinity;
    const begin = Math.max(start, from);
    const end = Math.min(next - start <= stepSeconds * LONGEST_GAP_STEPS ? next : start + stepSeconds, to);
    if (begin >= end) return;
    const last = bands.at(-1);
    if (last?.kind === kind && last.end === begin) bands[bands.length - 1] = { ...last, end };
    else bands.push({ start: begin, end, kind, label: WORDS[kind] });
  });
  return bands;
}

function kindOf(value: number): keyof typeof WORDS {
  if (value > 0) return 'bad';
  return value < 0 ? 'unknown' : 'good';
}
