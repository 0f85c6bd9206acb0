import { expect } from 'chai';
import { defaultPreset } from '../src/pages/alerts/alert/chart-range.js';
import { bandsOfVerdicts } from '../src/pages/alerts/alert/verdict-bands.js';

const START = Date.parse('2026-03-01T00:00:00Z') / 1000;
const at = (seconds: number, value: number) => ({ time: new Date((START + seconds) * 1000).toISOString(), value });
const bandsOf = (points: readonly ReturnType<typeof at>[], end = 300) =>
  bandsOfVerdicts(points, 60, { start: START, end: START + end }).map((band) => [band.start - START, band.end - START, band.kind]);

describe('the state of an alert over time', () => {
  it('joins like verdicts, whatever their order', () => {
    expect(bandsOf([at(180, 0), at(120, 1), at(60, 1), at(0, 0)])).to.deep.equal([[0, 60, 'good'], [60, 180, 'bad'], [180, 240, 'good']]);
  });

  it('leaves blank what was not checked', () => {
    expect(bandsOf([at(240, 1), at(0, 1)])).to.deep.equal([[0, 60, 'bad'], [240, 300, 'bad']]);
  });

  it('bridges a single late verdict', () => {
    expect(bandsOf([at(120, -1), at(0, -1)])).to.deep.equal([[0, 180, 'unknown']]);
  });

  it('stays within the range', () => {
    expect(bandsOf([at(270, 0), at(-30, 1), at(30, 0)])).to.deep.equal([[0, 30, 'bad'], [30, 90, 'good'], [270, 300, 'good']]);
    expect(bandsOf([])).to.deep.equal([]);
  });
});

describe('the time that the charts of an alert show', () => {
  it('is a few hours, or a dozen checks, or as long as there is', () => {
    expect([1, 60, 900, 1_800, 86_400, 7 * 86_400].map(defaultPreset)).to.deep.equal(['3h', '3h', '3h', '6h', '2w', '2w']);
  });
});
