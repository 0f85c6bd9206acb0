import { assert } from 'chai';
import fc from 'fast-check';
import { CaveError, advance, closeAlert, eventId, initialState, recordGap, supersede } from '../../src/index.js';
import type { AlertEvent, AlertState, TellingSettings, Verdict } from '../../src/index.js';

const quiet: TellingSettings = { notify: 'changes', repeatIntervalSeconds: null, notifyNoData: false, notifyError: false };
const asking: TellingSettings = { ...quiet, notifyNoData: true, notifyError: true };
const yes: Verdict = { kind: 'true' };
const no: Verdict = { kind: 'false' };
const noData: Verdict = { kind: 'no_data', reason: 'too_few_values' };
const error: Verdict = { kind: 'error', reason: 'unknown_series' };
const storeDown: Verdict = { kind: 'error', reason: 'store' };

/** Checks at 60, 120, … */
function run(verdicts: readonly Verdict[], settings: TellingSettings, from = initialState('7')): { state: AlertState; events: AlertEvent[]; ledger: number[] } {
  let state = from;
  const events: AlertEvent[] = [];
  const ledger: number[] = [];
  for (const verdict of verdicts) {
    const step = advance(state, (state.lastTick ?? 0) + 60, verdict, [], settings);
    state = step.state;
    events.push(...step.events);
    ledger.push(step.ledger.value);
  }
  return { state, events, ledger };
}

const told = (events: readonly AlertEvent[]): string[] => events.map(({ type, tick }) => `${type}@${tick}`);

describe('advance', () => {
  it('tells of entering and leaving firing, once', () => {
    const { state, events, ledger } = run([no, yes, yes, no, no, yes], quiet);
    assert.deepEqual(told(events), ['triggered@120', 'resolved@240', 'triggered@360']);
    assert.deepEqual(ledger, [0, 1, 1, 0, 0, 1]);
    assert.deepInclude(state, { state: 'firing', since: 360, lastTick: 360, toldState: 'firing', health: 'fine' });
    assert.deepInclude(events[1], { state: 'ok', since: 240, reason: 'condition', superseded: false });
  });

  it('keeps ok and firing through no data and errors', () => {
    const { state, events, ledger } = run([yes, noData, error, storeDown, yes, no], quiet);
    assert.deepEqual(told(events), ['triggered@60', 'resolved@360']);
    assert.deepEqual(ledger, [1, -1, -1, -1, 1, 0]);
    assert.equal(state.health, 'fine');
  });

  it('reminds every repeat interval while firing, also without data', () => {
    const { events } = run([yes, yes, yes, noData, yes, no, no], { ...quiet, repeatIntervalSeconds: 120 });
    assert.deepEqual(told(events), ['triggered@60', 'reminder@180', 'reminder@300', 'resolved@360']);
  });

  it('tells each true check where that is asked for', () => {
    const { events } = run([yes, yes, noData, yes], { ...quiet, notify: 'every_check' });
    assert.deepEqual(told(events), ['triggered@60', 'reminder@120', 'reminder@240']);
  });

  it('tells bad health once, after three checks of one kind, if asked', () => {
    const verdicts = [noData, noData, error, error, error, error, yes, noData, noData, noData];
    const { events } = run(verdicts, asking);
    assert.deepEqual(told(events), ['error@300', 'triggered@420', 'no_data@600']);
    assert.deepInclude(events[0], { reason: 'unknown_series', health: 'error', state: 'ok' });
    assert.deepEqual(told(run(verdicts, quiet).events), ['triggered@420']);
  });

  it("leaves CAVE's own faults to the status page", () => {
    const late: Verdict = { kind: 'no_data', reason: 'late_pipeline' };
    assert.deepEqual(run([storeDown, storeDown, storeDown, storeDown, late, late, late, late], asking).events, []);
  });

  it('refuses a tick that is not after the last', () => {
    const { state } = run([yes], quiet);
    assert.throws(() => advance(state, 60, no, [], quiet), CaveError, /not after 60/);
    assert.throws(() => recordGap(state, 59), CaveError, /not after 60/);
  });

  it('keeps its promises over random verdicts', () => {
    const verdict = fc.constantFrom(yes, no, noData, error, storeDown);
    const settings: fc.Arbitrary<TellingSettings> = fc.record({
      notify: fc.constantFrom('changes', 'every_check'),
      repeatIntervalSeconds: fc.option(fc.integer({ min: 1, max: 400 })),
      notifyNoData: fc.boolean(),
      notifyError: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 40 }), settings, (verdicts, telling) => {
        const { events, state } = run(verdicts, telling);
        assert.lengthOf([...new Set(events.map(({ id }) => id))], events.length, 'ids are unique');
        assert.deepEqual(events.map(({ tick }) => tick), events.map(({ tick }) => tick).sort((a, b) => a - b), 'in order');
        const changes = events.filter(({ type }) => type === 'triggered' || type === 'resolved');
        changes.forEach(({ type }, i) => assert.equal(type, i % 2 === 0 ? 'triggered' : 'resolved', 'changes alternate'));
        assert.equal(state.state, verdicts.findLast(({ kind }) => kind === 'true' || kind === 'false')?.kind === 'true' ? 'firing' : 'ok');
        assert.equal(state.toldState, state.state);
        const sound = run(verdicts.filter(({ kind }) => kind === 'true' || kind === 'false'), quiet).events.map(({ type }) => type);
        assert.deepEqual(changes.map(({ type }) => type), sound, 'bad verdicts change no state');
        if (telling.notify === 'changes' && telling.repeatIntervalSeconds === null) assert.isFalse(events.some(({ type }) => type === 'reminder'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('recordGap', () => {
  it('records that checks were missed and changes nothing else', () => {
    const before = run([yes, noData], quiet).state;
    const { state, events, ledger } = recordGap(before, 9_000);
    assert.deepEqual(state, { ...before, lastTick: 9_000 });
    assert.deepEqual(events, []);
    assert.deepEqual(ledger, { tick: 9_000, verdict: { kind: 'error', reason: 'missed' }, value: -1 });
  });
});

describe('closeAlert', () => {
  it('resolves a firing alert with the reason', () => {
    for (const reason of ['disabled', 'deleted'] as const) {
      const { state, events } = closeAlert(run([yes, noData], quiet).state, 130, reason);
      assert.deepEqual(told(events), ['resolved@130']);
      assert.deepInclude(events[0], { reason, state: 'ok', id: eventId('7', 130, 'resolved') });
      assert.deepInclude(state, { state: 'ok', since: 130, toldState: 'ok', lastTick: 120, health: 'fine', sickChecks: 0, lastReminder: null });
    }
  });

  it('is silent about one that is ok', () => {
    assert.deepEqual(closeAlert(run([no], quiet).state, 70, 'disabled').events, []);
  });
});

describe('supersede', () => {
  const caughtUp = (before: readonly Verdict[], late: readonly Verdict[], settings = quiet): string[] => {
    const start = run(before, settings).state;
    const { events, state } = run(late, settings, start);
    const marked = supersede(events, start.toldState, state);
    assert.lengthOf(marked, events.length);
    return told(marked.filter(({ superseded }) => !superseded));
  };

  it('tells nothing when the final state is the one last told', () => {
    assert.deepEqual(caughtUp([no], [yes, no]), []);
    assert.deepEqual(caughtUp([yes], [no, yes]), []);
  });

  it('tells the last change when the final state differs', () => {
    assert.deepEqual(caughtUp([no], [yes, no, yes]), ['triggered@240']);
    assert.deepEqual(caughtUp([yes], [no, yes, no, no]), ['resolved@240']);
  });

  it('tells the last reminder of an alert that fires as it did', () => {
    const repeating = { ...quiet, repeatIntervalSeconds: 60 };
    assert.deepEqual(caughtUp([yes], [yes, yes, yes], repeating), ['reminder@240']);
    assert.deepEqual(caughtUp([no], [yes, yes, yes], repeating), ['triggered@120']);
    assert.deepEqual(caughtUp([yes], [yes, yes, no], repeating), ['resolved@240']);
  });

  it('tells bad health only while it lasts', () => {
    assert.deepEqual(caughtUp([no], [noData, noData, noData, no], asking), []);
    assert.deepEqual(caughtUp([no], [noData, noData, noData], asking), ['no_data@240']);
  });
});

describe('eventId', () => {
  it('is a pure function of alert, tick and type', () => {
    assert.match(eventId('7', 60, 'triggered'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(eventId('7', 60, 'triggered'), eventId('7', 60, 'triggered'));
    const all = [eventId('7', 60, 'triggered'), eventId('7', 60, 'resolved'), eventId('7', 61, 'triggered'), eventId('76', 0, 'triggered'), eventId('8', 60, 'triggered')];
    assert.lengthOf([...new Set(all)], all.length);
  });
});
