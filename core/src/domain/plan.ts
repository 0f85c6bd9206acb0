import type { Answer, Question } from '../ports/metrics-store.js';
import type { Comparison, Condition, MetricSelector, Source } from './condition.js';

/** What a check needs to know beside its condition and time. */
export interface CheckScope {
  /** Database that is asked. */
  readonly database: string;
  /** Look-back L, see `lookbackSeconds`. */
  readonly lookbackSeconds: number;
}

/** How a side of a comparison is read, and which of the check's questions its answer belongs to. */
export type SidePlan =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'points' | 'windows'; readonly question: number };

export interface CheckPlan {
  readonly questions: readonly Question[];
  /** Null for `missing`, which asks one question. */
  readonly sides: { readonly left: SidePlan; readonly right: SidePlan } | null;
}

/**
 * Metric against metric needs the right side's points around those of the left, which are not
 * known yet. This many beyond N are asked for at first; a right side so much denser than the
 * left costs a second round (`followUpQuestions`).
 */
const RIGHT_MARGIN = 100;

const MIN_LOOKBACK_SECONDS = 3_600;

/** Look-back L: what the alert sets, else ten periods, at least an hour. */
export function lookbackSeconds(setting: number | null, periodSeconds: number): number {
  return setting ?? Math.max(MIN_LOOKBACK_SECONDS, 10 * periodSeconds);
}

/** A check at `t` reads nothing later than this second (exclusive): what is earlier must be stored. */
export function settledBy(condition: Condition, t: number): number {
  return condition.kind === 'missing' ? t : t - condition.delaySeconds;
}

/** The questions of a check at `t`, none asked twice, and how the answers are to be used. */
export function planCheck(condition: Condition, t: number, scope: CheckScope): CheckPlan {
  if (condition.kind === 'missing') {
    return { questions: [points(condition.metric, t - condition.forSeconds, t, 1, scope)], sides: null };
  }
  const { left, right } = condition;
  const questions: Question[] = [];
  const add = (question: Question): number => {
    const text = JSON.stringify(question);
    const same = questions.findIndex((asked) => JSON.stringify(asked) === text);
    return same === -1 ? questions.push(question) - 1 : same;
  };
  const bothMetrics = left.simple.kind === 'metric' && right.simple.kind === 'metric';
  return {
    sides: {
      left: planSide(condition, left, right, t, scope, condition.times, add),
      right: planSide(condition, right, left, t, scope, condition.times + (bothMetrics ? RIGHT_MARGIN : 0), add),
    },
    questions,
  };
}

/** The questions of a check at `t`: the fewest that suffice. Empty for number against number. */
export function planQuestions(condition: Condition, t: number, scope: CheckScope): readonly Question[] {
  return planCheck(condition, t, scope).questions;
}

/**
 * What must be asked once more before `evaluate` can be called with `answers` (to which these
 * answers are to be appended): almost always nothing. Only for metric against metric, where
 * the right side has so many points after one of the left's that the first round did not
 * reach the one at or before it.
 */
export function followUpQuestions(condition: Condition, t: number, scope: CheckScope, answers: readonly Answer[]): readonly Question[] {
  if (condition.kind === 'missing' || condition.right.simple.kind !== 'metric') return [];
  const { metric } = condition.right.simple;
  const from = settledBy(condition, t) - scope.lookbackSeconds;
  return unreachedTimes(condition, t, scope, answers).map((time) => points(metric, from, time + 1, 1, scope));
}

/** Times of left points (newest first, each once) that the first round's right points do not reach back to. */
export function unreachedTimes(condition: Condition, t: number, scope: CheckScope, answers: readonly Answer[]): readonly number[] {
  if (condition.kind === 'missing' || condition.left.simple.kind !== 'metric' || condition.right.simple.kind !== 'metric') return [];
  const { questions, sides } = planCheck(condition, t, scope);
  if (sides?.left.kind !== 'points' || sides.right.kind !== 'points') return [];
  const left = answers[sides.left.question];
  const right = answers[sides.right.question];
  const asked = questions[sides.right.question];
  if (left?.kind !== 'points' || right?.kind !== 'points' || asked?.kind !== 'points') return [];
  if (right.times.length < asked.limit) return [];
  const oldest = right.times[right.times.length - 1] ?? -Infinity;
  return [...new Set(left.times.filter((time) => time < oldest))];
}

function planSide(condition: Comparison, side: Source, other: Source, t: number, scope: CheckScope, limit: number, add: (question: Question) => number): SidePlan {
  const e = settledBy(condition, t);
  const { simple } = side;
  switch (simple.kind) {
    case 'number':
      return { kind: 'number', value: simple.value };
    case 'aggregate':
      return { kind: 'windows', question: add(windows(simple.metric, simple.aggregator, simple.windowSeconds, condition.times, e, scope)) };
    case 'metric':
      if (other.simple.kind === 'aggregate') {
        return { kind: 'windows', question: add(windows(simple.metric, 'last', other.simple.windowSeconds, condition.times, e, scope)) };
      }
      return { kind: 'points', question: add(points(simple.metric, e - scope.lookbackSeconds, e, limit, scope)) };
  }
}

function points(metric: MetricSelector, from: number, to: number, limit: number, scope: CheckScope): Question {
  return { kind: 'points', database: scope.database, metric: metric.name, tags: metric.tags, range: { from, to }, limit };
}

function windows(
  metric: MetricSelector,
  aggregator: (Question & { kind: 'windows' })['aggregator'],
  width: number,
  count: number,
  e: number,
  scope: CheckScope,
): Question {
  return { kind: 'windows', database: scope.database, metric: metric.name, tags: metric.tags, aggregator, from: e - count * width, width, count };
}
