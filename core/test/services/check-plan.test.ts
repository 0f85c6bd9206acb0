import { expect } from 'chai';
import { initialState, parseCondition, planAlert, type AlertState, type AlertVersion, type Condition, type TickStep } from '../../src/index.js';

const T = 1_800_000_000;
const LIMITS = { catchUpSeconds: 3_600, minPatienceSeconds: 30, maxTicks: 400 };

function version(number: number, effectiveFrom: number, more: Partial<AlertVersion> = {}): AlertVersion {
  return { version: number, effectiveFrom, enabled: true, deleted: false, period: { kind: 'every', seconds: 10 }, offsetSeconds: 0, condition: 'a[].sum.1m > 1', lookbackSeconds: null, ...more };
}

function state(more: Partial<AlertState> = {}): AlertState {
  return { ...initialState('1'), lastTick: T, settledVersion: 1, ...more };
}

function parse(text: string): Condition | null {
  return text === 'broken' ? null : parseCondition(text);
}

function plan(given: AlertState, versions: readonly AlertVersion[], upTo: number, time: { now: number; storedUpTo: number; watchedSince?: number }, limits = LIMITS) {
  return planAlert(given, versions, upTo, { atMs: time.now * 1000, storedUpToMs: time.storedUpTo * 1000, watchedSinceMs: (time.watchedSince ?? 0) * 1000 }, limits, parse);
}

function brief(steps: readonly TickStep[]): string[] {
  return steps.map((step) => (step.kind === 'close' ? `close ${step.reason} ${step.at - T}` : `${step.kind} ${step.tick - T}`));
}

describe('planAlert', () => {
  it('evaluates every due tick after the last recorded one, in order, up to the obligation', () => {
    const { steps, waiting } = plan(state(), [version(1, T - 100)], T + 35, { now: T + 36, storedUpTo: T + 36 });
    expect(brief(steps)).to.deep.equal(['evaluate 10', 'evaluate 20', 'evaluate 30']);
    expect(waiting).to.equal(null);
  });

  it('finds nothing to do for a job that is late, doubled or reordered', () => {
    const { steps, waiting } = plan(state({ lastTick: T + 30 }), [version(1, T - 100)], T + 20, { now: T + 36, storedUpTo: T + 36 });
    expect(steps).to.deep.equal([]);
    expect(waiting).to.equal(null);
  });

  it('waits for its data, and what comes later waits behind it', () => {
    const { steps, waiting } = plan(state(), [version(1, T - 100)], T + 20, { now: T + 21, storedUpTo: T + 15 });
    expect(brief(steps)).to.deep.equal(['evaluate 10']);
    expect(waiting).to.deep.equal({ needMs: (T + 20) * 1000, deadlineMs: (T + 50) * 1000 });
  });

  it('reads earlier with a delay', () => {
    const delayed = version(1, T - 100, { condition: 'a > 1 delayed by 5s' });
    expect(brief(plan(state(), [delayed], T + 20, { now: T + 21, storedUpTo: T + 15 }).steps)).to.deep.equal(['evaluate 10', 'evaluate 20']);
  });

  it('gives up on a pipeline that is later than a period and 30 s: no data, also for "missing"', () => {
    const missing = version(1, T - 100, { condition: 'a missing for 1m' });
    const { steps, waiting } = plan(state(), [missing], T + 20, { now: T + 45, storedUpTo: T - 100 });
    expect(brief(steps)).to.deep.equal(['late 10']);
    expect(waiting).to.deep.equal({ needMs: (T + 20) * 1000, deadlineMs: (T + 50) * 1000 });
  });

  it('begins to be patient when somebody watches, so that an outage of everything is caught up with data', () => {
    const { steps, waiting } = plan(state(), [version(1, T - 100)], T + 20, { now: T + 300, storedUpTo: T, watchedSince: T + 290 });
    expect(brief(steps)).to.deep.equal([]);
    expect(waiting).to.deep.equal({ needMs: (T + 10) * 1000, deadlineMs: (T + 320) * 1000 });
  });

  it('makes one gap of ticks older than the catch-up', () => {
    const { steps } = plan(state(), [version(1, T - 100)], T + 3_640, { now: T + 3_641, storedUpTo: T + 3_641 });
    expect(brief(steps).slice(0, 2)).to.deep.equal(['gap 40', 'evaluate 50']);
    expect(steps).to.have.length(361);
  });

  it('cuts a long catch-up and says that there is more', () => {
    const { steps, waiting } = plan(state(), [version(1, T - 100)], T + 100, { now: T + 101, storedUpTo: T + 101 }, { ...LIMITS, maxTicks: 3 });
    expect(brief(steps)).to.deep.equal(['evaluate 10', 'evaluate 20', 'evaluate 30']);
    expect(waiting?.needMs).to.equal((T + 40) * 1000);
  });

  it('evaluates each tick under the version in force at it', () => {
    const versions = [version(1, T - 100), version(2, T + 20, { period: { kind: 'every', seconds: 7 }, offsetSeconds: 1, condition: 'b > 2' })];
    const { steps, settledVersion } = plan(state(), versions, T + 40, { now: T + 41, storedUpTo: T + 41 });
    const used = steps.map((step) => (step.kind === 'evaluate' ? [step.tick - T, step.version.version] : null));
    expect(used.slice(0, 2)).to.deep.equal([
      [10, 1],
      [20, 1],
    ]);
    expect(used.slice(2).every((entry) => entry?.[1] === 2 && (T + (entry[0] as number)) % 7 === 1)).to.equal(true);
    expect(settledVersion).to.equal(2);
  });

  it('finishes what was due before it closes a disabled alert', () => {
    const versions = [version(1, T - 100), version(2, T + 25, { enabled: false })];
    const { steps, settledVersion, waiting } = plan(state(), versions, T + 25, { now: T + 26, storedUpTo: T + 26 });
    expect(brief(steps)).to.deep.equal(['evaluate 10', 'evaluate 20', 'close disabled 25']);
    expect(settledVersion).to.equal(2);
    expect(waiting).to.equal(null);
  });

  it('does not close while an earlier tick waits for its data', () => {
    const versions = [version(1, T - 100), version(2, T + 25, { enabled: false, deleted: true })];
    const { steps, settledVersion, waiting } = plan(state(), versions, T + 25, { now: T + 26, storedUpTo: T + 12 });
    expect(brief(steps)).to.deep.equal(['evaluate 10']);
    expect(settledVersion).to.equal(1);
    expect(waiting).to.not.equal(null);
  });

  it('closes between two lives of an alert, and only once', () => {
    const versions = [version(1, T - 100), version(2, T + 15, { enabled: false }), version(3, T + 22)];
    const time = { now: T + 41, storedUpTo: T + 41 };
    expect(brief(plan(state(), versions, T + 40, time).steps)).to.deep.equal(['evaluate 10', 'close disabled 15', 'evaluate 30', 'evaluate 40']);
    expect(brief(plan(state({ lastTick: T + 30, settledVersion: 3 }), versions, T + 40, time).steps)).to.deep.equal(['evaluate 40']);
  });

  it('records an error for a condition that cannot be read', () => {
    expect(brief(plan(state(), [version(1, T - 100, { condition: 'broken' })], T + 10, { now: T + 11, storedUpTo: T - 5 }).steps)).to.deep.equal(['unreadable 10']);
  });
});
