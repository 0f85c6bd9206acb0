import { expect } from 'chai';
import fc from 'fast-check';
import { timeTickLabels, timeTicks } from '../src/chart/plot/time-axis.js';
import { timeOfWall, wallOf, zoneOf } from '../src/chart/zone.js';

const seconds = (iso: string): number => Date.parse(iso) / 1000;
const range = (start: string, end: string) => ({ start: seconds(start), end: seconds(end) });
const iso = (ticks: readonly number[]): string[] => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(0, 16));
const berlin = zoneOf('Europe/Berlin');
const utc = zoneOf('UTC');

describe('ticks of the time axis', () => {
  it('are round on the local clock, not on that of UTC', () => {
    const kolkata = zoneOf('Asia/Kolkata');
    const ticks = timeTicks(range('2026-11-26T00:00:00Z', '2026-11-26T06:00:00Z'), 6, kolkata);
    expect(iso(ticks)).to.deep.equal(['00:30', '01:30', '02:30', '03:30', '04:30', '05:30'].map((time) => `2026-11-26T${time}`));
    expect(timeTickLabels(ticks, kolkata)).to.deep.equal(['06:00\n26 Nov', '07:00', '08:00', '09:00', '10:00', '11:00']);
  });

  it('skip the hour that summer time takes', () => {
    const ticks = timeTicks(range('2026-03-29T00:00:00Z', '2026-03-29T03:00:00Z'), 4, berlin);
    expect(timeTickLabels(ticks, berlin)).to.deep.equal(['01:00\n29 Mar', '03:00', '04:00']);
    expect(iso(ticks)).to.deep.equal(['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00']);
  });

  it('show the hour that comes twice twice', () => {
    const ticks = timeTicks(range('2026-10-25T00:00:00Z', '2026-10-25T03:00:00Z'), 4, berlin);
    expect(timeTickLabels(ticks, berlin)).to.deep.equal(['02:00\n25 Oct', '02:00', '03:00']);
  });

  it('do not crowd where two hours are a step and one of them comes twice', () => {
    const ticks = timeTicks(range('2026-10-24T22:00:00Z', '2026-10-25T06:00:00Z'), 5, berlin);
    expect(timeTickLabels(ticks, berlin)).to.deep.equal(['00:00\n25 Oct', '02:00', '04:00', '06:00']);
  });

  it('stay at midnight through a week in which the clock changes', () => {
    const ticks = timeTicks(range('2026-03-26T12:00:00Z', '2026-04-01T12:00:00Z'), 8, berlin);
    expect(timeTickLabels(ticks, berlin)).to.deep.equal(['27 Mar\n2026', '28 Mar', '29 Mar', '30 Mar', '31 Mar', '1 Apr']);
    expect(iso(ticks).map((tick) => tick.slice(11))).to.deep.equal(['23:00', '23:00', '23:00', '22:00', '22:00', '22:00']);
  });

  it('have a day where it begins at one in the morning, as midnight is jumped over', () => {
    const santiago = zoneOf('America/Santiago');
    const ticks = timeTicks(range('2026-09-05T00:00:00Z', '2026-09-08T00:00:00Z'), 4, santiago);
    expect(iso(ticks)).to.deep.equal(['2026-09-05T04:00', '2026-09-06T04:00', '2026-09-07T03:00']);
    expect(wallOf(santiago, ticks[1] as number) % 86_400).to.equal(3600);
  });

  it('are Mondays for weeks, firsts for months, and Januaries for years', () => {
    for (const tick of timeTicks(range('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'), 10, utc)) expect(new Date(tick * 1000).getUTCDay()).to.equal(1);
    expect(timeTickLabels(timeTicks(range('2025-11-15T00:00:00Z', '2026-03-15T00:00:00Z'), 6, utc), utc)).to.deep.equal(['Dec\n2025', 'Jan\n2026', 'Feb', 'Mar']);
    expect(iso(timeTicks(range('2020-06-01T00:00:00Z', '2023-06-01T00:00:00Z'), 4, utc))).to.deep.equal(['2021-01-01T00:00', '2022-01-01T00:00', '2023-01-01T00:00']);
  });

  it('change the date at midnight and show seconds where they are needed', () => {
    expect(timeTickLabels(timeTicks(range('2026-11-26T23:00:00Z', '2026-11-27T01:00:00Z'), 4, utc), utc)).to.deep.equal(['23:00\n26 Nov', '23:30', '00:00\n27 Nov', '00:30']);
    expect(timeTickLabels(timeTicks(range('2026-11-26T12:00:00Z', '2026-11-26T12:01:00Z'), 4, utc), utc)).to.deep.equal(['12:00:00\n26 Nov', '12:00:15', '12:00:30', '12:00:45']);
  });

  it('are within the range, in order, and not many more than asked for, in any zone', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Kiritimati'].map((name) => zoneOf(name));
    fc.assert(fc.property(fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }), fc.integer({ min: 60, max: 400 * 86_400 }), fc.integer({ min: 2, max: 20 }), fc.constantFrom(...zones), (start, span, most, zone) => {
      const ticks = timeTicks({ start, end: start + span }, most, zone);
      expect(ticks).to.deep.equal([...new Set(ticks)].sort((a, b) => a - b));
      // One more where both ends are ticks' neighbours, and one for an hour that comes twice.
      expect(ticks.length).to.be.at.most(most + 2);
      for (const tick of ticks) expect(tick).to.be.within(start, start + span);
    }));
  });

  it('are none without room or range', () => {
    expect(timeTicks({ start: 10, end: 10 }, 5, utc)).to.deep.equal([]);
    expect(timeTicks({ start: 0, end: 100 }, 0, utc)).to.deep.equal([]);
  });
});

describe('a zone', () => {
  it('knows its offset on both sides of a change', () => {
    expect(berlin.offsetAt(seconds('2026-03-29T00:59:59Z'))).to.equal(3600);
    expect(berlin.offsetAt(seconds('2026-03-29T01:00:00Z'))).to.equal(7200);
  });

  it('finds the time back from what the clock shows, the first one where there are two', () => {
    expect(timeOfWall(berlin, seconds('2026-10-25T02:30:00Z'))).to.equal(seconds('2026-10-25T00:30:00Z'));
    expect(timeOfWall(berlin, seconds('2026-03-29T02:30:00Z'))).to.equal(seconds('2026-03-29T01:00:00Z'));
  });

  it('is refused by a name that nobody knows', () => {
    expect(() => zoneOf('Mars/Olympus')).to.throw(RangeError);
  });
});
