import type { BandKind, ChartPoint, TimeBand, TimeRange } from '../types.js';

/** The parts of bands that lie within a range, oldest first. */
export function bandsWithin(bands: readonly TimeBand[], { start, end }: TimeRange): TimeBand[] {
  return bands
    .map((band) => ({ ...band, start: Math.max(band.start, start), end: Math.min(band.end, end) }))
    .filter((band) => band.start < band.end)
    .sort((a, b) => a.start - b.start);
}

/** Each pair of kind and words once, in the order in which they first come: what a legend lists. */
export function bandLegend(bands: readonly TimeBand[]): { kind: BandKind; label: string }[] {
  const seen = new Map<string, { kind: BandKind; label: string }>();
  for (const { kind, label } of bands) if (!seen.has(`${kind} ${label}`)) seen.set(`${kind} ${label}`, { kind, label });
  return [...seen.values()];
}

/** What values of a condition are called: 1 holds, 0 does not, and where there is none nobody knows. */
export interface BandWords {
  readonly holds: string;
  readonly holdsNot: string;
  readonly unknown: string;
}

/**
 * Answers of the api on a condition (`value` 1 where it holds, `time` the beginning of a step;
 * newest first) as bands over the range: an answer stands for its step of `stepSeconds`, and like
 * neighbours become one band. Time without an answer is unknown.
 */
export function bandsOfCondition(points: readonly ChartPoint[], stepSeconds: number, range: TimeRange, words: BandWords): TimeBand[] {
  const answers = points.map(({ time, value }) => ({ start: Date.parse(time) / 1000, value })).sort((a, b) => a.start - b.start);
  const bands: TimeBand[] = [];
  let covered = range.start;
  for (const answer of answers) {
    const start = Math.max(answer.start, covered);
    const end = answer.start + stepSeconds;
    if (start >= end) continue;
    if (start > covered) append(bands, { start: covered, end: start, kind: 'unknown', label: words.unknown });
    append(bands, answer.value === 0 ? { start, end, kind: 'good', label: words.holdsNot } : { start, end, kind: 'bad', label: words.holds });
    covered = end;
  }
  if (covered < range.end) append(bands, { start: covered, end: range.end, kind: 'unknown', label: words.unknown });
  return bandsWithin(bands, range);
}

function append(bands: TimeBand[], band: TimeBand): void {
  const last = bands.at(-1);
  if (last !== undefined && last.kind === band.kind && last.end === band.start) bands[bands.length - 1] = { ...last, end: band.end };
  else bands.push(band);
}
