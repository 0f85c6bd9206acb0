import { expect } from 'chai';
import fc from 'fast-check';
import { API_POINT_LIMIT, windowMinutesFor, windowsIn } from '../src/chart/window.js';

const END = 1_795_000_000;
const hours = (count: number) => ({ start: END - count * 3600, end: END });

describe('the window for a range', () => {
  for (const [range, pixels, minutes] of [
    [1, 1200, 1], [6, 1200, 1], [24, 1200, 2], [24, 1500, 2], [24 * 7, 1200, 10], [24 * 14, 1200, 30], [24, 320, 5], [24 * 365, 1200, 720],
  ] as const) {
    it(`is ${minutes} min for ${range} h on ${pixels} px`, () => expect(windowMinutesFor(hours(range), pixels)).to.equal(minutes));
  }

  it('never asks for more windows than the api answers or the chart has pixels', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: END }), fc.integer({ min: 60, max: 10 * 366 * 86_400 }), fc.integer({ min: 100, max: 5000 }), (start, seconds, pixels) => {
      const range = { start, end: start + seconds };
      expect(windowsIn(range, windowMinutesFor(range, pixels))).to.be.at.most(Math.min(API_POINT_LIMIT, pixels));
    }));
  });

  it('leaves no more than four pixels to a window once a minute is too narrow', () => {
    fc.assert(fc.property(fc.integer({ min: 86_400, max: 366 * 86_400 }), fc.integer({ min: 300, max: 1400 }), (seconds, pixels) => {
      const range = { start: END - seconds, end: END };
      fc.pre(windowMinutesFor(range, pixels) > 1);
      expect(pixels / windowsIn(range, windowMinutesFor(range, pixels))).to.be.below(4);
    }));
  });

  it('counts the windows that a range touches', () => {
    expect(windowsIn({ start: 0, end: 120 }, 1)).to.equal(2);
    expect(windowsIn({ start: 59, end: 61 }, 1)).to.equal(2);
    expect(windowsIn({ start: 60, end: 60 }, 1)).to.equal(0);
  });
});
