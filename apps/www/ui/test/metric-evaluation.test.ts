import { parseCondition } from '@cave/core/language';
import { expect } from 'chai';
import { conditionOfView, parsed, suggestedThreshold, thresholdsOf } from '../src/pages/metrics/metric/evaluate/condition-of-view.js';
import { askedEnd, evaluationSteps, minutesInWords, MOST_STEPS } from '../src/metrics/evaluation-steps.js';
import { summarise } from '../src/pages/metrics/metric/evaluate/evaluation-summary.js';
import { PRESET_NAMES, rangeOf } from '../src/metrics/time-span.js';

const NOW = Date.parse('2026-03-01T08:30:15Z') / 1000;
const pointsOf = (...values: number[]): { time: string; value: number }[] => values.map((value, i) => ({ time: new Date((NOW - i * 60) * 1000).toISOString(), value }));

describe('the steps in which a condition is tried', () => {
  it('are the shortest of which the range holds no more than 60', () => {
    const minutesOf = PRESET_NAMES.map((name) => evaluationSteps(rangeOf(name, NOW), NOW).minutes);
    expect(minutesOf).to.deep.equal([1, 3, 10, 15, 30, 60, 180, 360]);
  });

  it('are never more than the api allows, lie within the range and have ended', () => {
    for (let width = 1; width < 400 * 86_400; width = Math.ceil(width * 1.7) + 13) {
      const range = { start: NOW - width, end: NOW };
      const steps = evaluationSteps(range, NOW);
      expect(steps.count, `${width} s`).to.be.within(1, MOST_STEPS);
      expect(steps.range.end).to.be.at.most(NOW);
      expect(steps.range.end - steps.range.start).to.equal(steps.count * steps.minutes * 60);
      expect(steps.range.start % (steps.minutes * 60)).to.equal(0);
      if (steps.count > 1) expect(steps.range.start).to.be.at.least(range.start);
      // The api answers one for the end too.
      expect((askedEnd(steps) - steps.range.start) / (steps.minutes * 60) + 1).to.equal(steps.count);
    }
  });

  it('end before now, also where the range goes on', () => {
    const steps = evaluationSteps({ start: NOW - 1_800, end: NOW + 1_800 }, NOW);
    expect(steps.range.end).to.equal(NOW - 15);
    expect(steps.count).to.equal(29);
  });

  it('are said in words', () => {
    expect([1, 5, 60, 180, 1_440, 10_080].map(minutesInWords)).to.deep.equal(['1 minute', '5 minutes', '1 hour', '3 hours', '1 day', '7 days']);
  });
});

describe('what came out of trying a condition', () => {
  it('is counted, with the end of the last step at which it held', () => {
    expect(summarise(pointsOf(0, 1, 1, 0), 5)).to.deep.equal({ steps: 4, held: 2, lastHeld: NOW - 60 + 300 });
    expect(summarise(pointsOf(1, 0).reverse(), 1)).to.deep.equal({ steps: 2, held: 1, lastHeld: NOW + 60 });
    expect(summarise(pointsOf(0), 1)).to.deep.equal({ steps: 1, held: 0, lastHeld: null });
  });
});

describe('the condition to begin with', () => {
  it('is about what is shown, and can be parsed', () => {
    const text = conditionOfView('a metric', 'p99', 5, { host: 'web 1' }, 12.5);
    expect(text).to.equal('"a metric" [host: "web 1"].p99.5m > 12.5');
    expect(() => parseCondition(text)).to.not.throw();
    expect(conditionOfView('orders', 'sum', 60, {}, 1)).to.equal('orders[].sum.1h > 1');
    expect(conditionOfView('orders', 'raw', 60, {}, 1)).to.equal('orders > 1');
  });

  it('has a threshold that few of the values exceed', () => {
    expect(suggestedThreshold(pointsOf(10, 20, 30, 40, 50, 60, 70, 80, 91.23, 1_000))).to.equal(91);
    expect(suggestedThreshold(pointsOf(...Array.from({ length: 100 }, (_, i) => i + 0.123)))).to.equal(89);
    expect(suggestedThreshold([])).to.equal(0);
  });
});

describe('thresholds of a condition', () => {
  it('are drawn where it compares this metric with a number', () => {
    expect(thresholdsOf('orders > 5', 'orders')).to.deep.equal([{ value: 5, label: '> 5' }]);
    expect(thresholdsOf('orders [shop: a].p99.5m <= 2 * 3', 'orders')).to.deep.equal([{ value: 6, label: '<= 6' }]);
  });

  it('are seen from the metric, whichever side it is on and whatever it is multiplied by', () => {
    expect(thresholdsOf('5 > orders', 'orders')).to.deep.equal([{ value: 5, label: '< 5' }]);
    expect(thresholdsOf('orders * 2 > 5', 'orders')).to.deep.equal([{ value: 2.5, label: '> 2.5' }]);
    expect(thresholdsOf('orders * -2 > 5', 'orders')).to.deep.equal([{ value: -2.5, label: '< -2.5' }]);
  });

  it('are not drawn for anything else', () => {
    for (const text of ['other > 5', 'orders > other', '3 > 2', 'orders * 0 > 5', 'orders missing for 5m', 'orders >', '']) {
      expect(thresholdsOf(text, 'orders'), text).to.deep.equal([]);
    }
    expect(parsed('orders >')).to.equal(undefined);
  });
});
