import type { AlertEvent } from '../../domain/alert-event.js';
import type { AlertState } from '../../domain/alert-state.js';
import { check, type CheckResult } from '../../domain/evaluate.js';
import { periodSeconds } from '../../domain/period.js';
import { lookbackSeconds } from '../../domain/plan.js';
import { advance, closeAlert, recordGap, supersede } from '../../domain/state-machine.js';
import type { AlertWork, CheckCommit, LedgerRow } from '../../ports/config-store.js';
import type { AlertPlan, TickStep } from './check-plan.js';
import type { QuestionBatcher } from './question-batcher.js';

/** What the evaluation of one alert changes; deliveries are added by the caller. */
export type Evaluated = Omit<CheckCommit, 'deliveries'>;

/** Reads all ticks of the plan at once, then moves the state machine through them in order. */
export async function evaluateAlert(work: AlertWork, plan: AlertPlan, questions: QuestionBatcher): Promise<Evaluated> {
  const { tenant, alert } = work;
  const { database, cluster } = tenant.team ?? tenant.organization;
  const results = await Promise.all(plan.steps.map((step) => read(step, database, cluster, questions)));

  let state: AlertState = work.state;
  const ledger: LedgerRow[] = [];
  const events: AlertEvent[] = [];
  plan.steps.forEach((step, i) => {
    if (step.kind === 'close') {
      const closed = closeAlert(state, step.at, step.reason);
      state = closed.state;
      events.push(...closed.events);
      return;
    }
    const result = results[i] as CheckResult;
    const recorded = step.kind === 'gap' ? recordGap(state, step.tick) : advance(state, step.tick, result.verdict, result.values, alert);
    state = recorded.state;
    ledger.push(recorded.ledger);
    events.push(...recorded.events);
  });
  return {
    alertId: alert.id,
    expectedLastTick: work.state.lastTick,
    expectedVersion: alert.version,
    state: { ...state, settledVersion: plan.settledVersion },
    ledger,
    // Several ticks in one run mean that they are found late: only what still matters is told.
    events: ledger.length > 1 ? supersede(events, work.state.toldState, state) : events,
    database,
    cluster,
  };
}

async function read(step: TickStep, database: string, cluster: string | null, questions: QuestionBatcher): Promise<CheckResult | null> {
  switch (step.kind) {
    case 'evaluate': {
      const scope = { database, lookbackSeconds: lookbackSeconds(step.version.lookbackSeconds, periodSeconds(step.version.period)) };
      return check(step.condition, step.tick, scope, (asked) => questions.ask(cluster, asked));
    }
    case 'late':
      return { verdict: { kind: 'no_data', reason: 'late_pipeline' }, values: [] };
    case 'unreadable':
      return { verdict: { kind: 'error', reason: 'unreadable_condition' }, values: [] };
    case 'gap':
    case 'close':
      return null;
  }
}
