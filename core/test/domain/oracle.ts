import type { Aggregator, Answer, Condition, MetricSelector, Question, SimpleSource, Tags, Verdict } from '../../src/index.js';

/*
 * A second reading of the alert language, written from its prose alone and as plainly as
 * possible: it looks at raw points and knows no questions, plans or windows answered by a
 * store. It shares no code with what it judges.
 */

export interface RawPoint {
  readonly name: string;
  readonly tags: Tags;
  readonly time: number;
  readonly value: number;
}

/** Points in the order in which they were written. */
export type RawData = readonly RawPoint[];

export function naiveAggregate(aggregator: Aggregator, values: readonly number[]): number | null {
  const n = values.length;
  if (n === 0) return null;
  const ascending = [...values].sort((a, b) => a - b);
  const percentile = (tenths: number): number => {
    // floor(n·NN/100 + 0.5), over thousandths so that nothing is rounded before the floor.
    let rank = 0;
    while ((rank + 1) * 1_000 <= n * tenths + 500) rank += 1;
    return ascending[Math.max(1, rank) - 1] as number;
  };
  let total = 0;
  for (const value of values) total += value;
  switch (aggregator) {
    case 'count':
      return n;
    case 'sum':
      return total;
    case 'min':
      return ascending[0] as number;
    case 'max':
      return ascending[n - 1] as number;
    case 'mean':
      return total / n;
    case 'median':
      return ((ascending[Math.floor((n - 1) / 2)] as number) + (ascending[Math.ceil((n - 1) / 2)] as number)) / 2;
    case 'stddev': {
      let squares = 0;
      for (const value of values) squares += (value - total / n) * (value - total / n);
      return n === 1 ? null : Math.sqrt(squares / (n - 1));
    }
    case 'mode': {
      const times = (value: number): number => values.filter((other) => other === value).length;
      const most = Math.max(...values.map(times));
      return values.find((value) => times(value) === most) as number;
    }
    case 'p90':
      return percentile(900);
    case 'p95':
      return percentile(950);
    case 'p99':
      return percentile(990);
    case 'p999':
      return percentile(999);
  }
}

/** Verdict of a check at t with look-back L over everything ever written. */
export function naiveVerdict(condition: Condition, t: number, lookback: number, data: RawData): Verdict {
  if (condition.kind === 'missing') {
    const some = of(condition.metric, data).some(({ time }) => t - condition.forSeconds <= time && time < t);
    return some ? { kind: 'false' } : { kind: 'true' };
  }
  const left = condition.left.simple;
  const right = condition.right.simple;
  for (const side of [left, right]) {
    if (side.kind !== 'number' && of(side.metric, data).length === 0) return { kind: 'error', reason: 'unknown_series' };
  }
  const e = t - condition.delaySeconds;
  let pairs = 0;
  let held = 0;
  for (let k = 0; k < condition.times; k += 1) {
    const a = nth(left, right, k, e, lookback, data);
    const b =
      left.kind === 'metric' && right.kind === 'metric'
        ? a && newestFirst(of(right.metric, data)).find(({ time }) => e - lookback <= time && time <= (a.time ?? 0))
        : nth(right, left, k, e, lookback, data);
    if (a === undefined || b === undefined) continue;
    pairs += 1;
    const x = a.value * (condition.left.factor ?? 1);
    const y = b.value * (condition.right.factor ?? 1);
    const holds = { '<': x < y, '<=': x <= y, '>': x > y, '>=': x >= y, '==': x === y, '!=': x !== y }[condition.operator];
    if (holds) held += 1;
  }
  if (pairs < condition.times) return { kind: 'no_data', reason: 'too_few_values' };
  return { kind: held === pairs ? 'true' : 'false' };
}

function nth(side: SimpleSource, other: SimpleSource, k: number, e: number, lookback: number, data: RawData): { time: number | null; value: number } | undefined {
  if (side.kind === 'number') return { time: null, value: side.value };
  const points = of(side.metric, data);
  const within = (from: number, to: number): RawData => points.filter(({ time }) => from <= time && time < to);
  if (side.kind === 'aggregate') {
    const d = side.windowSeconds;
    const window = within(e - (k + 1) * d, e - k * d);
    if (window.length === 0) return side.aggregator === 'count' || side.aggregator === 'sum' ? { time: null, value: 0 } : undefined;
    const value = naiveAggregate(side.aggregator, newestFirst(window).reverse().map((point) => point.value));
    return value === null ? undefined : { time: null, value };
  }
  if (other.kind === 'aggregate') {
    const d = other.windowSeconds;
    return newestFirst(within(e - (k + 1) * d, e - k * d))[0];
  }
  return newestFirst(within(e - lookback, e))[k];
}

function of(metric: MetricSelector, data: RawData): RawData {
  return data.filter((point) => point.name === metric.name && Object.entries(metric.tags).every(([tag, value]) => point.tags[tag] === value));
}

/** Of two points in one second the one written later is the newer. */
function newestFirst(points: RawData): RawPoint[] {
  return points
    .map((point, written) => ({ point, written }))
    .sort((a, b) => b.point.time - a.point.time || b.written - a.written)
    .map(({ point }) => point);
}

/** A store over the same raw points, by the contract of the port. */
export function answer(question: Question, data: RawData): Answer {
  const known = of({ name: question.metric, tags: question.tags }, data);
  if (known.length === 0) return { kind: 'unknown_series' };
  if (question.kind === 'points') {
    const { from, to } = question.range;
    const found = newestFirst(known.filter(({ time }) => from <= time && time < to)).slice(0, question.limit);
    return { kind: 'points', times: found.map(({ time }) => time), values: found.map(({ value }) => value) };
  }
  const values = Array.from({ length: question.count }, (_, i) => {
    const from = question.from + i * question.width;
    const window = newestFirst(known.filter(({ time }) => from <= time && time < from + question.width)).reverse().map(({ value }) => value);
    return question.aggregator === 'last' ? (window.at(-1) ?? null) : naiveAggregate(question.aggregator, window);
  });
  return { kind: 'windows', values };
}
