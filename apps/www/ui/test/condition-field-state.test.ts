import { assert } from 'chai';
import { fieldState } from '../src/condition/field-state.js';

describe('the state of a condition’s field', () => {
  it('says nothing about an empty field that nobody has left or handed in', () => {
    assert.deepEqual(fieldState('', false, undefined), { error: null, help: null, offers: [], underlines: [] });
    assert.include(fieldState('', true, undefined).error, 'a metric name');
  });

  it('helps on while a text is being written, and calls it wrong once it is settled', () => {
    const written = fieldState('orders > 3 at lea', false, undefined);
    assert.deepInclude(written, { error: null, help: 'Next: "least".', underlines: [] });
    const settled = fieldState('orders > 3 at lea', true, undefined);
    assert.include(settled.error, 'column 15');
    assert.isNull(settled.help);
    assert.deepEqual(settled.underlines, [{ from: 14, to: 17, severity: 'error' }]);
  });

  it('sums up what may come next', () => {
    assert.equal(fieldState('orders ', false, undefined).help, 'Next: "missing for", a comparison such as >.');
    assert.equal(fieldState('orders[a', false, undefined).help, 'Next: ":".');
    assert.equal(fieldState('orders[].', false, undefined).help, 'Next: count, min, max, mean, mode, median, sum, stddev, p90, p95, p99, p999.');
  });

  it('calls a slip before the end wrong at once', () => {
    assert.include(fieldState('orders ! 3', false, undefined).error, 'column 8');
  });

  it('says in words what a condition means, and offers forgotten brackets', () => {
    const { error, help, offers, underlines } = fieldState('orders.sum.5m > 3', false, undefined);
    assert.isNull(error);
    assert.equal(help, 'The newest value of orders.sum.5m is more than 3.');
    assert.lengthOf(offers, 1);
    assert.deepEqual(underlines, [{ from: 0, to: 13, severity: 'warning' }]);
  });

  it('shows what the api said where it said it', () => {
    const { error, underlines } = fieldState('"😀" > alertsHistory', false, { column: 7, message: 'That name is reserved.' });
    assert.equal(error, 'That name is reserved.');
    assert.deepEqual(underlines, [{ from: 7, to: 20, severity: 'error' }]);
    assert.deepEqual(fieldState('a > 3', false, { message: 'No.' }).underlines, []);
  });
});
