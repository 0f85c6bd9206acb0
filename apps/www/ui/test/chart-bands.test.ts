import { expect } from 'chai';
import { bandLegend, bandsOfCondition, bandsWithin } from '../src/chart/bands/bands.js';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const WORDS = { holds: 'holds', holdsNot: 'does not hold', unknown: 'no answer' };

describe('bands over time', () => {
  it('are cut to the range and sorted', () => {
    const bands = [
      { start: 80, end: 200, kind: 'good', label: 'ok' },
      { start: 0, end: 80, kind: 'bad', label: 'firing' },
      { start: 300, end: 400, kind: 'good', label: 'ok' },
    ] as const;
    expect(bandsWithin(bands, { start: 50, end: 100 })).to.deep.equal([
      { start: 50, end: 80, kind: 'bad', label: 'firing' },
      { start: 80, end: 100, kind: 'good', label: 'ok' },
    ]);
  });

  it('are each once in the legend', () => {
    const band = { start: 0, end: 1, kind: 'good', label: 'ok' } as const;
    expect(bandLegend([band, { ...band, kind: 'bad', label: 'firing' }, band])).to.deep.equal([{ kind: 'good', label: 'ok' }, { kind: 'bad', label: 'firing' }]);
  });

  it('of a condition join like answers and leave unanswered time unknown', () => {
    const points = [{ time: at(240), value: 0 }, { time: at(120), value: 1 }, { time: at(60), value: 1 }];
    expect(bandsOfCondition(points, 60, { start: 0, end: 360 }, WORDS)).to.deep.equal([
      { start: 0, end: 60, kind: 'unknown', label: 'no answer' },
      { start: 60, end: 180, kind: 'bad', label: 'holds' },
      { start: 180, end: 240, kind: 'unknown', label: 'no answer' },
      { start: 240, end: 300, kind: 'good', label: 'does not hold' },
      { start: 300, end: 360, kind: 'unknown', label: 'no answer' },
    ]);
  });

  it('of no answers are one of unknown time', () => {
    expect(bandsOfCondition([], 60, { start: 0, end: 60 }, WORDS)).to.deep.equal([{ start: 0, end: 60, kind: 'unknown', label: 'no answer' }]);
  });
});
