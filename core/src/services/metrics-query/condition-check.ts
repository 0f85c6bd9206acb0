import { CaveError } from '../../errors.js';
import type { Condition } from '../../domain/condition.js';
import { parseCondition } from '../../domain/condition-parser.js';
import { evaluate } from '../../domain/evaluate.js';
import { followUpQuestions, lookbackSeconds, planQuestions, type CheckScope } from '../../domain/plan.js';
import type { Clock } from '../../ports/clock.js';
import type { Answer, MetricsStore, MetricsStores, Question } from '../../ports/metrics-store.js';
import type { MetricSpace } from './metric-space.js';
import type { MetricValue } from './metrics-query.js';

/** A range may be cut into at most this many steps. */
export const MAX_CHECK_STEPS = 60;

export interface ConditionCheckRequest {
  readonly condition: string;
  /** Whole seconds since the epoch. */
  readonly start: number;
  /** Null: now. */
  readonly end: number | null;
  readonly intervalMinutes: number;
}

/** Tries a condition on past data, step by step, with the same evaluation as live checks. */
export class ConditionCheck {
  constructor(
    private readonly stores: MetricsStores,
    private readonly clock: Clock,
  ) {}

  /**
   * One value for each step from `start` up to and including `end`, oldest first, as the
   * first CAVE answered: `time` is the step's beginning, the condition is evaluated at its
   * end; 1 where it holds, 0 where it does not or there is too little data to tell. Throws
   * `invalid_argument` for a condition that does not parse (with column and what was
   * expected), for a series never seen, and for more than 60 steps.
   */
  async run(space: MetricSpace, request: ConditionCheckRequest, signal?: AbortSignal): Promise<readonly MetricValue[]> {
    const condition = parseCondition(request.condition);
    const steps = this.#steps(request);
    const interval = request.intervalMinutes * 60;
    const scope: CheckScope = { database: space.database, lookbackSeconds: lookbackSeconds(null, interval) };
    const answers = await this.#answers(this.stores.get(space.cluster), condition, steps.map((step) => step + interval), scope, signal);
    return steps.map((time, i) => {
      const found = answers[i] ?? [];
      for (const answer of found) if (answer.kind === 'error') throw answer.error;
      const { verdict } = evaluate(condition, time + interval, scope, found);
      if (verdict.kind === 'error') throw new CaveError('invalid_argument', 'The condition reads a series that was never seen: a metric with these tags does not exist.', { reason: 'unknown_metric' });
      return { time, value: verdict.kind === 'true' ? 1 : 0 };
    });
  }

  #steps(request: ConditionCheckRequest): readonly number[] {
    const end = request.end ?? Math.floor(this.clock.nowMs() / 1000);
    const interval = request.intervalMinutes * 60;
    if (request.start > end) throw new CaveError('invalid_argument', 'The start must not lie after the end.', { reason: 'invalid_range' });
    if (Math.floor((end - request.start) / interval) > MAX_CHECK_STEPS) {
      throw new CaveError('invalid_argument', `The range has more than ${MAX_CHECK_STEPS} steps; ask for a shorter one or a longer interval.`, { reason: 'too_many_steps' });
    }
    const steps: number[] = [];
    for (let time = request.start; time <= end; time += interval) steps.push(time);
    return steps;
  }

  /** Answers for the check at each of `times`: all questions in one call, and those that follow in a second. */
  async #answers(store: MetricsStore, condition: Condition, times: readonly number[], scope: CheckScope, signal: AbortSignal | undefined): Promise<readonly (readonly Answer[])[]> {
    const first = await askGroups(store, times.map((t) => planQuestions(condition, t, scope)), signal);
    const more = await askGroups(store, times.map((t, i) => followUpQuestions(condition, t, scope, first[i] ?? [])), signal);
    return first.map((answers, i) => [...answers, ...(more[i] ?? [])]);
  }
}

async function askGroups(store: MetricsStore, groups: readonly (readonly Question[])[], signal: AbortSignal | undefined): Promise<readonly (readonly Answer[])[]> {
  const questions = groups.flat();
  const answers = questions.length === 0 ? [] : await store.query(questions, signal);
  let at = 0;
  return groups.map((group) => answers.slice(at, (at += group.length)));
}
