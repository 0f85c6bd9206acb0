import { expect } from 'chai';
import fc from 'fast-check';
import { overviewKey } from '../src/chart/overview/overview-keys.js';
import { MINIMUM_SECONDS, clampRange, keyStep, moveRange, rangeOfDrag, resizeRange } from '../src/chart/zoom.js';

const HOUR = { start: 0, end: 3600 };

describe('zooming', () => {
  it('takes the range between two pixels, in either direction', () => {
    expect(rangeOfDrag(HOUR, 360, 90, 180)).to.deep.equal({ start: 900, end: 1800 });
    expect(rangeOfDrag(HOUR, 360, 180, 90)).to.deep.equal({ start: 900, end: 1800 });
  });

  it('stops at the plot where the drag leaves it', () => {
    expect(rangeOfDrag(HOUR, 360, 270, 999)).to.deep.equal({ start: 2700, end: 3600 });
    expect(rangeOfDrag(HOUR, 360, -50, 90)).to.deep.equal({ start: 0, end: 900 });
  });

  it('does not take a click for a drag', () => {
    expect(rangeOfDrag(HOUR, 360, 100, 103)).to.equal(undefined);
    expect(rangeOfDrag(HOUR, 0, 0, 100)).to.equal(undefined);
  });

  it('is never narrower than a minute, nor beyond what is shown', () => {
    expect(rangeOfDrag(HOUR, 3600, 1000, 1010)).to.deep.equal({ start: 975, end: 1035 });
    expect(rangeOfDrag(HOUR, 3600, 0, 10)).to.deep.equal({ start: 0, end: MINIMUM_SECONDS });
    expect(rangeOfDrag({ start: 0, end: 30 }, 300, 100, 200)).to.deep.equal({ start: 0, end: 30 });
  });
});

describe('the selection of the overview', () => {
  it('moves with its width and stops at the limits', () => {
    expect(moveRange({ start: 600, end: 1200 }, 300, HOUR)).to.deep.equal({ start: 900, end: 1500 });
    expect(moveRange({ start: 600, end: 1200 }, -9999, HOUR)).to.deep.equal({ start: 0, end: 600 });
    expect(moveRange({ start: 600, end: 1200 }, 9999, HOUR)).to.deep.equal({ start: 3000, end: 3600 });
  });

  it('becomes the limits where it is wider', () => {
    expect(clampRange({ start: -100, end: 9999 }, HOUR)).to.deep.equal(HOUR);
  });

  it('is resized at either end, down to a minute', () => {
    expect(resizeRange({ start: 600, end: 1200 }, 'start', -60, HOUR)).to.deep.equal({ start: 540, end: 1200 });
    expect(resizeRange({ start: 600, end: 1200 }, 'start', 9999, HOUR)).to.deep.equal({ start: 1140, end: 1200 });
    expect(resizeRange({ start: 600, end: 1200 }, 'end', 9999, HOUR)).to.deep.equal({ start: 600, end: 3600 });
    expect(resizeRange({ start: 600, end: 1200 }, 'end', -9999, HOUR)).to.deep.equal({ start: 600, end: 660 });
  });

  it('stays within its limits whatever is done to it', () => {
    const step = fc.integer({ min: -5000, max: 5000 });
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('move', 'start', 'end'), step), { maxLength: 30 }), (steps) => {
      let range = { start: 600, end: 1200 };
      for (const [what, seconds] of steps) {
        range = what === 'move' ? moveRange(range, seconds, HOUR) : resizeRange(range, what, seconds, HOUR);
        expect(range.start).to.be.at.least(0);
        expect(range.end).to.be.at.most(3600);
        expect(range.end - range.start).to.be.at.least(MINIMUM_SECONDS);
      }
    }));
  });

  it('goes a tenth of itself with a key', () => {
    expect(keyStep({ start: 600, end: 1200 })).to.equal(60);
    expect(keyStep({ start: 0, end: 3 })).to.equal(1);
  });
});

describe('keys on the overview', () => {
  const selection = { start: 600, end: 1200 };
  const press = (key: string, part: 'move' | 'start' | 'end', shiftKey = false) => overviewKey({ key, shiftKey }, part, selection, HOUR);

  it('move the window', () => {
    expect(press('ArrowRight', 'move')).to.deep.equal({ start: 660, end: 1260 });
    expect(press('ArrowLeft', 'move')).to.deep.equal({ start: 540, end: 1140 });
    expect(press('PageUp', 'move')).to.deep.equal({ start: 1200, end: 1800 });
    expect(press('Home', 'move')).to.deep.equal({ start: 0, end: 600 });
    expect(press('End', 'move')).to.deep.equal({ start: 3000, end: 3600 });
  });

  it('resize it with Shift, or at its ends', () => {
    expect(press('ArrowRight', 'move', true)).to.deep.equal({ start: 600, end: 1260 });
    expect(press('ArrowLeft', 'move', true)).to.deep.equal({ start: 600, end: 1140 });
    expect(press('ArrowLeft', 'start')).to.deep.equal({ start: 540, end: 1200 });
    expect(press('End', 'end')).to.deep.equal({ start: 600, end: 3600 });
  });

  it('mean nothing otherwise', () => expect(press('a', 'move')).to.equal(undefined));
});
