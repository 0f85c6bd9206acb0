import { expect } from 'chai';
import { decodeName, encodeDatabase, encodeMetric, encodeTagKey, encodeTagValue, escapeTag, metaDatabase, quoteIdentifier } from '../src/names.js';
import { apart, cut, countOf, halve, lineKey, linesOf, type Slice } from '../src/lines.js';
import { batch } from './support/batches.js';

/** Every text of up to three of these characters. */
const CHARACTERS = ['a', '%', '\\', '\n', '"', "'", ',', '=', ' ', '#', '_', '0', '5', 'C', '\ud800', '\udc00', 'é', '\u0000'];
const TEXTS = ['', ...CHARACTERS, ...CHARACTERS.flatMap((a) => CHARACTERS.map((b) => a + b)), ...CHARACTERS.flatMap((a) => CHARACTERS.flatMap((b) => CHARACTERS.map((c) => a + b + c))), 'time', 'TIME', 'value', 'Value', '_field', '%74ime'];

describe('names in InfluxDB', () => {
  for (const [title, encode] of [['metrics', encodeMetric], ['tag keys', encodeTagKey], ['tag values', encodeTagValue]] as const) {
    it(`${title}: no two names become one, each comes back, and none holds a backslash, a control character or nothing`, () => {
      const encoded = TEXTS.map(encode);
      expect(new Set(encoded).size).to.equal(new Set(TEXTS).size);
      encoded.forEach((text, i) => {
        expect(decodeName(text)).to.equal(TEXTS[i]);
        // eslint-disable-next-line no-control-regex -- it is what must not be there
        expect(text).to.match(/^[^\\\u0000-\u001f]+$/);
        expect(Buffer.from(text).toString()).to.equal(text);
      });
    });
  }

  it('ordinary names stay readable', () => {
    expect([encodeMetric('orders.p99 [US]'), encodeTagKey('shipTo'), encodeTagValue('Größe 温度 a,b=c')]).to.deep.equal(['orders.p99 [US]', 'shipTo', 'Größe 温度 a,b=c']);
  });

  it('keys that InfluxDB keeps for itself are none of them', () => {
    for (const key of ['time', 'Time', 'TIME', 'value', 'VALUE', '_name', '_field', '_']) expect(encodeTagKey(key)).to.match(/^%/);
    expect([encodeTagKey('timer'), encodeTagKey('values'), encodeTagKey('a_b')]).to.deep.equal(['timer', 'values', 'a_b']);
  });

  it('a quoted identifier ends where it should', () => {
    expect(quoteIdentifier('a"; DROP DATABASE "x')).to.equal('"a\\"; DROP DATABASE \\"x"');
    expect(quoteIdentifier('\\"')).to.equal('"\\\\\\""');
    expect(quoteIdentifier('a\nb\\')).to.equal('"a\\nb\\\\"');
  });

  it('databases are plain directory names, distinct, and never the meta database', () => {
    const names = TEXTS.map((text) => encodeDatabase('cave_', text));
    for (const name of names) expect(name).to.match(/^cave_[A-Za-z0-9._%-]*$/);
    expect(encodeDatabase('cave_', '../x')).to.equal('cave_..%2Fx');
    expect(encodeDatabase('cave_', '~meta')).not.to.equal(metaDatabase('cave_'));
    expect(() => encodeDatabase('cave_', 'x'.repeat(250))).to.throw(/too long/);
  });
});

describe('line protocol', () => {
  it('a series is one key, whatever the order of its tags', () => {
    expect(lineKey({ name: 'a b,c', tags: { z: '1 2', a: 'x=y' } }).text).to.equal('a\\ b\\,c,a=x\\=y,z=1\\ 2');
    expect(lineKey({ name: 'm', tags: { a: '1', b: '2' } })).to.deep.equal(lineKey({ name: 'm', tags: { b: '2', a: '1' } }));
    expect(escapeTag('a')).to.equal('a');
  });

  it('points carry their number in the nanoseconds, over the turn of a billion too', () => {
    const { points } = batch('d', [{ time: 10, value: 1.5 }, { time: 11, value: 1e21 }, { time: 12, value: -0.1 }], { kind: 'numbered', firstNumber: 4_999_999_999 });
    const written = { points, keys: points.series.map(lineKey), refused: null };
    const text = (...slices: Slice[]): string => linesOf(slices).toString();
    expect(text({ batch: written, from: 0, to: 3 })).to.equal('m value=1.5 10999999999\nm value=1e+21 11000000000\nm value=-0.1 12000000001\n');
    expect(text({ batch: written, from: 2, to: 3 })).to.equal('m value=-0.1 12000000001\n');
    expect(text({ batch: { ...written, refused: Uint8Array.from([0, 1, 0]) }, from: 0, to: 3 })).to.equal('m value=1.5 10999999999\nm value=-0.1 12000000001\n');
  });

  it('requests are cut and halved without losing a point', () => {
    const written = [3, 0, 7, 2].map((count) => ({ points: batch('d', Array.from({ length: count }, () => ({}))).points, keys: [], refused: null }));
    const requests = cut(written, 4);
    expect(requests.map(countOf)).to.deep.equal([4, 4, 4]);
    const mixed = { points: batch('d', ['a', 'b', 'a', 'c', 'b'].map((name) => ({ name }))).points, keys: [], refused: Uint8Array.from([1, 0, 0, 0, 0]) };
    const [named, others] = apart([{ batch: mixed, from: 0, to: 5 }], 'a');
    expect([countOf(named), countOf(others), countOf(apart(others, 'b')[0]), countOf(apart(others, 'b')[1])]).to.deep.equal([1, 3, 2, 1]);
    const [first, second] = halve(requests.flat());
    expect([countOf(first), countOf(second)]).to.deep.equal([6, 6]);
    expect(halve([{ batch: written[0] ?? { points: batch('d', []).points, keys: [], refused: null }, from: 1, to: 3 }]).map(countOf)).to.deep.equal([1, 1]);
  });
});
