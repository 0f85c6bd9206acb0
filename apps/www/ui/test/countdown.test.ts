import { expect } from 'chai';
import { secondsLeft, waitSentence } from '../src/pages/account/countdown.js';

describe('a countdown after too many attempts', () => {
  const until = new Date('2026-03-01T08:30:10Z');

  it('rounds up, so that nobody is sent away once more, and ends at 0', () => {
    expect(secondsLeft(until, new Date('2026-03-01T08:30:00.001Z'))).to.equal(10);
    expect(secondsLeft(until, new Date('2026-03-01T08:30:09.999Z'))).to.equal(1);
    expect(secondsLeft(until, until)).to.equal(0);
    expect(secondsLeft(until, new Date('2026-03-01T09:00:00Z'))).to.equal(0);
  });

  it('is said in words', () => {
    expect(waitSentence(0)).to.equal('You can try again now.');
    expect(waitSentence(1)).to.equal('You can try again in 1 second.');
    expect(waitSentence(59)).to.equal('You can try again in 59 seconds.');
    expect(waitSentence(60)).to.equal('You can try again in 1 minute.');
    expect(waitSentence(121)).to.equal('You can try again in 2 minutes and 1 second.');
  });
});
