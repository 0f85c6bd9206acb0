import { expect } from 'chai';
import { isoOf, localInputOf, overviewRange, PRESET_LABELS, PRESET_NAMES, rangeOf, secondsOfIso, secondsOfLocalInput } from '../src/metrics/time-span.js';

const NOW = Date.parse('2026-03-01T08:30:15Z') / 1000;

describe('time spans', () => {
  it('end now where they are presets, and stay where they are two moments', () => {
    expect(rangeOf('3h', NOW)).to.deep.equal({ start: NOW - 10_800, end: NOW });
    expect(rangeOf({ start: 1, end: 2 }, NOW)).to.deep.equal({ start: 1, end: 2 });
    expect(PRESET_NAMES.map((name) => PRESET_LABELS[name])).to.not.include(undefined);
  });

  it('are what the overview shows, as long as the zoomed part lies within', () => {
    const zoom = { start: NOW - 1_200, end: NOW - 600 };
    expect(overviewRange('1h', zoom, NOW)).to.deep.equal({ start: NOW - 3_600, end: NOW });
    expect(overviewRange('1h', null, NOW)).to.deep.equal({ start: NOW - 3_600, end: NOW });
  });

  it('move to the zoomed part when time has moved on from it', () => {
    const zoom = { start: NOW - 87_600, end: NOW - 87_000 };
    expect(overviewRange('1h', zoom, NOW)).to.deep.equal({ start: NOW - 87_300 - 1_800, end: NOW - 87_300 + 1_800 });
    const wide = { start: NOW - 20_000, end: NOW - 10_000 };
    expect(overviewRange('1h', wide, NOW)).to.deep.equal(wide);
  });

  it('are typed in the zone of the browser', () => {
    expect(secondsOfLocalInput(localInputOf(NOW))).to.equal(NOW);
    expect(localInputOf(new Date(2026, 6, 9, 5, 4, 3).getTime() / 1000)).to.equal('2026-07-09T05:04:03');
    // Browsers leave out seconds that are 0.
    expect(secondsOfLocalInput('2026-07-09T05:04')).to.equal(new Date(2026, 6, 9, 5, 4).getTime() / 1000);
    for (const text of ['', '2026-07-09', 'Tx']) expect(secondsOfLocalInput(text), text).to.equal(undefined);
  });

  it('are written in UTC in addresses', () => {
    expect(isoOf(NOW)).to.equal('2026-03-01T08:30:15Z');
    expect(secondsOfIso('2026-03-01T08:30:15Z')).to.equal(NOW);
    expect(secondsOfIso('2026-03-01T08:30:15.999Z')).to.equal(NOW);
    for (const text of ['2026-03-01', '2026-03-01T08:30:15', '2026-13-01T08:30:15Z', '']) expect(secondsOfIso(text), text).to.equal(undefined);
  });
});
