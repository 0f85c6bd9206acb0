import { eventually, failsWith, within } from '@cave/conformance';
import { awsError, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { accepted, codes, idsOf, job, json, leasesOf, LONG_MS, nothingComes, numbered, PATIENCE_MS, receive, receiveOne, SqsScene, unique } from './support/sqs-scene.js';

describeOnServer('sns-sqs', 'SQS work queue: publishing and receiving', (server) => {
  const scene = new SqsScene(server);

  describe('publish', () => {
    it('tells of each job what SQS told of it', async () => {
      const queue = await scene.open();
      for (const [failure, code] of [
        [{ Code: 'RequestThrottled', SenderFault: true }, 'resource_exhausted'],
        [{ Code: 'InternalError', SenderFault: false }, 'unavailable'],
        [{ Code: 'KmsAccessDenied', SenderFault: true }, 'forbidden'],
        [{ Code: 'InvalidMessageContents', SenderFault: true }, 'invalid_argument'],
        [null, 'unknown_outcome'],
      ] as const) {
        const end = scene.failEntry('SendMessageBatch', 1, failure);
        expect(codes(await queue.publish(['a', 'b', 'c'].map(job)))).to.deep.equal(['accepted', code, 'accepted']);
        end();
        expect(idsOf(await receive(queue, 10))).to.deep.equal(['a', 'c']);
      }
    });

    it('is not repeated when SQS pushes back, nor when its answer is lost', async () => {
      const queue = await scene.open();
      const end = scene.on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
      expect(codes(await queue.publish([job('a')]))).to.deep.equal(['resource_exhausted']);
      end();
      const found = scene.loseAnswers('SendMessageBatch');
      expect(codes(await queue.publish([job('b'), job('c')]))).to.deep.equal(['unknown_outcome', 'unknown_outcome']);
      found();
      expect(scene.count('SendMessageBatch')).to.equal(2);
      expect(idsOf(await receive(queue, 10))).to.deep.equal(['b', 'c'], 'they had arrived');
    });

    it('goes out in calls of ten jobs and of so many bytes as SQS takes, and one that fails spares the others', async () => {
      const queue = await scene.open();
      let calls = 0;
      scene.on('SendMessageBatch', (call, pass) => (++calls === 2 ? awsError(call, 'ServiceUnavailable', 503) : pass()));
      const results = codes(await queue.publish(numbered(25).map(job)));
      expect(calls).to.equal(3);
      expect(results.filter((code) => code === 'accepted').length).to.be.oneOf([15, 20]);
      expect(new Set(results)).to.deep.equal(new Set(['accepted', 'unknown_outcome']));
      calls = 2;
      await queue.publish(Array.from({ length: 3 }, (_, i) => ({ id: String(i), body: Buffer.alloc(90_000) })));
      expect(calls).to.equal(4);
    });
  });

  it('a publish whose signal fires settles at once, and what was not sent by then is not sent', async () => {
    const queue = await scene.open();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    const control = new AbortController();
    scene.on('SendMessageBatch', () => new Promise(() => undefined)); // SQS that never answers
    const publishing = queue.publish(numbered(1_000).map(job), control.signal);
    await eventually('some are on their way', PATIENCE_MS, () => scene.count('SendMessageBatch') >= 20);
    const sent = scene.count('SendMessageBatch');
    control.abort();
    await failsWith('aborted', 'publish', () => within('the publish', PATIENCE_MS, publishing));
    await within('close', PATIENCE_MS, queue.close());
    expect(scene.count('SendMessageBatch')).to.be.within(sent, 24, 'of a hundred');
    process.off('warning', onWarning);
    expect(warnings).to.deep.equal([]);
  });

  describe('receive', () => {
    it('hands out copies and disorder as they come: each has a lease of its own', async () => {
      const queue = await scene.open();
      const twice = scene.on('SendMessageBatch', async (_, pass) => {
        await pass();
        return pass();
      });
      await accepted(queue, 'a', 'b', 'c');
      twice();
      scene.on('ReceiveMessage', async (_, pass) => {
        const answer = JSON.parse((await pass()).body.toString()) as { readonly Messages?: readonly object[] };
        return json({ Messages: [...(answer.Messages ?? [])].reverse() });
      });
      const jobs = await receive(queue, 10);
      expect(idsOf(jobs)).to.deep.equal(['c', 'b', 'a', 'c', 'b', 'a']);
      expect(new Set(leasesOf(jobs)).size).to.equal(6);
      expect(await queue.ack(leasesOf(jobs))).to.deep.equal(jobs.map(() => 'ok'));
    });

    it('asks for more while answers are full', async () => {
      const queue = await scene.open();
      await accepted(queue, ...numbered(95));
      scene.forget();
      const jobs = await receive(queue, 60);
      expect(jobs.length).to.equal(60);
      expect(new Set(idsOf(jobs)).size).to.equal(60);
      expect(scene.count('ReceiveMessage')).to.equal(6);
      expect((await receive(queue, 1_000)).length).to.equal(35);
    });

    it('that is pushed back says so; the jobs that had come before are handed out all the same', async () => {
      const queue = await scene.open();
      await accepted(queue, ...numbered(15));
      await receive(queue, 1);
      let calls = 0;
      const end = scene.on('ReceiveMessage', (call, pass) => (++calls > 1 ? awsError(call, 'RequestThrottled') : pass()));
      expect((await receive(queue, 100)).length).to.equal(10);
      await failsWith('resource_exhausted', 'receive', () => receive(queue, 1));
      end();
      expect((await receive(queue, 100)).length).to.equal(4);
    });

    it('does not ask without pause where SQS is not to hold requests', async () => {
      const queue = await scene.open(unique(), { options: { 'long-poll-seconds': 0 } });
      expect(await queue.receive({ maxJobs: 1, waitMs: 2_200, leaseMs: LONG_MS })).to.deep.equal([]);
      expect(scene.count('ReceiveMessage')).to.be.within(2, 4);
    });

    it('that is aborted: what its request still brings goes to one that waits already, with its own lease', async () => {
      const queue = await scene.open();
      await nothingComes(queue); // the queues are found
      const control = new AbortController();
      const aborted = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: 5_000 }, control.signal).catch(() => 'aborted');
      await eventually('the request is on its way', PATIENCE_MS, () => scene.count('ReceiveMessage') === 2);
      control.abort();
      expect(await aborted).to.equal('aborted');
      const waiting = receiveOne(queue);
      await eventually('the other is on its way too', PATIENCE_MS, () => scene.count('ReceiveMessage') === 3);
      await accepted(queue, 'a');
      const one = await waiting;
      expect([one.id, one.attempt]).to.deep.equal(['a', 1]);
      expect(scene.hidden).to.deep.equal([LONG_MS / 1000]);
    });

    it('that is aborted: what its request still brings goes back to the queue when nobody asks, or the queue is closed', async () => {
      const name = unique();
      const [queue, other] = [await scene.open(name, { options: { 'long-poll-seconds': 3, 'max-attempts': 10 } }), await scene.open(name)];
      for (const [id, end] of [['nobody', () => Promise.resolve()], ['closed', () => within('close', PATIENCE_MS, queue.close())]] as const) {
        const before = scene.count('ReceiveMessage');
        const control = new AbortController();
        const aborted = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: LONG_MS }, control.signal).catch(() => 'aborted');
        await eventually('the request is on its way', PATIENCE_MS, () => scene.count('ReceiveMessage') === before + 1);
        control.abort();
        expect(await aborted).to.equal('aborted');
        const ending = end();
        await accepted(other, id);
        await ending;
        const one = await receiveOne(other);
        expect([one.id, one.attempt]).to.deep.equal([id, 2], 'SQS counted the delivery');
        await other.ack([one.lease]);
      }
    });
  });
});
