import assert from 'node:assert/strict';
import { AGGREGATORS } from '@cave/core';
import type { WindowAggregator } from '@cave/core';
import { assertClose, nowSeconds, tenant } from './means.js';
import type { MetricsStoreCase, P } from './means.js';
import { oracle, seeded } from './oracle.js';

const ALL: readonly WindowAggregator[] = [...AGGREGATORS, 'last'];
/** Sizes where ranks and middles change over. */
const SIZES = [1, 2, 3, 4, 5, 9, 10, 11, 19, 20, 49, 50, 51, 99, 100, 101, 150, 500, 1_000, 1_001];

export const aggregateCases: readonly MetricsStoreCase[] = [
  {
    id: 'MS-10',
    title: 'each aggregator agrees with an independent oracle on random data, over one series and over several',
    async run(at) {
      const t = await tenant(at);
      const random = seeded(20140611);
      const base = nowSeconds() - 40_000;
      const width = 100;
      const windows: P[][] = SIZES.map((size, w) => {
        const few = w % 2 === 0; // few different values give `mode` something to decide
        return Array.from({ length: size }, (): P => {
          const value = few ? Math.floor(random() * 6) : (random() - 0.5) * 10 ** Math.floor(random() * 7);
          return { name: 'random', tags: { host: `h${Math.floor(random() * 4)}` }, time: base + w * width + Math.floor(random() * width), value };
        });
      });
      await t.put(windows.flat());
      for (const tags of [{}, { host: 'h1' }] as Record<string, string>[]) {
        const covered = windows.map((points) => points.filter((point) => tags['host'] === undefined || point.tags?.['host'] === tags['host']));
        // A stable sort: by time, then by arrival.
        const expected = covered.map((points) => [...points].sort((a, b) => a.time - b.time).map((point) => point.value));
        const answers = await t.askAll(ALL.map((aggregator) => t.windows('random', aggregator, base, width, windows.length, tags)));
        ALL.forEach((aggregator, i) => {
          const answer = answers[i];
          assert.ok(answer?.kind === 'windows', `${aggregator}: ${JSON.stringify(answer)}`);
          expected.forEach((values, w) => {
            assertClose(answer.values[w], oracle(aggregator, values), `${aggregator} of ${values.length} values, tags ${JSON.stringify(tags)}`);
          });
        });
      }
    },
  },
  {
    id: 'MS-11',
    title: 'ranges and windows are half-open: the first second belongs to them, the end does not',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 5_000;
      await t.put([-1, 0, 9, 10, 19, 20].map((second) => ({ name: 'edge', time: base + second, value: second })));
      assert.deepEqual(await t.values(t.windows('edge', 'count', base, 10, 2)), [2, 2]);
      assert.deepEqual(await t.values(t.windows('edge', 'min', base, 10, 2)), [0, 10]);
      assert.deepEqual(await t.values(t.windows('edge', 'max', base, 10, 2)), [9, 19]);
      assert.deepEqual(await t.pairs(t.points('edge', base, base + 10)), [[base + 9, 9], [base, 0]]);
      assert.deepEqual(await t.pairs(t.points('edge', base, base)), [], 'an empty range holds nothing');
      assert.deepEqual(await t.values(t.windows('edge', 'count', base - 3, 7, 4)), [2, 2, null, 2]);
    },
  },
  {
    id: 'MS-35',
    title: 'extreme values come back exactly; an aggregate beyond the largest number has no value rather than Infinity',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 5_000;
      const extremes = [Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0.1, 2 ** 53 + 2];
      await t.put(extremes.map((value, i) => ({ name: 'extreme', time: base + i * 10, value })));
      assert.deepEqual(await t.pairs(t.points('extreme', base, base + 100)), extremes.map((value, i) => [base + i * 10, value]).reverse());
      for (const aggregator of ['sum', 'mean', 'stddev'] as const) {
        const [value] = await t.values(t.windows('extreme', aggregator, base, 20));
        assert.ok(value === null || Number.isFinite(value), `${aggregator} of two largest numbers is ${String(value)}`);
      }
      assert.deepEqual(await t.values(t.windows('extreme', 'sum', base, 20)), [null]);
      assert.deepEqual(await t.values(t.windows('extreme', 'max', base, 20)), [Number.MAX_VALUE]);
    },
  },
  {
    id: 'MS-36',
    title: '`last` is the newest value of a window, the last written on a tie, over all series covered',
    async run(at) {
      const t = await tenant(at);
      const base = nowSeconds() - 5_000;
      await t.put([
        { name: 'latest', tags: { host: 'a' }, time: base + 5, value: 1 },
        { name: 'latest', tags: { host: 'b' }, time: base + 7, value: 2 },
        { name: 'latest', tags: { host: 'a' }, time: base + 7, value: 3 },
      ]);
      assert.deepEqual(await t.values(t.windows('latest', 'last', base, 10)), [3]);
      await t.put([{ name: 'latest', tags: { host: 'b' }, time: base + 7, value: 4 }]);
      await t.put([{ name: 'latest', tags: { host: 'a' }, time: base + 6, value: 5 }]);
      assert.deepEqual(await t.values(t.windows('latest', 'last', base, 10, 2)), [4, null]);
      assert.deepEqual(await t.values(t.windows('latest', 'last', base, 10, 1, { host: 'a' })), [3]);
    },
  },
];
