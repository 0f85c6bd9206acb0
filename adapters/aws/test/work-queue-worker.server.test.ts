import { eventually, quietLogger, systemClock } from '@cave/conformance';
import { encodeJob, Obligations, type Obligation } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { LONG_MS, nothingComes, PATIENCE_MS, receiveOne, SqsScene, unique } from './support/sqs-scene.js';

const LEASE_MS = 3_000;

describeOnServer('sns-sqs', 'SQS work queue: under the worker', (server) => {
  const scene = new SqsScene(server);

  it('a job stays hidden for as long as its check runs, three leases and more, and is gone once the check is recorded', async () => {
    const name = unique();
    const [queue, other] = [await scene.open(name, { options: { 'long-poll-seconds': 1 } }), await scene.open(name)];
    const owed: Obligation[] = [];
    const obligations = new Obligations(queue, systemClock, quietLogger, (obligation) => owed.push(obligation), { capacity: 100, receiveBatch: 100, leaseMs: LEASE_MS, waitMs: 1_000 });
    obligations.start();
    await other.publish([encodeJob({ alertId: '7', tick: 60 })]);
    await eventually('the job is owed', PATIENCE_MS, () => owed.length === 1);
    const extensions = scene.hidden.length;
    await eventually('its lease is extended nine times', 4 * PATIENCE_MS, async () => {
      await nothingComes(other);
      return scene.hidden.length >= extensions + 9;
    });
    expect(new Set(scene.hidden)).to.deep.equal(new Set([LEASE_MS / 1000]));
    const [obligation] = owed;
    expect(obligation !== undefined && (await obligations.met(obligation, 60))).to.equal(true);
    expect(await other.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    await obligations.close();
  });

  it('a worker that stops gives its jobs back: another has them long before their leases end', async () => {
    const name = unique();
    const [queue, other] = [await scene.open(name, { options: { 'long-poll-seconds': 1 } }), await scene.open(name)];
    const owed: Obligation[] = [];
    const obligations = new Obligations(queue, systemClock, quietLogger, (obligation) => owed.push(obligation), { capacity: 100, receiveBatch: 100, leaseMs: LONG_MS, waitMs: 1_000 });
    obligations.start();
    await other.publish([encodeJob({ alertId: '7', tick: 60 })]);
    await eventually('the job is owed', PATIENCE_MS, () => owed.length === 1);
    await obligations.close();
    const one = await receiveOne(other);
    expect(one.id).to.equal('7@60');
    // The request that the worker left behind may have got it once more, and given it back.
    expect(one.attempt).to.be.within(2, 3);
  });
});
