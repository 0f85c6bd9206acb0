import { parseCondition } from '@cave/core/language';
import { assert } from 'chai';
import fc from 'fast-check';
import { diagnose, offers, offsetOfColumn, rangeOfColumn } from '../src/condition/diagnose.js';
import { EXAMPLES } from './condition-examples.js';

describe('diagnose', () => {
  for (const text of EXAMPLES) it(`finds nothing wrong with ${text}`, () => assert.isNull(diagnose(text)));

  for (const [text, wrong, expected] of [
    ['orders > 3 at leest 3 times', 'leest', 'expected "least"'],
    ['orders[].avg.5m > 3', 'avg', 'expected one of count'],
    ['orders > 3 at least 0 times', '0', 'from 1 to 1000'],
    ['"😀😀" ! 3', '!', 'expected one of'],
    ['"" > 3', '""', 'must not be empty'],
    ['😀 > 3', '😀', 'a metric name'],
    ['orders[a: b, a: c] > 3', 'a', 'another tag name'],
  ] as const) {
    it(`underlines ${wrong} in ${text}`, () => {
      const found = diagnose(text);
      assert.isNotNull(found);
      assert.equal(text.slice(found.from, found.to), wrong);
      assert.include(found.message, expected);
      assert.isFalse(found.atEnd);
    });
  }

  it('tells what is still to come from what is wrong', () => {
    const found = diagnose('"😀" > 3 at ');
    assert.deepInclude(found, { from: 12, to: 12, atEnd: true });
    assert.deepEqual([...(found?.expected ?? [])], ['"least"']);
    assert.deepInclude(diagnose('orders > 3 at lea'), { from: 14, to: 17, atEnd: true });
    assert.include(diagnose('orders > "half')?.expected ?? [], 'a closing double quote');
  });

  it('has a place within any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = diagnose(text);
        if (found === null) return void parseCondition(text);
        assert.isAtMost(found.from, found.to);
        assert.isAtMost(found.to, text.length);
        assert.equal(found.to === text.length, found.atEnd);
        assert.isNotEmpty(found.expected);
      }),
    );
  });
});

describe('offsetOfColumn', () => {
  it('counts code points, and gives UTF-16 units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (front, back) => {
        assert.equal(offsetOfColumn(front + back, [...front].length + 1), front.length);
      }),
    );
  });

  it('takes no column beyond the end, and none before the beginning', () => {
    assert.equal(offsetOfColumn('ab', 99), 2);
    assert.equal(offsetOfColumn('ab', 0), 0);
  });

  it('underlines the word that the api names', () => {
    assert.deepEqual(rangeOfColumn('"😀" > ordres', 7), { from: 7, to: 13 });
    assert.isNull(rangeOfColumn('orders > 3', undefined));
  });
});

describe('offers', () => {
  const corrected = (text: string) => offers(text).map((offer) => offer.corrected);

  it('put the brackets where they were forgotten, and leave the rest as it was written', () => {
    assert.deepEqual(corrected(' orders.sum.5m   > 2  at least 2 times'), [' orders[].sum.5m   > 2  at least 2 times']);
    assert.deepEqual(corrected('3  < orders.p99.1h [a: b] * 2 delayed by 5m'), ['3  < 2 * orders [a: b].p99.1h delayed by 5m']);
  });

  it('give each side its own place, equal ones too', () => {
    assert.deepEqual(corrected('a.sum.5m > b.sum.5m'), ['a[].sum.5m > b.sum.5m', 'a.sum.5m > b[].sum.5m']);
    assert.deepEqual(corrected('a.sum.5m > a.sum.5m'), ['a[].sum.5m > a.sum.5m', 'a.sum.5m > a[].sum.5m']);
  });

  it('lead to a condition without that warning', () => {
    const [offer] = offers('orders.sum.5m > 3');
    assert.equal(offer?.suggestion, 'orders[].sum.5m');
    assert.deepEqual(offers(offer?.corrected ?? ''), []);
    assert.include(offer?.message ?? '', 'plain metric');
  });

  it('are none for what is right or cannot be read', () => {
    for (const text of [...EXAMPLES, 'orders.sum.5m', '']) assert.deepEqual(corrected(text), [], text);
  });
});
