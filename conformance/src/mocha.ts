import type { TestFrame } from './harness.js';

/** Mocha's globals as a TestFrame. Its time-outs are off: every case has the kit's own deadline. */
export function mochaFrame(): TestFrame {
  return {
    describe: (title, body) => void describe(title, body),
    it: (title, body) => {
      if (body === undefined) it(title);
      else it(title, body).timeout(0);
    },
    before: (body) =>
      before(async function () {
        this.timeout(0);
        await body();
      }),
    after: (body) =>
      after(async function () {
        this.timeout(0);
        await body();
      }),
  };
}
