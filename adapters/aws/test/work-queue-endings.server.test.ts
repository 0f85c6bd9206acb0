import { eventually, failsWith, within } from '@cave/conformance';
import { awsError, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { accepted, codes, idsOf, job, leasesOf, LONG_MS, type LogLine, nothingComes, numbered, PATIENCE_MS, receive, receiveOne, SqsScene, unique } from './support/sqs-scene.js';

describeOnServer('sns-sqs', 'SQS work queue: jobs that are given up, queues that close, servers that are away', (server) => {
  const scene = new SqsScene(server);

  describe('a job that is given up', () => {
    it('after expiries is moved by SQS when somebody receives next', async () => {
      const queue = await scene.open(unique(), { options: { 'max-attempts': 2, 'long-poll-seconds': 1 } });
      await accepted(queue, 'a');
      for (const attempt of [1, 2]) expect((await receiveOne(queue, 1_000)).attempt).to.equal(attempt);
      await eventually('the job is dead', PATIENCE_MS, async () => {
        await nothingComes(queue);
        return (await queue.depth()).dead === 1;
      });
      const [dead] = await queue.deadLetters(10);
      expect([dead?.id, dead?.attempts, Buffer.from(dead?.body ?? []).toString()]).to.deep.equal(['a', 2, 'a']);
      expect(dead?.reason).to.include('SQS moved');
      expect(scene.count('SendMessageBatch')).to.equal(1, 'the publish: the adapter sent no copy');
    });

    it('at its last nack stays leased when the dead-letter queue cannot be had, and is not lost', async () => {
      const queue = await scene.open(unique(), { options: { 'max-attempts': 1 } });
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue);
      const end = scene.on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
      await failsWith('resource_exhausted', 'nack', () => queue.nack([lease], { reason: 'no' }));
      end();
      expect(scene.count('DeleteMessageBatch')).to.equal(0);
      expect(await queue.nack([lease], { reason: 'no' })).to.deep.equal(['ok']);
      expect((await queue.deadLetters(10)).map(({ id, attempts, reason }) => [id, attempts, reason])).to.deep.equal([['a', 1, 'no']]);
    });

    it('is seen by every look: looking takes nothing away', async () => {
      const queue = await scene.open(unique(), { options: { 'max-attempts': 1 } });
      const ids = numbered(23);
      await accepted(queue, ...ids);
      await queue.nack(leasesOf(await receive(queue, 23)), { reason: 'no' });
      for (const limit of [5, 15, 100]) expect((await queue.deadLetters(limit)).length).to.equal(Math.min(limit, 23));
      expect((await Promise.all([queue.deadLetters(100), queue.deadLetters(100)])).map((list) => [...idsOf(list)].sort())).to.deep.equal([[...ids].sort(), [...ids].sort()]);
      expect((await queue.depth()).dead).to.equal(23);
    });
  });

  it('what CAVE did not write is put aside as it is; where that fails it comes again when its time is over, and not before', async () => {
    const name = unique();
    const lines: LogLine[] = [];
    const queue = await scene.open(name, { options: { 'long-poll-seconds': 1 }, lines });
    await scene.put(name, 'garbage');
    const end = scene.on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
    await nothingComes(queue, 1_000);
    await eventually('the failure is told', PATIENCE_MS, () => lines.some(({ event }) => event === 'work_queue_dead_letter_failed'));
    expect(scene.count('SendMessageBatch')).to.equal(1);
    end();
    await eventually('it is put aside', PATIENCE_MS, async () => {
      await nothingComes(queue, 1_000);
      return (await queue.depth()).dead === 1;
    });
    const [dead] = await queue.deadLetters(1);
    expect([Buffer.from(dead?.body ?? []).toString(), dead?.reason.includes('no job of CAVE')]).to.deep.equal(['garbage', true]);
  });

  it('a job that a nack has hidden stays hidden over a restart, where it counts as leased, and then comes', async () => {
    const name = unique();
    const first = await scene.open(name);
    await accepted(first, 'a');
    const { lease } = await receiveOne(first);
    const from = performance.now();
    await first.nack([lease], { delayMs: 3_000, reason: 'later' });
    expect(await first.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 1, dead: 0 });
    await first.close();
    const second = await scene.open(name);
    expect(await second.depth()).to.deep.equal({ ready: 0, leased: 1, delayed: 0, dead: 0 });
    const one = await receiveOne(second);
    expect([one.id, one.attempt]).to.deep.equal(['a', 2]);
    expect(performance.now() - from).to.be.at.least(3_000 - 5);
  });

  it('a job at its last attempt that a closing queue holds is dead, and told why', async () => {
    const name = unique();
    const queue = await scene.open(name, { options: { 'max-attempts': 1 } });
    await accepted(queue, 'a');
    await receiveOne(queue);
    await queue.close();
    const [dead] = await (await scene.open(name)).deadLetters(10);
    expect([dead?.id, dead?.reason]).to.deep.equal(['a', 'The queue was closed while it held the job.']);
  });

  it('a frozen SQS: calls end within their time-out, what was sent is unknown, health says so, and it serves again afterwards', async () => {
    const queue = await scene.open(unique(), { options: { 'request-timeout-ms': 1_000, 'connection-timeout-ms': 500 } });
    await accepted(queue, 'before');
    await server().control?.freeze();
    try {
      expect(codes(await within('a publish', 5_000, queue.publish([job('unknown')])))).to.deep.equal(['unknown_outcome']);
      const health = await within('health', 2_000, queue.health());
      expect(health.healthy).to.equal(false);
    } finally {
      await server().control?.thaw();
    }
    await accepted(queue, 'after');
    const received = new Set<string>();
    await eventually('what was accepted is delivered', PATIENCE_MS, async () => {
      for (const { id } of await receive(queue, 10)) received.add(id);
      return received.has('before') && received.has('after');
    });
  });

  it('an SQS that is gone holds up nothing else, also when calls are repeated without a pause; one that comes back empty is used at once', async () => {
    const queue = await scene.open();
    await accepted(queue, 'before');
    await server().control?.kill();
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    for (let i = 0; i < 100; i++) {
      expect(codes(await queue.publish([job('during')]))[0]).to.be.oneOf(['unavailable', 'unknown_outcome']);
      await failsWith('unavailable', 'receive', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: LONG_MS }));
    }
    clearInterval(turning);
    expect(turns).to.be.greaterThan(0);
    expect((await queue.health()).healthy).to.equal(false);
    await server().control?.start();
    await eventually('jobs are accepted again', PATIENCE_MS, async () => codes(await queue.publish([job('after')]))[0] === 'accepted');
    expect((await receiveOne(queue)).id).to.equal('after');
  });
});
