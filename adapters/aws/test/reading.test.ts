import type { Clock } from '@cave/core';
import { expect } from 'chai';
import { ReadPace } from '../src/kinesis/reading/read-pace.js';
import { ReadingLag } from '../src/kinesis/reading/reading-lag.js';
import { judgeTrim, type TrimFacts } from '../src/kinesis/reading/trimmed.js';
import { listening } from './support/shards.js';

const HOUR_MS = 3_600_000;

describe('How often a shard is read', () => {
  let nowMs = 0;
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const read = (pace: ReadPace, more: boolean): number => {
    pace.began();
    pace.succeeded(more);
    return pace.dueInMs;
  };

  it('at most 5 times a second with a backlog, and 4 times without', () => {
    const pace = new ReadPace(clock);
    expect(pace.dueInMs).to.equal(0);
    expect(read(pace, true)).to.equal(200);
    expect(read(pace, false)).to.equal(250);
    nowMs += 100;
    expect(pace.dueInMs).to.equal(150);
  });

  it('slows down where others read it too, and recovers slowly', () => {
    const pace = new ReadPace(clock);
    for (let i = 0; i < 10; i++) {
      pace.began();
      pace.pushedBack();
    }
    expect(read(pace, true)).to.be.within(3_000, 4_000);
    let reads = 1;
    while (read(pace, true) > 200) reads++;
    expect(reads).to.be.within(10, 40);
  });

  it('not before the pause that a failure asks for is over', () => {
    const pace = new ReadPace(clock);
    pace.began();
    pace.postpone(1_000);
    expect(pace.dueInMs).to.equal(1_000);
  });
});

describe('How long a group lags behind in a shard', () => {
  it('is from the first record that is not acknowledged to the newest', () => {
    const lag = new ReadingLag(null);
    expect(lag.look()).to.equal(null);
    lag.add(1n, 1_000);
    lag.add(2n, 3_000);
    lag.read([1_000, 3_000], 500, 9_000);
    expect(lag.look()).to.deep.equal({ lagMs: 2_500, doneUpToMs: 1_000 });
    expect(lag.look(2n)).to.deep.equal({ lagMs: 500, doneUpToMs: 3_000 }, 'as it will be');
    lag.acknowledge(3n);
    expect(lag.look()).to.deep.equal({ lagMs: 500, doneUpToMs: 3_000 }, 'what Kinesis has beyond');
    lag.read([], 0, 10_000);
    expect(lag.look()).to.deep.equal({ lagMs: 0, doneUpToMs: 10_000 });
  });

  it('grows by what is seen and not read', () => {
    const lag = new ReadingLag(null);
    lag.add(1n, 1_000);
    lag.read([1_000], 0, 2_000);
    lag.peeked([5_000], 700, 6_000);
    expect(lag.look()).to.deep.equal({ lagMs: 4_700, doneUpToMs: 1_000 });
    lag.acknowledge(2n);
    expect(lag.look()).to.deep.equal({ lagMs: 700, doneUpToMs: 5_000 });
  });

  it('is what the member before saw, until this one has looked', () => {
    const before = { lagMs: 4, doneUpToMs: 77 };
    const lag = new ReadingLag(before);
    expect(lag.look()).to.deep.equal(before);
    expect(lag.readUpToMs).to.equal(77);
  });
});

describe('Whether records have expired unread', () => {
  const { logger, count } = listening();
  const facts: TrimFacts = { stream: 's', shard: 'shard', scope: 'group:g', position: 5n, oldest: 9n, nowMs: 1_000 * HOUR_MS, retentionHours: 24, createdMs: 0, readUpToMs: 900 * HOUR_MS, oldestArrivedMs: 976.5 * HOUR_MS, logger };

  it('is certain to be not so where all was read within the retention, or the stream is younger than that', () => {
    expect(judgeTrim({ ...facts, readUpToMs: 976 * HOUR_MS })).to.equal(null);
    expect(judgeTrim({ ...facts, readUpToMs: null, createdMs: 990 * HOUR_MS })).to.equal(null);
    expect(count('position_expired')).to.equal(0);
  });

  it('is told as a loss where the shard has records as old as it keeps them, with where it begins', () => {
    for (const given of [facts, { ...facts, readUpToMs: null }, { ...facts, oldestArrivedMs: null }]) {
      const loss = judgeTrim(given);
      expect(loss?.code).to.equal('data_loss');
      expect(loss?.details).to.deep.equal({ partition: 'shard', offset: '5', oldest: '9' });
    }
  });

  it('goes to the log where the shard was silent for long after what has expired', () => {
    expect(judgeTrim({ ...facts, oldestArrivedMs: 999 * HOUR_MS })).to.equal(null);
    expect(count('position_expired')).to.equal(1);
  });
});
