import { assert } from 'chai';
import fc from 'fast-check';
import { parseCondition, printCondition } from '../../src/index.js';
import type { Condition, Source } from '../../src/index.js';
import { readCondition } from '../../src/language.js';
import type { TokenKind } from '../../src/language.js';
import { condition } from './arbitraries.js';

const kinds = (text: string) => readCondition(text).tokens.map(({ kind, from, to }) => `${kind} ${text.slice(from, to)}`);

/** The values that a condition holds, in the order of its canonical text, as tokens should tell them. */
function spoken(one: Condition): readonly (readonly [TokenKind, string])[] {
  if (one.kind === 'missing') return [...metric(one.metric), ['keyword', 'missing'], ['keyword', 'for']];
  return [
    ...source(one.left),
    ['operator', one.operator],
    ...source(one.right),
    ...(one.times === 1 ? [] : ([['keyword', 'at'], ['keyword', 'least'], ['number', String(one.times)], ['keyword', 'times']] as const)),
    ...(one.delaySeconds === 0 ? [] : ([['keyword', 'delayed'], ['keyword', 'by']] as const)),
  ];
}

function source({ simple, factor }: Source): readonly (readonly [TokenKind, string])[] {
  const front = factor === null ? [] : ([['number', String(factor)]] as const);
  if (simple.kind === 'number') return [...front, ['number', String(simple.value)]];
  return [...front, ...metric(simple.metric), ...(simple.kind === 'aggregate' ? ([['aggregator', simple.aggregator]] as const) : [])];
}

function metric({ name, tags }: { name: string; tags: Readonly<Record<string, string>> }): readonly (readonly [TokenKind, string])[] {
  return [['name', name], ...Object.entries(tags).flatMap(([tag, value]) => [['tag', tag], ['value', value]] as const)];
}

describe('readCondition', () => {
  it('tells every word of a condition as the parser read it', () => {
    fc.assert(
      fc.property(condition, (one) => {
        const text = printCondition(one);
        const { tokens, condition: read, error } = readCondition(text);
        assert.deepEqual(read, one);
        assert.isNull(error);
        const told = tokens.filter(({ kind }) => kind !== 'symbol' && kind !== 'duration').map(({ kind, value }) => [kind, value] as const);
        assert.deepEqual(told, [...spoken(one)]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves nothing but white space between the words of an accepted text', () => {
    fc.assert(
      fc.property(condition, (one) => {
        const text = printCondition(one);
        let at = 0;
        for (const { from, to } of readCondition(text).tokens) {
          assert.match(text.slice(at, from), /^\s*$/);
          assert.isAbove(to, from);
          at = to;
        }
        assert.match(text.slice(at), /^\s*$/);
      }),
    );
  });

  it('takes any text, with words in order and the parser’s own error', () => {
    const word = fc.constantFrom('a', '[', ']', ':', ',', '.', '"', '\\', '<', '>=', '!', '*', '5', '-', 'm', ' ', 'at', 'least', 'missing', 'for', 'delayed', 'by', 'sum', '\u0000', '\ud800', '😀');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(word, { maxLength: 25 }).map((words) => words.join(''))), (text) => {
        const { tokens, condition: read, error } = readCondition(text);
        assert.strictEqual(read === null, error !== null);
        if (error !== null) assert.throws(() => parseCondition(text), error.message);
        let at = 0;
        for (const { from, to } of tokens) {
          assert.isAtLeast(from, at);
          assert.isAbove(to, from);
          at = to;
        }
        assert.isAtMost(at, text.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows keywords from names that look like them', () => {
    assert.deepEqual(kinds('missing missing for 5m'), ['name missing', 'keyword missing', 'keyword for', 'duration 5', 'duration m']);
    assert.deepEqual(kinds('at [by: for].sum.5m > 3'), [
      'name at', 'symbol [', 'tag by', 'symbol :', 'value for', 'symbol ]', 'symbol .', 'aggregator sum', 'symbol .', 'duration 5', 'duration m', 'operator >', 'number 3',
    ]);
  });

  it('goes on after a fault as was probably meant', () => {
    assert.deepEqual(kinds('orders [shi].sum.5m > 3 at least 2 times'), [
      'name orders', 'symbol [', 'tag shi', 'symbol ]', 'symbol .', 'aggregator sum', 'symbol .', 'duration 5', 'duration m', 'operator >', 'number 3', 'keyword at', 'keyword least', 'number 2', 'keyword times',
    ]);
    assert.deepEqual(kinds('orders ! > [a: 5'), ['name orders', 'operator >', 'symbol [', 'tag a', 'symbol :', 'value 5']);
    assert.deepEqual(kinds('orders > "half wr'), ['name orders', 'operator >', 'name "half wr']);
  });

  it('tells what could stand at the end of a text, whole or half written', () => {
    assert.include(readCondition('').expected, 'a metric name');
    assert.include(readCondition('orders > 3 ').expected, '"at least"');
    assert.include(readCondition('orders > 3 ').expected, 'the end');
    assert.include(readCondition('orders [').expected, 'a tag name');
    assert.deepEqual([...readCondition('orders [a:').expected], ['a tag value']);
  });
});
