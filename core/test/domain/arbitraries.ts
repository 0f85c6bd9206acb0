import fc from 'fast-check';
import { AGGREGATORS, MAX_DURATION_SECONDS, nameProblem } from '../../src/index.js';
import type { ComparisonOperator, Condition, MetricSelector, SimpleSource, Source } from '../../src/index.js';

/** Any accepted name, with a liking for what could confuse a parser. */
export const hostileName: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', ':', ',', '.', ' ', '*', '5', 'm', '-', 'é', '😀'), minLength: 1, maxLength: 127 }),
    fc.stringMatching(/^[a-zA-Z][_a-zA-Z0-9.-]{0,20}$/),
    fc.stringMatching(/^[a-zA-Z0-9][_a-zA-Z0-9.-]{0,20}$/),
    fc.constantFrom('at', 'least', 'times', 'missing', 'delayed', 'by', 'for', 'orders.sum.5m', 'a.', '__proto__', 'constructor', 'toString', '5m', '3', '"'.repeat(127), '😀'.repeat(127)),
  )
  .filter((name) => nameProblem(name) === null);

export const selector: fc.Arbitrary<MetricSelector> = fc.record({
  name: hostileName,
  tags: fc.array(fc.tuple(hostileName, hostileName), { maxLength: 10 }).map((tags) => Object.fromEntries(tags)),
});

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const duration = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30 }).map((d) => d * 86_400), fc.integer({ min: 1, max: MAX_DURATION_SECONDS }));

const simple: fc.Arbitrary<SimpleSource> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), value: number }),
  fc.record({ kind: fc.constant('metric' as const), metric: selector }),
  fc.record({ kind: fc.constant('aggregate' as const), metric: selector, aggregator: fc.constantFrom(...AGGREGATORS), windowSeconds: duration }),
);

const source: fc.Arbitrary<Source> = fc.record({ simple, factor: fc.option(number) });

export const operator = fc.constantFrom<ComparisonOperator>('<', '<=', '>', '>=', '==', '!=');

/** Every legal condition. */
export const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .record({
      kind: fc.constant('comparison' as const),
      left: source,
      operator,
      right: source,
      times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1_000 })),
      delaySeconds: fc.oneof(fc.constant(0), duration),
    })
    .filter(({ left, right, times }) =>
      [left, right].every((side) => side.simple.kind !== 'aggregate' || side.simple.windowSeconds * times <= MAX_DURATION_SECONDS),
    ),
  fc.record({ kind: fc.constant('missing' as const), metric: selector, forSeconds: duration }),
);
