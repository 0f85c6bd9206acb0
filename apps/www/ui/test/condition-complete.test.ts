import { parseCondition } from '@cave/core/language';
import { assert } from 'chai';
import fc from 'fast-check';
import { complete } from '../src/condition/complete.js';
import type { Completions } from '../src/condition/complete.js';
import type { CompletionOption } from '../src/condition/completion-options.js';
import { EXAMPLES } from './condition-examples.js';

const asked: string[] = [];
const known = {
  metrics: [
    { name: 'orders', tags: ['shipTo', 'ship to', 'env'] },
    { name: 'orders (new)', tags: [] },
    { name: 'responseTime', tags: ['service'] },
  ],
  loadTagValues: async (metric: string, tag: string) => {
    asked.push(`${metric}/${tag}`);
    return ['US', 'New York', 'DE'];
  },
};

/** `|` is where the cursor stands. */
async function at(marked: string, wanted = true): Promise<Completions | null> {
  return complete(marked.replace('|', ''), marked.indexOf('|'), known, wanted);
}

async function labels(marked: string, wanted = true): Promise<readonly string[]> {
  return (await at(marked, wanted))?.options.map(({ label }) => label) ?? [];
}

/** The text once the option is taken, with `|` or, around what is selected, two of them. */
async function taken(marked: string, label: string): Promise<string> {
  const found = await at(marked);
  const option = found?.options.find((one: CompletionOption) => one.label === label);
  if (found === null || option === undefined) return assert.fail(`no ${label} at ${marked}`);
  const { insert, select = [insert.length, insert.length] } = option;
  const text = marked.replace('|', '');
  const inserted = `${insert.slice(0, select[0])}|${insert.slice(select[0], select[1])}${select[0] === select[1] ? '' : '|'}${insert.slice(select[1])}`;
  return text.slice(0, found.from) + inserted + text.slice(found.to);
}

describe('complete', () => {
  it('offers metrics where one may stand, those that begin so first', async () => {
    assert.deepEqual(await labels('|'), ['orders', 'orders (new)', 'responseTime']);
    assert.deepEqual(await labels('or|'), ['orders', 'orders (new)']);
    assert.deepEqual(await labels('TIME|'), ['responseTime']);
    assert.deepEqual(await labels('orders > res|'), ['responseTime']);
    assert.deepEqual(await labels('2 * ord|', false), ['orders', 'orders (new)']);
  });

  it('puts a name in quotes where the language needs them', async () => {
    assert.equal(await taken('ord|', 'orders (new)'), '"orders (new)"|');
    assert.equal(await taken('"orders (|', 'orders (new)'), '"orders (new)"|');
    assert.equal(await taken('"orders (|n" > 3', 'orders (new)'), '"orders (new)"| > 3');
    assert.equal(await taken('orders [sh|', 'ship to'), 'orders ["ship to": |');
  });

  it('replaces the whole word that the cursor is in', async () => {
    assert.equal(await taken('res|pons > 3', 'responseTime'), 'responseTime| > 3');
    assert.equal(await taken('orders[].su|m.5m > 3', 'sum'), 'orders[].sum|.5m > 3');
  });

  it('keeps what is typed as the first choice, and says nothing when it is the only one', async () => {
    assert.equal((await labels('orders|', false))[0], 'orders');
    assert.isNull(await at('responseTime|', false));
  });

  it('offers the tags of that metric that are not there yet', async () => {
    assert.deepEqual(await labels('orders [|', false), ['shipTo', 'ship to', 'env']);
    assert.deepEqual(await labels('orders [shipTo: US, |'), ['ship to', 'env']);
    assert.deepEqual(await labels('3 < responseTime [|'), ['service']);
    assert.equal(await taken('orders [en|: x]', 'env'), 'orders [env|: x]');
    assert.deepEqual(await labels('unknown [|'), []);
  });

  it('asks for the values of that tag of that metric', async () => {
    asked.length = 0;
    assert.deepEqual(await labels('orders [shipTo: |', false), ['US', 'New York', 'DE']);
    assert.equal(await taken('"orders (new)" ["a b": n|', 'New York'), '"orders (new)" ["a b": "New York"|');
    assert.deepEqual(asked, ['orders/shipTo', 'orders (new)/a b']);
  });

  it('rejects as the values do', async () => {
    const broken = { ...known, loadTagValues: async () => Promise.reject(new Error('no values')) };
    const failure = await Promise.resolve(complete('orders[a:', 9, broken, true)).then(() => null, (error: Error) => error.message);
    assert.equal(failure, 'no values');
  });

  it('offers aggregators after the brackets and durations after them', async () => {
    assert.lengthOf(await labels('orders[].|', false), 12);
    assert.deepEqual(await labels('orders[].p9|', false), ['p90', 'p95', 'p99', 'p999']);
    assert.equal(await taken('orders[].su|', 'sum'), 'orders[].sum.|');
    assert.deepEqual(await labels('orders[].sum.|', false), ['1m', '5m', '15m', '1h']);
    assert.deepEqual(await labels('orders[].sum.30|', false), ['30s', '30m', '30h', '30d']);
    assert.deepEqual(await labels('heartbeat missing for |', false), ['1m', '5m', '15m', '1h']);
  });

  it('offers operators and what else may follow a source', async () => {
    assert.deepEqual(await labels('orders |'), ['<', '<=', '>', '>=', '==', '!=', 'missing for', '[', '*']);
    assert.notInclude(await labels('orders[].sum.5m |'), 'missing for');
    assert.deepEqual(await labels('orders > 3 |'), ['at least N times', 'delayed by', '*']);
    assert.equal(await taken('orders[].sum.5m|', '>'), 'orders[].sum.5m > |');
    assert.equal(await taken('orders m|', 'missing for'), 'orders missing for |');
    assert.equal(await taken('orders []|', '.'), 'orders [].|');
    assert.notInclude(await labels('orders |'), '.');
  });

  it('offers repetition and delay, with the number selected', async () => {
    assert.equal(await taken('orders > 3 |', 'at least N times'), 'orders > 3 at least |3| times');
    assert.equal(await taken('orders > 3|', 'at least N times'), 'orders > 3 at least |3| times');
    assert.equal(await taken('orders > 3 a|', 'at least N times'), 'orders > 3 at least |3| times');
    assert.equal(await taken('orders > 3 at |', 'least N times'), 'orders > 3 at least |3| times');
    assert.deepEqual(await labels('orders > 3 at least |'), ['2', '3', '5']);
    assert.equal(await taken('orders > 3 at least |', '5'), 'orders > 3 at least 5 times|');
    assert.equal(await taken('orders > 3 de|', 'delayed by'), 'orders > 3 delayed by |');
    assert.notInclude(await labels('orders > 3 delayed by 5m |'), 'at least N times');
  });

  it('keeps silent unasked after a whole condition and in a number, so that Enter submits', async () => {
    for (const whole of ['orders > 3|', 'orders > 3 |', 'orders > 12|', 'heartbeat missing for 5m|', 'orders[].sum.5m > 3 at least 3 times |']) assert.isNull(await at(whole, false), whole);
  });

  it('says nothing behind a fault', async () => {
    assert.isNull(await at('orders ! > or|'));
  });

  it('leads to conditions that are accepted, wherever the cursor is', async () => {
    const whole = fc.constantFrom(...EXAMPLES).chain((text) => fc.tuple(fc.constant(text), fc.nat({ max: text.length })));
    await fc.assert(
      fc.asyncProperty(whole, async ([text, position]) => {
        const found = await complete(text, position, known, true);
        if (found === null) return;
        assert.isAtMost(found.from, position);
        assert.isAtLeast(found.to, position);
        assert.isAtMost(found.to, text.length);
      }),
    );
    for (const [start, label] of [['orders [shipTo: US].sum.| > 3', '5m'], ['orders | 3', '>='], ['res| > 3', 'responseTime']] as const) {
      parseCondition((await taken(start, label)).replace('|', ''));
    }
  });
});
