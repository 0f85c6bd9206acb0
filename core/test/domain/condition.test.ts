import { assert } from 'chai';
import fc from 'fast-check';
import { MAX_CONDITION_LENGTH, conditionWarnings, parseCondition, printCondition } from '../../src/index.js';
import { condition } from './arbitraries.js';
import { syntaxFaultOf } from './syntax-of.js';

const metric = (name: string, tags: Record<string, string> = {}) => ({ kind: 'metric' as const, metric: { name, tags } });
const number = (value: number) => ({ kind: 'number' as const, value });
const plain = { times: 1, delaySeconds: 0 };

describe('parseCondition', () => {
  it('reads an aggregate against a plain metric', () => {
    assert.deepEqual(parseCondition('orders [shipTo: US].sum.5m <= ordersPredictedLow5m [shipTo: US]'), {
      kind: 'comparison',
      left: { simple: { kind: 'aggregate', metric: { name: 'orders', tags: { shipTo: 'US' } }, aggregator: 'sum', windowSeconds: 300 }, factor: null },
      operator: '<=',
      right: { simple: metric('ordersPredictedLow5m', { shipTo: 'US' }), factor: null },
      ...plain,
    });
  });

  it('reads factors on either side, a repeat count and a delay', () => {
    assert.deepEqual(parseCondition('orders [shipCountry: US].sum.12m * 1.7 <= 3 * order.predHi.US at least 3 times delayed by 5m'), {
      kind: 'comparison',
      left: { simple: { kind: 'aggregate', metric: { name: 'orders', tags: { shipCountry: 'US' } }, aggregator: 'sum', windowSeconds: 720 }, factor: 1.7 },
      operator: '<=',
      right: { simple: metric('order.predHi.US'), factor: 3 },
      times: 3,
      delaySeconds: 300,
    });
  });

  it('reads several tags and a percentile', () => {
    assert.deepEqual(parseCondition('responseTime [service: svc-important, env: production].p99.5m > 1500 at least 3 times'), {
      kind: 'comparison',
      left: {
        simple: { kind: 'aggregate', metric: { name: 'responseTime', tags: { service: 'svc-important', env: 'production' } }, aggregator: 'p99', windowSeconds: 300 },
        factor: null,
      },
      operator: '>',
      right: { simple: number(1_500), factor: null },
      times: 3,
      delaySeconds: 0,
    });
  });

  it('reads missing for', () => {
    assert.deepEqual(parseCondition('heartbeat [service: svc-important] missing for 10m'), {
      kind: 'missing',
      metric: { name: 'heartbeat', tags: { service: 'svc-important' } },
      forSeconds: 600,
    });
  });

  it('reads numbers on both sides', () => {
    assert.deepEqual(parseCondition('something > -100'), { kind: 'comparison', left: { simple: metric('something'), factor: null }, operator: '>', right: { simple: number(-100), factor: null }, ...plain });
    assert.deepEqual(parseCondition('3 > 2'), { kind: 'comparison', left: { simple: number(3), factor: null }, operator: '>', right: { simple: number(2), factor: null }, ...plain });
    assert.deepEqual(parseCondition('+1.5e3 != 2 * -4E-1'), { kind: 'comparison', left: { simple: number(1_500), factor: null }, operator: '!=', right: { simple: number(-0.4), factor: 2 }, ...plain });
  });

  it('takes white space anywhere between words, or nowhere', () => {
    const text = 'a[b:c].sum.5m*2>=d at least 3times delayed by1m';
    const spaced = ' a [ b : c ] . sum . 5 m * 2 >= \n d  at  least  3  times  delayed\tby 1 m ';
    assert.deepEqual(parseCondition(text), parseCondition(spaced));
  });

  it('takes its own keywords as names', () => {
    assert.deepEqual(parseCondition('missing missing for 5m'), { kind: 'missing', metric: { name: 'missing', tags: {} }, forSeconds: 300 });
    assert.deepEqual(parseCondition('at > delayed at least 2 times delayed by 5m'), {
      kind: 'comparison',
      left: { simple: metric('at'), factor: null },
      operator: '>',
      right: { simple: metric('delayed'), factor: null },
      times: 2,
      delaySeconds: 300,
    });
  });

  it('tells a plain metric with dots from an aggregate', () => {
    assert.deepEqual(parseCondition('a.sum.5m > 1'), parseCondition('"a.sum.5m" > 1'));
    assert.deepEqual(parseCondition('a[].sum.5m > 1'), parseCondition('"a".sum.5m > 1'));
    assert.notDeepEqual(parseCondition('a.sum.5m > 1'), parseCondition('a[].sum.5m > 1'));
  });

  it('reads quoted names with escapes', () => {
    assert.deepEqual(parseCondition('"a \\"b\\" \\\\ [x]" ["c d": "5 > 3"] missing for 1s'), { kind: 'missing', metric: { name: 'a "b" \\ [x]', tags: { 'c d': '5 > 3' } }, forSeconds: 1 });
    assert.deepEqual(parseCondition('a [b: 5m] > 1'), parseCondition('a [b: "5m"] > 1'));
  });

  for (const [text, column, expected] of [
    ['', 1, 'a metric name'],
    ['orders', 7, '">="'],
    ['orders ! 3', 8, '"missing for"'],
    ['orders >', 9, 'a number'],
    ['orders > 3 at leest 3 times', 15, '"least"'],
    ['orders > 3 at least 3', 22, '"times"'],
    ['orders > 3 at least 0 times', 21, 'a whole number from 1 to 1000'],
    ['orders > 3 at least 1001 times', 21, 'a whole number from 1 to 1000'],
    ['orders[].sum.2d > 3 at least 184 times', 30, 'a whole number up to 183'],
    ['orders > 3 at least 1.5 times', 22, '"times"'],
    ['orders > 3 delayed by 0m', 23, 'a duration of 1s to 366d'],
    ['orders > 3 delayed by 5m at least 2 times', 26, 'the end'],
    ['orders missing for', 19, 'a duration such as 5m'],
    ['orders missing 5m', 16, '"for"'],
    ['orders[].sum.5m missing for 5m', 17, '"<"'],
    ['2 * orders missing for 5m', 12, '"<"'],
    ['orders[].avg.5m > 3', 10, 'mean'],
    ['orders[].sum > 3', 14, '"."'],
    ['orders[a: b, a: c] > 3', 14, 'another tag name'],
    ['orders[a: b,] > 3', 13, 'a tag name'],
    ['orders[a b] > 3', 10, '":"'],
    ['orders[a: b > 3', 13, '"]"'],
    [`orders[${Array.from({ length: 11 }, (_, i) => `t${i}: x`).join(',')}] > 3`, 68, '"]"'],
    ['orders > 1e999', 10, 'a number between -1.8e308 and 1.8e308'],
    ['orders > "', 11, 'a closing double quote'],
    ['orders > "a\\n"', 13, 'a backslash'],
    ['"😀" ! 3', 5, '"<"'],
    ['"" > 3', 1, 'a metric name'],
    ['"a\u0007" > 3', 1, 'a metric name'],
    [`${'x'.repeat(128)} > 3`, 1, 'a metric name'],
    ['3 > 2 * 3 * 4', 11, 'the end'],
    ['_a > 3', 1, 'a metric name'],
    [' '.repeat(MAX_CONDITION_LENGTH + 1), MAX_CONDITION_LENGTH + 1, 'the end'],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))} at column ${column}`, () => {
      const fault = syntaxFaultOf(() => parseCondition(text));
      assert.equal(fault.column, column);
      assert.include(fault.expected, expected);
    });
  }

  it('throws nothing but the typed error, whatever it is given', () => {
    const word = fc.constantFrom('a', '[', ']', ':', ',', '.', '"', '\\', '<', '>=', '!', '=', '*', '5', '-', '1e999', 'm', ' ', 'at', 'least', 'times', 'missing', 'for', 'delayed', 'by', 'sum', '\u0000', '\ud800', '😀');
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.array(word, { maxLength: 25 }).map((words) => words.join('')), fc.array(word, { maxLength: 25 }).map((words) => words.join(' ')));
    fc.assert(
      fc.property(text, (one) => {
        let parsed;
        try {
          parsed = parseCondition(one);
        } catch {
          const fault = syntaxFaultOf(() => parseCondition(one));
          assert.isAtMost(fault.column, [...one].length + 1);
          return;
        }
        assert.deepEqual(parseCondition(printCondition(parsed)), parsed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('says the column at which a legal text was broken', () => {
    fc.assert(
      fc.property(condition, fc.nat(), (one, cut) => {
        const text = printCondition(one);
        const broken = `${[...text].slice(0, cut % [...text].length).join('')}\u0001`;
        assert.isAtMost(syntaxFaultOf(() => parseCondition(broken)).column, [...broken].length + 1);
      }),
    );
  });
});

describe('printCondition', () => {
  it('gives text that parses to an equal condition', () => {
    fc.assert(fc.property(condition, (one) => assert.deepEqual(parseCondition(printCondition(one)), one)), { numRuns: 1_000 });
  });

  it('fits every legal condition into what is accepted', () => {
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}${'"'.repeat(126)}`, '"'.repeat(127)]));
    const simple = { kind: 'aggregate' as const, metric: { name: '"'.repeat(127), tags }, aggregator: 'median' as const, windowSeconds: 86_399 };
    const side = { simple, factor: -1.7976931348623157e308 };
    const longest = { kind: 'comparison' as const, left: side, operator: '<=' as const, right: side, times: 366, delaySeconds: 86_399 };
    assert.deepEqual(parseCondition(printCondition(longest)), longest);
  });

  it('is canonical', () => {
    assert.equal(printCondition(parseCondition('a.b[].sum.60m*2>"c"  at least 1 times')), '2 * a.b[].sum.1h > c');
    assert.equal(printCondition(parseCondition('"5 a"["b c":"5"].p999.90s == -0')), '"5 a" ["b c": 5].p999.90s == 0');
  });
});

describe('conditionWarnings', () => {
  it('offers the bracketed form of what looks like an aggregate', () => {
    const [left, right] = conditionWarnings(parseCondition('orders.sum.5m > 2 * a.b.p99.1h [c: d]'));
    assert.deepInclude(left, { code: 'aggregate_without_brackets', source: 'orders.sum.5m', suggestion: 'orders[].sum.5m' });
    assert.deepInclude(right, { source: '2 * a.b.p99.1h [c: d]', suggestion: '2 * a.b [c: d].p99.1h' });
  });

  it('is silent about everything else', () => {
    for (const text of ['orders[].sum.5m > 3', 'orders.summe.5m > 3', 'orders.sum.0m > 3', 'orders.sum.5 > 3', 'sum.5m > 3', 'orders.sum.5m missing for 5m', '3 > 2']) {
      assert.deepEqual(conditionWarnings(parseCondition(text)), [], text);
    }
  });
});
