import { CaveError } from '../errors.js';
import type { Answer, Question } from '../ports/metrics-store.js';
import type { ReadValue } from './alert-event.js';
import type { Verdict } from './alert-state.js';
import type { Comparison, ComparisonOperator, Condition, Source } from './condition.js';
import { followUpQuestions, planCheck, unreachedTimes } from './plan.js';
import type { CheckScope, SidePlan } from './plan.js';

/** What a check found, and what it read: pairs newest first, after the factors. */
export interface CheckResult {
  readonly verdict: Verdict;
  /** Only pairs that exist; of `missing` the newest point in its window, if any. */
  readonly values: readonly ReadValue[];
}

/** One value of a side; `time` is the point's, or its window's start, null for a number. */
interface Reading {
  readonly time: number | null;
  readonly value: number;
}

/** Reading number k of a side, newest first; undefined where it has none. `leftTime` is that of the pair's left. */
type Side = (k: number, leftTime: number | null) => Reading | undefined;

/**
 * The verdict of `condition` at `t`: a pure function of what was read (docs/alerts.md says what
 * it means).
 *
 * @param answers those to `planQuestions`, in order, then those to `followUpQuestions`.
 * @throws `internal` when answers are missing or of the wrong kind.
 */
export function evaluate(condition: Condition, t: number, scope: CheckScope, answers: readonly Answer[]): CheckResult {
  const plan = planCheck(condition, t, scope);
  const unreached = unreachedTimes(condition, t, scope, answers);
  if (answers.length !== plan.questions.length + unreached.length) {
    throw new CaveError('internal', `A check needs ${plan.questions.length + unreached.length} answers, but got ${answers.length}.`);
  }
  if (answers.some((answer) => answer.kind === 'error')) return failed('store');
  if (condition.kind === 'missing' || plan.sides === null) return evaluateMissing(answers[0]);
  if (answers.some((answer) => answer.kind === 'unknown_series')) return failed('unknown_series');

  const followUp = new Map(unreached.map((time, i) => [time, answers[plan.questions.length + i]]));
  const left = readSide(condition.left, plan.sides.left, plan.questions, answers);
  const right =
    plan.sides.left.kind === 'points' && plan.sides.right.kind === 'points'
      ? atOrBefore(answers[plan.sides.right.question], followUp)
      : readSide(condition.right, plan.sides.right, plan.questions, answers);
  return compare(condition, left, right);
}

/**
 * Plans, asks and evaluates. `ask` answers each question in order; it is called once, or
 * twice, or for number against number not at all.
 */
export async function check(
  condition: Condition,
  t: number,
  scope: CheckScope,
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): Promise<CheckResult> {
  const { questions } = planCheck(condition, t, scope);
  const answers = questions.length === 0 ? [] : await ask(questions);
  const more = followUpQuestions(condition, t, scope, answers);
  return evaluate(condition, t, scope, more.length === 0 ? answers : [...answers, ...(await ask(more))]);
}

function evaluateMissing(answer: Answer | undefined): CheckResult {
  if (answer?.kind === 'unknown_series') return { verdict: { kind: 'true' }, values: [] };
  if (answer?.kind !== 'points') throw wrongKind(answer);
  const [time] = answer.times;
  const [value] = answer.values;
  if (time === undefined || value === undefined) return { verdict: { kind: 'true' }, values: [] };
  return { verdict: { kind: 'false' }, values: [{ time, left: value, right: null }] };
}

function compare(condition: Comparison, left: Side, right: Side): CheckResult {
  const values: ReadValue[] = [];
  let holds = true;
  for (let k = 0; k < condition.times; k += 1) {
    const a = left(k, null);
    const b = a === undefined ? undefined : right(k, a.time);
    if (a === undefined || b === undefined) continue;
    const x = a.value * (condition.left.factor ?? 1);
    const y = b.value * (condition.right.factor ?? 1);
    values.push({ time: a.time ?? b.time, left: x, right: y });
    holds &&= OPERATORS[condition.operator](x, y);
  }
  if (values.length < condition.times) return { verdict: { kind: 'no_data', reason: 'too_few_values' }, values };
  return { verdict: { kind: holds ? 'true' : 'false' }, values };
}

const OPERATORS: Readonly<Record<ComparisonOperator, (x: number, y: number) => boolean>> = {
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
  '==': (x, y) => x === y,
  '!=': (x, y) => x !== y,
};

function readSide(source: Source, plan: SidePlan, questions: readonly Question[], answers: readonly Answer[]): Side {
  if (plan.kind === 'number') return () => ({ time: null, value: plan.value });
  const answer = answers[plan.question];
  if (plan.kind === 'points') {
    if (answer?.kind !== 'points') throw wrongKind(answer);
    return (k) => reading(answer.times[k], answer.values[k]);
  }
  const question = questions[plan.question];
  if (answer?.kind !== 'windows' || question?.kind !== 'windows') throw wrongKind(answer);
  const { simple } = source;
  const emptyIsZero = simple.kind === 'aggregate' && (simple.aggregator === 'count' || simple.aggregator === 'sum');
  return (k) => {
    const window = question.count - 1 - k;
    const value = answer.values[window] ?? (emptyIsZero ? 0 : undefined);
    return reading(question.from + window * question.width, value);
  };
}

/** The newest point at or before the left's, from the first round where it reaches so far back. */
function atOrBefore(answer: Answer | undefined, followUp: ReadonlyMap<number, Answer | undefined>): Side {
  if (answer?.kind !== 'points') throw wrongKind(answer);
  return (_k, leftTime) => {
    if (leftTime === null) return undefined;
    const second = followUp.get(leftTime);
    if (second !== undefined) {
      if (second.kind !== 'points') throw wrongKind(second);
      return reading(second.times[0], second.values[0]);
    }
    const i = answer.times.findIndex((time) => time <= leftTime);
    return reading(answer.times[i], answer.values[i]);
  };
}

function reading(time: number | undefined, value: number | undefined): Reading | undefined {
  return time === undefined || value === undefined ? undefined : { time, value };
}

function failed(reason: string): CheckResult {
  return { verdict: { kind: 'error', reason }, values: [] };
}

function wrongKind(answer: Answer | undefined): CaveError {
  return new CaveError('internal', `The store answered with "${answer?.kind ?? 'nothing'}", which does not fit the question.`);
}
