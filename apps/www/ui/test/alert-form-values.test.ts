import { expect } from 'chai';
import { ApiError } from '../src/api/api-error.js';
import { formErrors } from '../src/pages/alerts/form/form-errors.js';
import { EMPTY_FORM, bodyOf, changesOf, faultsOf, valuesOf } from '../src/pages/alerts/form/form-values.js';

const GOOD = { ...EMPTY_FORM, description: 'Too few orders', condition: 'orders < 10' };

describe('the form of an alert', () => {
  it('sends all settings, null for what is empty', () => {
    expect(bodyOf({ ...GOOD, period: ' 5m ', routing: [{ key: ' k ', value: ' v ' }, { key: '', value: '' }], repeatInterval: '4h' })).to.deep.equal({
      description: 'Too few orders', condition: 'orders < 10', period: '5m', enabled: true, handbook_url: null, routing: { k: ' v ' }, repeat_interval: '4h',
      notify: 'changes', notify_no_data: false, notify_error: false, lookback: null,
    });
    expect(bodyOf(GOOD).routing).to.equal(null);
  });

  it('comes back from an alert', () => {
    const values = { ...GOOD, handbookUrl: 'https://example.com/', routing: [{ key: 'a', value: 'b' }], repeatInterval: '4h', lookback: '2h', notify: 'every_check', notifyNoData: true, notifyError: true } as const;
    const body = bodyOf(values);
    const alert = { ...body, id: '7', status: { state: 'ok', since: null, health: 'fine', last_check: null }, related_metrics: [], handbook_url: 'https://example.com/', routing: { a: 'b' }, repeat_interval: '4h', lookback: '2h', notify: 'every_check', notify_no_data: true, notify_error: true } as const;
    expect(valuesOf({ ...alert, related_metrics: [] })).to.deep.equal(values);
  });

  it('sends only what was changed', () => {
    expect(changesOf(GOOD, { ...GOOD })).to.deep.equal({});
    expect(changesOf({ ...GOOD, handbookUrl: 'https://example.com/' }, { ...GOOD, period: '5m', routing: [{ key: 'a', value: 'b' }] })).to.deep.equal({ period: '5m', handbook_url: null, routing: { a: 'b' } });
  });

  it('shows the faults that the api names at their fields', () => {
    const error = new ApiError('invalid', 'The condition is wrong at column 3.', 'syntax', { condition: 'The condition is wrong at column 3.', repeat_interval: 'is too long' }, { column: 3 });
    expect(formErrors(error)).to.deep.equal({ fields: { repeatInterval: 'This is too long.' }, condition: { message: 'The condition is wrong at column 3.', column: 3 }, rest: null });
  });

  it('says as a whole what belongs to no field', () => {
    expect(formErrors(new ApiError('invalid', 'No.', 'x', { surprise: 'is odd' })).rest).to.equal('No.');
    expect(formErrors(new ApiError('unreachable', 'Nobody is there.', 'unreachable'))).to.deep.equal({ fields: {}, condition: null, rest: 'Nobody is there.' });
    expect(formErrors(new Error('Broken.')).rest).to.equal('Broken.');
  });

  it('says what is wrong at each field', () => {
    expect(faultsOf(GOOD)).to.deep.equal({});
    const faults = faultsOf({ ...GOOD, description: ' ', period: 'x', handbookUrl: 'javascript:alert(1)', repeatInterval: '4', lookback: 'y' });
    expect(Object.keys(faults)).to.have.members(['description', 'period', 'handbookUrl', 'repeatInterval', 'lookback']);
  });

  it('wants each routing key once, and none empty', () => {
    expect(faultsOf({ ...GOOD, routing: [{ key: '', value: 'v' }] }).routing).to.equal('Each value needs a key.');
    expect(faultsOf({ ...GOOD, routing: [{ key: 'a', value: '' }, { key: 'a ', value: 'v' }] }).routing).to.equal('The key "a" is there twice.');
    expect(faultsOf({ ...GOOD, routing: [{ key: '', value: '' }] })).to.deep.equal({});
  });
});
