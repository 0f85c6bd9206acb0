import { expect } from 'chai';
import { Wake } from '../../src/portable/wake.js';

const LONG_MS = 600_000;

describe('Wake', () => {
  it('lets everybody go on who waits', async () => {
    const wake = new Wake();
    const waiting = [wake.wait(LONG_MS), wake.wait(LONG_MS)];
    wake.now();
    await Promise.all(waiting);
  });

  it('keeps a wake that comes while nobody waits, once', async () => {
    const wake = new Wake();
    wake.now();
    wake.now();
    await wake.wait(LONG_MS);
    const began = performance.now();
    await wake.wait(20);
    expect(performance.now() - began).to.be.greaterThan(10);
  });

  it('ends when the signal fires, or has fired', async () => {
    const wake = new Wake();
    const control = new AbortController();
    const waiting = wake.wait(LONG_MS, control.signal);
    control.abort();
    await waiting;
    await wake.wait(LONG_MS, control.signal);
  });

  it('takes any time, also one that is longer than a timer runs', async () => {
    const wake = new Wake();
    let isOver = false;
    const waiting = wake.wait(Infinity).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isOver).to.equal(false);
    wake.now();
    await waiting;
  });
});
