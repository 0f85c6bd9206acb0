import { expect } from 'chai';
import { CalibratedClock } from '../src/clock.js';

describe('clock', () => {
  let wall: number;
  let monotonic: number;
  let clock: CalibratedClock;
  const source = { nowMs: (): Promise<number> => Promise.resolve(wall) };
  const pass = (ms: number): void => {
    wall += ms;
    monotonic += ms;
  };

  beforeEach(() => {
    wall = 1_700_000_000_000;
    monotonic = 500;
    clock = new CalibratedClock(() => wall - 60_000, () => monotonic);
  });

  it('starts at the wall clock and is set by the first reading of the store', async () => {
    expect(clock.nowMs()).to.equal(wall - 60_000);
    await clock.calibrate(source, true);
    expect(clock.nowMs()).to.equal(wall);
    pass(1000);
    expect(clock.nowMs()).to.equal(wall);
  });

  it('never jumps when the store’s clock steps, and never runs backwards', async () => {
    await clock.calibrate(source, true);
    const before = clock.nowMs();
    wall -= 3_600_000;
    await clock.calibrate(source, false);
    expect(clock.nowMs()).to.equal(before);
    let last = before;
    for (let i = 0; i < 100; i++) {
      pass(100);
      const now = clock.nowMs();
      expect(now - last).to.be.within(97.9, 100);
      last = now;
    }
    wall += 7_200_000;
    await clock.calibrate(source, false);
    for (let i = 0; i < 100; i++) {
      pass(100);
      const now = clock.nowMs();
      expect(now - last).to.be.within(100, 102.1);
      last = now;
    }
  });

  it('bends to a small drift until it is gone', async () => {
    await clock.calibrate(source, true);
    wall += 10;
    await clock.calibrate(source, false);
    for (let i = 0; i < 20; i++) {
      pass(100);
      clock.nowMs();
    }
    expect(clock.nowMs()).to.be.closeTo(wall, 0.001);
  });

  it('takes half of the round trip into account and leaves out readings that took too long', async () => {
    const slow = (ms: number) => ({
      nowMs: (): Promise<number> => {
        pass(ms / 2);
        const told = wall;
        pass(ms / 2);
        return Promise.resolve(told);
      },
    });
    expect(await clock.calibrate(slow(400), true)).to.equal(true);
    expect(clock.nowMs()).to.equal(wall);
    wall += 5000;
    expect(await clock.calibrate(slow(1500), false)).to.equal(false);
    pass(10_000);
    expect(clock.nowMs()).to.equal(wall - 5000);
  });
});
