import { AGGREGATORS, parseCondition } from '@cave/core/language';
import { assert } from 'chai';
import fc from 'fast-check';
import { conditionPieces, pieceClass } from '../src/condition/pieces.js';
import { EXAMPLES } from './condition-examples.js';

const shown = (text: string) => conditionPieces(text).filter(({ kind }) => kind !== 'space').map(({ kind, quoted, text: words }) => `${quoted ? 'quoted ' : ''}${kind} ${words}`);

describe('the pieces of a condition', () => {
  for (const text of EXAMPLES) {
    it(`are all of ${text}`, () => {
      parseCondition(text);
      const pieces = conditionPieces(text);
      assert.equal(pieces.map((piece) => piece.text).join(''), text);
      assert.notInclude(pieces.map(({ kind }) => kind), 'unread');
    });
  }

  it('are told apart as the parser reads them', () => {
    assert.deepEqual(shown('responseTime ["ship to": 5m].p99.5m * 2 > at at least 3 times'), [
      'name responseTime', 'bracket [', 'quoted tag "ship to"', 'punctuation :', 'value 5m', 'bracket ]', 'punctuation .', 'aggregator p99', 'punctuation .', 'duration 5', 'duration m',
      'operator *', 'number 2', 'operator >', 'name at', 'keyword at', 'keyword least', 'number 3', 'keyword times',
    ]);
    assert.deepEqual(shown('"missing" missing for 5m'), ['quoted name "missing"', 'keyword missing', 'keyword for', 'duration 5', 'duration m']);
  });

  for (const aggregator of AGGREGATORS) {
    it(`know ${aggregator}`, () => assert.include(shown(`a[].${aggregator}.5m > 1`), `aggregator ${aggregator}`));
  }

  it('concatenated equal any text whatever, cut off or broken anywhere', () => {
    const cut = fc.tuple(fc.constantFrom(...EXAMPLES), fc.nat(), fc.constantFrom('', '!', '"', '[', '\\', '😀', ' at ')).map(([text, at, put]) => `${text.slice(0, at % text.length)}${put}${text.slice((at * 7) % text.length)}`);
    fc.assert(
      fc.property(fc.oneof(cut, fc.string({ unit: 'binary' })), (text) => {
        assert.equal(conditionPieces(text).map((piece) => piece.text).join(''), text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keep their colours behind a slip', () => {
    assert.deepEqual(shown('orders [shi].sum.5m ?? > 3 at least 2 times').slice(-7), ['unread ??', 'operator >', 'number 3', 'keyword at', 'keyword least', 'number 2', 'keyword times']);
  });

  it('have a class, save white space', () => {
    assert.deepEqual(conditionPieces('"a" > 3').map(pieceClass), ['cave-word cave-word-name cave-word-quoted', '', 'cave-word cave-word-operator', '', 'cave-word cave-word-number']);
  });
});
