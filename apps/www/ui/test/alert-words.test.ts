import { expect } from 'chai';
import { confirmationOf, standingOf } from '../src/pages/alerts/alert.js';
import { attemptWords, eventReason, receiverWords } from '../src/pages/alerts/alert/event-words.js';
import { firedWords, newlyFired } from '../src/pages/alerts/newly-fired.js';
import { durationFault, durationTextWords, periodFault, periodWords, secondsOfPeriod } from '../src/pages/alerts/period-words.js';
import { safeLink } from '../src/pages/alerts/safe-link.js';
import { summariseTrial, trialWords } from '../src/pages/alerts/form/trial-summary.js';

describe('words about alerts', () => {
  it('say a period', () => {
    expect(['5m', '1h', '90s', '@08', '@08:30', '@23:59:05', 'often'].map(periodWords)).to.deep.equal(['every 5 minutes', 'every hour', 'every 90 seconds', 'daily at 08:00 UTC', 'daily at 08:30 UTC', 'daily at 23:59:05 UTC', 'often']);
    expect(['2m', '@08', ''].map(secondsOfPeriod)).to.deep.equal([120, 86_400, null]);
  });

  it('say what is wrong with a period or duration', () => {
    expect(periodFault('5m')).to.equal(null);
    expect(periodFault('5 minutes')).to.match(/^The period is wrong at column/);
    expect(durationFault('')).to.equal(null);
    expect(durationFault('4 hours')).to.match(/^The duration is wrong at column/);
    expect(durationTextWords('4h')).to.equal('4 hours');
  });

  it('say why an event came', () => {
    expect(eventReason({ type: 'triggered', reason: 'condition' })).to.equal('The condition began to hold.');
    expect(eventReason({ type: 'resolved', reason: 'disabled' })).to.equal('The alert was disabled.');
    expect(eventReason({ type: 'error', reason: 'something_new' })).to.equal('Reason: something_new.');
  });

  it('say who was told and what they answered', () => {
    expect(receiverWords('webhook:example.com:8080')).to.equal('Webhook at example.com:8080');
    expect(receiverWords('mail:ops@example.com')).to.equal('Mail to ops@example.com');
    expect(attemptWords({ at: '', outcome: 'delivered', http_status: 200, answer: '' })).to.equal('Delivered (status 200)');
    expect(attemptWords({ at: '', outcome: 'retry', http_status: null, answer: '' })).to.equal('Failed (no answer), to be tried again');
  });

  it('name what goes by something that can be typed', () => {
    expect(confirmationOf({ id: '7', description: 'Too few orders' })).to.equal('Too few orders');
    for (const description of ['x'.repeat(61), 'two  blanks', ' before', 'two\nlines']) expect(confirmationOf({ id: '7', description })).to.equal('7');
  });
});

describe('where an alert stands', () => {
  const of = (enabled: boolean, state: 'ok' | 'firing', lastCheck: string | null): string =>
    standingOf({ enabled, status: { state, since: null, health: 'fine', last_check: lastCheck } });

  it('is not ok when nobody has looked', () => {
    expect(of(true, 'ok', '2026-03-01T08:00:00Z')).to.equal('ok');
    expect(of(true, 'ok', null)).to.equal('unchecked');
    expect(of(false, 'ok', '2026-03-01T08:00:00Z')).to.equal('off');
    expect(of(false, 'firing', '2026-03-01T08:00:00Z')).to.equal('firing');
  });
});

describe('a handbook link', () => {
  it('leads to the web only', () => {
    expect(safeLink('https://example.com/a b')).to.equal('https://example.com/a%20b');
    for (const text of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'example.com', '/handbook', '']) expect(safeLink(text)).to.equal(null);
  });
});

describe('what newly fires', () => {
  const firing = (id: string, since: string) => ({ id, description: `alert ${id}`, status: { state: 'firing', since, health: 'fine', last_check: since } as const });

  it('is nothing at the first look', () => {
    expect(newlyFired(null, [firing('1', 'a')])).to.deep.equal([]);
  });

  it('is what was not there, or fires anew', () => {
    const now = [firing('1', 'a'), firing('2', 'b'), firing('3', 'd')];
    expect(newlyFired([firing('1', 'a'), firing('3', 'c')], now).map(({ id }) => id)).to.deep.equal(['2', '3']);
  });

  it('is said by name', () => {
    expect(firedWords([])).to.equal('');
    expect(firedWords([firing('1', 'a')])).to.equal('Now firing: alert 1');
    expect(firedWords([firing('1', 'a'), firing('2', 'b')])).to.equal('Now firing: alert 1; alert 2 (2 alerts)');
  });
});

describe('trying an alert on the past', () => {
  const steps = (...values: number[]) => summariseTrial(values.map((value, index) => ({ time: new Date(index * 60_000).toISOString(), value })).reverse(), 1);

  it('counts how often it would have begun to fire', () => {
    expect(steps(1, 1, 0, 1, 0)).to.deep.equal({ steps: 5, held: 3, times: 2, lastHeld: 240 });
    expect(steps(0, 0)).to.deep.equal({ steps: 2, held: 0, times: 0, lastHeld: null });
  });

  it('is told in words', () => {
    expect(trialWords(steps(1, 0, 1))).to.equal('It would have fired 2 times: true in 2 of 3 steps.');
    expect(trialWords(steps(0, 1))).to.equal('It would have fired once: true in 1 of 2 steps.');
    expect(trialWords(steps(0))).to.match(/never/);
    expect(trialWords(steps(1))).to.match(/all the time/);
    expect(trialWords(steps())).to.equal('There was nothing to try it on.');
  });
});
