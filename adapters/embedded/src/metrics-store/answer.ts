import { CaveError, aggregate } from '@cave/core';
import type { Answer, Question, WindowAggregator } from '@cave/core';
import { arrivedBefore } from './series-points.js';
import type { SeriesPoints } from './series-points.js';

/*
 * One way to answer, whether the points are in memory anyway or were just read from disk:
 * both therefore agree to the last bit.
 */

/** Windows of one question; more would only be asked by mistake. */
const MAX_WINDOWS = 1_000_000;

export type WindowQuestion = Extract<Question, { kind: 'windows' }>;
export type PointsQuestion = Extract<Question, { kind: 'points' }>;

/** The range that a question reads, cut at `oldest` (the end of retention). */
export function rangeOf(question: Question, oldest: number): { readonly from: number; readonly to: number } {
  const { from, to } = question.kind === 'points' ? question.range : { from: question.from, to: question.from + question.width * question.count };
  return { from: Math.max(from, oldest), to };
}

/** What is wrong with a question, or null. */
export function questionProblem(question: Question): CaveError | null {
  const whole = question.kind === 'points' ? [question.range.from, question.range.to, question.limit] : [question.from, question.width, question.count];
  if (!whole.every(Number.isSafeInteger)) return new CaveError('invalid_argument', 'Times, widths, counts and limits of a question must be whole numbers.');
  if (question.kind === 'points') return question.limit < 0 ? new CaveError('invalid_argument', 'The limit of a question must not be negative.') : null;
  if (question.width < 1) return new CaveError('invalid_argument', 'A window must be at least one second wide.');
  if (question.count < 0 || question.count > MAX_WINDOWS) return new CaveError('invalid_argument', `A question has 0 to ${MAX_WINDOWS} windows.`);
  return null;
}

/** Steps (windows × series) that one answer may take: a question holds the thread while it is answered. */
const MAX_STEPS = 20_000_000;

/** @param oldest points before it have expired, deleted or not. */
export function answer(question: Question, series: readonly SeriesPoints[], oldest: number): Answer {
  return question.kind === 'points' ? answerPoints(question, series, oldest) : answerWindows(question, series, oldest);
}

function answerPoints(question: PointsQuestion, series: readonly SeriesPoints[], oldest: number): Answer {
  const { from, to } = rangeOf(question, oldest);
  const cursors = series.map((points) => ({ points, low: points.lowerBound(from), at: points.lowerBound(to) - 1 })).filter((cursor) => cursor.at >= cursor.low);
  // A heap with the newest on top, so that a metric of many series costs no scan of them all for each point.
  for (let i = (cursors.length >> 1) - 1; i >= 0; i -= 1) sink(cursors, i);
  const times: number[] = [];
  const values: number[] = [];
  while (times.length < question.limit) {
    const newest = cursors[0];
    if (newest === undefined) break;
    times.push(newest.points.times[newest.at] ?? 0);
    values.push(newest.points.values[newest.at] ?? 0);
    newest.at -= 1;
    if (newest.at < newest.low) {
      const last = cursors.pop();
      if (last !== undefined && last !== newest) cursors[0] = last;
    }
    sink(cursors, 0);
  }
  return { kind: 'points', times, values };
}

/** Moves the cursor at `at` down the heap until none below it is newer. */
function sink<C extends Cursor>(heap: C[], at: number): void {
  const moving = heap[at];
  if (moving === undefined) return;
  for (;;) {
    const left = 2 * at + 1;
    const child = isNewer(heap[left + 1], heap[left]) ? left + 1 : left;
    const newer = heap[child];
    if (newer === undefined || !isNewer(newer, moving)) break;
    heap[at] = newer;
    at = child;
  }
  heap[at] = moving;
}

interface Cursor {
  readonly points: SeriesPoints;
  readonly at: number;
}

function isNewer(a: Cursor | undefined, b: Cursor | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const difference = (a.points.times[a.at] ?? 0) - (b.points.times[b.at] ?? 0);
  return difference > 0 || (difference === 0 && arrivedBefore(b.points.arrivals[b.at] ?? 0, a.points.arrivals[a.at] ?? 0));
}

function answerWindows(question: WindowQuestion, series: readonly SeriesPoints[], oldest: number): Answer {
  if (question.count * series.length > MAX_STEPS) {
    return { kind: 'error', error: new CaveError('too_large', `${question.count} windows over ${series.length} series are too many. Ask for fewer windows, or for fewer series.`) };
  }
  const values: (number | null)[] = [];
  for (let i = 0; i < question.count; i += 1) {
    const start = question.from + i * question.width;
    values.push(windowValue(question.aggregator, series, Math.max(start, oldest), start + question.width));
  }
  return { kind: 'windows', values };
}

function windowValue(aggregator: WindowAggregator, series: readonly SeriesPoints[], from: number, to: number): number | null {
  if (from >= to) return null;
  if (aggregator === 'last') return lastValue(series, from, to);
  const values = aggregator === 'mode' && series.length > 1 ? inOrder(series, from, to) : bySeries(series, from, to);
  const result = aggregate(aggregator, values);
  // Finite values can have a sum, mean or deviation beyond the largest number: no value rather than Infinity.
  return result !== null && Number.isFinite(result) ? result : null;
}

function lastValue(series: readonly SeriesPoints[], from: number, to: number): number | null {
  let newest: Cursor | undefined;
  for (const points of series) {
    const cursor = { points, at: points.lowerBound(to) - 1 };
    if (cursor.at < points.lowerBound(from)) continue;
    if (newest === undefined || isNewer(cursor, newest)) newest = cursor;
  }
  return newest === undefined ? null : (newest.points.values[newest.at] ?? null);
}

/** One series after the other: of the aggregators only `mode` depends on the order. */
function bySeries(series: readonly SeriesPoints[], from: number, to: number): number[] {
  const values: number[] = [];
  for (const points of series) {
    const end = points.lowerBound(to);
    for (let i = points.lowerBound(from); i < end; i += 1) values.push(points.values[i] ?? 0);
  }
  return values;
}

/** In order of time, then of arrival, over all series. */
function inOrder(series: readonly SeriesPoints[], from: number, to: number): number[] {
  const cursors: Cursor[] = [];
  for (const points of series) {
    const end = points.lowerBound(to);
    for (let at = points.lowerBound(from); at < end; at += 1) cursors.push({ points, at });
  }
  cursors.sort((a, b) => (isNewer(a, b) ? 1 : -1));
  return cursors.map(({ points, at }) => points.values[at] ?? 0);
}
