import { expect } from 'chai';
import fc from 'fast-check';
import { formatExact, formatTicks, formatValue } from '../src/chart/format.js';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers on a chart', () => {
  for (const [value, text] of [
    [0, '0'], [-0, '0'], [1, '1'], [12.5, '12.5'], [0.5, '0.5'], [0.1 + 0.2, '0.3'], [0.001, '0.001'], [-3.25, '−3.25'],
    [999.96, '1 k'], [1000, '1 k'], [1234.56, '1.235 k'], [123_456, '123.5 k'], [999_999, '1 M'], [2.5e9, '2.5 G'], [1e12, '1 T'], [1e15, '1 P'], [999.9e15, '999.9 P'],
    [1e18, '1 × 10¹⁸'], [1.5e21, '1.5 × 10²¹'], [-1e300, '−1 × 10³⁰⁰'], [Number.MAX_VALUE, '1.798 × 10³⁰⁸'],
    [0.0005, '500 µ'], [1e-9, '1 n'], [2.5e-12, '2.5 p'], [1e-15, '1 × 10⁻¹⁵'], [Number.MIN_VALUE, '4.941 × 10⁻³²⁴'],
    [null, '–'], [undefined, '–'],
  ] as const) {
    it(`shows ${value} as ${text}`, () => expect(plain(formatValue(value))).to.equal(text));
  }

  it('puts the unit behind the prefix', () => {
    expect(plain(formatValue(1500, 'B'))).to.equal('1.5 kB');
    expect(plain(formatValue(0, 'ms'))).to.equal('0 ms');
    expect(plain(formatValue(1e21, 'B'))).to.equal('1 × 10²¹ B');
  });

  it('is short and without an exponent of computers for any number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(formatValue(value)).to.match(/^\u2212?[0-9.]{1,6}(\u00a0[a-zA-Zµ]| × 10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?$/u);
    }));
  });

  it('shows a number in full where it is asked for', () => {
    expect(plain(formatExact(1_234_567.25, 'B'))).to.equal('1234567.25 B');
    expect(plain(formatExact(1.5e21))).to.equal('1.5 × 10²¹');
    expect(plain(formatExact(-0.1))).to.equal('−0.1');
  });
});

describe('labels of an axis', () => {
  const ticks = (...values: number[]): string[] => formatTicks(values).map(plain);

  it('have one prefix and as many digits as the steps need', () => {
    expect(ticks(0, 500, 1000, 1500)).to.deep.equal(['0', '0.5 k', '1.0 k', '1.5 k']);
    expect(ticks(0, 0.25, 0.5)).to.deep.equal(['0', '0.25', '0.50']);
    expect(ticks(-20, -10, 0)).to.deep.equal(['−20', '−10', '0']);
  });

  it('differ where the values hardly do', () => {
    expect(ticks(1_000_000, 1_000_001, 1_000_002)).to.deep.equal(['1.000000 M', '1.000001 M', '1.000002 M']);
  });

  it('differ for any start and step that a number can hold', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(0.001, 0.002, 0.025, 0.5, 1, 5, 250, 1e6, 1e9), (first, step) => {
      const labels = ticks(...[0, 1, 2, 3, 4].map((i) => (first + i) * step));
      expect(new Set(labels).size).to.equal(5);
    }));
  });

  it('are there for none, for one, and beyond all prefixes', () => {
    expect(ticks()).to.deep.equal([]);
    expect(ticks(7)).to.deep.equal(['7']);
    expect(ticks(1e21, 2e21)).to.deep.equal(['1 × 10²¹', '2 × 10²¹']);
  });
});
