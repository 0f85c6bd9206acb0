import { expect } from 'chai';
import fc from 'fast-check';
import { Schedule, type ScheduledAlert } from '../../src/index.js';

const START = 1_800_000_000;

function alert(id: number, periodSeconds: number, offsetSeconds: number, more: Partial<ScheduledAlert> = {}): ScheduledAlert {
  return { id: String(id), version: 1, enabled: true, periodSeconds, offsetSeconds, effectiveFrom: START - 1, ...more };
}

/** Ticks of an alert in (from, to], found the slow way. */
function ticks({ periodSeconds, offsetSeconds }: ScheduledAlert, from: number, to: number): number[] {
  const found: number[] = [];
  for (let second = from + 1; second <= to; second += 1) if ((second - offsetSeconds) % periodSeconds === 0) found.push(second);
  return found;
}

function collect(run: (visit: (id: string, tick: number) => void) => void): [string, number][] {
  const visited: [string, number][] = [];
  run((id, tick) => visited.push([id, tick]));
  return visited.sort();
}

describe('Schedule', () => {
  it('hands out each tick once, second by second, whatever the period', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ period: fc.integer({ min: 1, max: 10_000 }), offset: fc.nat() }), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 300 }), (given, seconds) => {
        const schedule = new Schedule();
        const alerts = given.map(({ period, offset }, i) => alert(i + 1, period, offset % period));
        for (const one of alerts) schedule.apply(one);
        schedule.restart(START, START, () => undefined);
        const visited: [string, number][] = [];
        for (let second = START + 1; second <= START + seconds; second += 1) schedule.advance(second, (id, tick) => visited.push([id, tick]));
        const expected = alerts.flatMap((one) => ticks(one, START, START + seconds).map((tick): [string, number] => [one.id, tick]));
        expect(visited.sort()).to.deep.equal(expected.sort());
      }),
    );
  });

  it('hands out the newest tick once after a pause of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ period: fc.integer({ min: 1, max: 20_000 }), offset: fc.nat() }), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 15_000 }), (given, seconds) => {
        const schedule = new Schedule();
        const alerts = given.map(({ period, offset }, i) => alert(i + 1, period, offset % period));
        for (const one of alerts) schedule.apply(one);
        schedule.restart(START, START, () => undefined);
        const visited = collect((visit) => schedule.advance(START + seconds, visit));
        const expected = alerts.flatMap((one): [string, number][] => {
          const last = ticks(one, START, START + seconds).at(-1);
          return last === undefined ? [] : [[one.id, last]];
        });
        expect(visited).to.deep.equal(expected.sort());
        expect(collect((visit) => schedule.advance(START + seconds, visit))).to.deep.equal([]);
      }),
    );
  });

  it('owes a new leader everything after the watermark, once for each alert', () => {
    const schedule = new Schedule();
    schedule.apply(alert(1, 10, 3));
    schedule.apply(alert(2, 86_400, 5));
    const visited = collect((visit) => schedule.restart(START - 100, START, visit));
    expect(visited).to.deep.equal([]);
    schedule.apply(alert(3, 10, 3, { effectiveFrom: START - 60 }));
    expect(collect((visit) => schedule.restart(START - 100, START, visit))).to.deep.equal([['3', ticks(alert(3, 10, 3), START - 60, START).at(-1)]]);
  });

  it('does nothing when the time steps back', () => {
    const schedule = new Schedule();
    schedule.apply(alert(1, 1, 0));
    schedule.restart(START, START, () => undefined);
    schedule.advance(START + 5, () => undefined);
    expect(collect((visit) => schedule.advance(START + 2, visit))).to.deep.equal([]);
    expect(collect((visit) => schedule.advance(START + 6, visit))).to.deep.equal([['1', START + 6]]);
  });

  it('owes what was due under the former version of an edit that was not handed out yet', () => {
    const schedule = new Schedule();
    schedule.apply(alert(1, 10, 0));
    schedule.restart(START, START, () => undefined);
    const due = ticks(alert(1, 10, 0), START, START + 20)[0] as number;
    expect(schedule.apply(alert(1, 3_600, 7, { version: 2, effectiveFrom: due }))).to.deep.equal({ alertId: '1', tick: due, version: 2 });
    expect(schedule.apply(alert(1, 3_600, 7, { version: 2, effectiveFrom: due })), 'the same version again').to.equal(null);
    expect(schedule.apply(alert(1, 5, 0, { version: 1 })), 'an older version').to.equal(null);
    expect(schedule.versionOf('1')).to.equal(2);
  });

  it('owes ticks of a new version that lie behind the cursor', () => {
    const schedule = new Schedule();
    schedule.restart(START, START, () => undefined);
    schedule.advance(START + 100, () => undefined);
    const owed = schedule.apply(alert(9, 10, 0, { effectiveFrom: START + 50 }));
    expect(owed).to.deep.equal({ alertId: '9', tick: ticks(alert(9, 10, 0), START, START + 100).at(-1), version: 1 });
  });

  it('owes the settling of a disabled alert and forgets it', () => {
    const schedule = new Schedule();
    schedule.apply(alert(1, 1, 0));
    schedule.restart(START, START, () => undefined);
    expect(schedule.apply(alert(1, 1, 0, { version: 2, enabled: false, effectiveFrom: START }))).to.deep.equal({ alertId: '1', tick: START, version: 2 });
    expect(schedule.size).to.equal(0);
    expect(collect((visit) => schedule.advance(START + 10, visit))).to.deep.equal([]);
  });

  it('sweeps out what a full reload did not mention, and uses its place again', () => {
    const schedule = new Schedule();
    for (let id = 1; id <= 5_000; id += 1) schedule.apply(alert(id, 60, id % 60));
    schedule.beginSnapshot();
    for (let id = 1; id <= 5_000; id += 2) schedule.apply(alert(id, 60, id % 60));
    expect(schedule.sweep(START)).to.have.length(2_500);
    for (let id = 10_001; id <= 12_500; id += 1) schedule.apply(alert(id, 60, id % 60));
    schedule.restart(START, START, () => undefined);
    const visited = new Set<string>();
    for (let second = START + 1; second <= START + 60; second += 1) schedule.advance(second, (id) => visited.add(id));
    expect(visited.size).to.equal(5_000);
  });
});
