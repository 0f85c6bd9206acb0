import { eventually, failsWith } from '@cave/conformance';
import { awsError, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { accepted, codes, job, LONG_MS, type LogLine, nothingComes, PATIENCE_MS, receiveOne, SqsScene, unique } from './support/sqs-scene.js';

describeOnServer('sns-sqs', 'SQS work queue: where its queues are, and how they are made', (server) => {
  const scene = new SqsScene(server);

  describe('its queues', () => {
    it('are made at start with redrive and retention, and left alone when they are there', async () => {
      const name = unique();
      await scene.open(name, { options: { 'max-attempts': 7, 'retention-days': 2, 'dead-letter-retention-days': 5 } });
      const { QueueArn: arn } = await scene.attributesOf(`${name}-dead`, 'QueueArn');
      const made = await scene.attributesOf(name, 'RedrivePolicy', 'MessageRetentionPeriod');
      expect(JSON.parse(made['RedrivePolicy'] ?? '')).to.deep.equal({ deadLetterTargetArn: arn, maxReceiveCount: 7 });
      expect(made['MessageRetentionPeriod']).to.equal(String(2 * 86_400));
      expect((await scene.attributesOf(`${name}-dead`, 'MessageRetentionPeriod'))['MessageRetentionPeriod']).to.equal(String(5 * 86_400));
      await scene.open(name, { options: { 'max-attempts': 3 } });
      expect(scene.count('CreateQueue')).to.equal(2, 'for the first one only');
      expect(scene.count('SetQueueAttributes')).to.equal(0);
    });

    it('are made also where SQS does not know at once what it has just made', async () => {
      let looks = 0;
      scene.on('GetQueueAttributes', (call, pass) => (++looks === 1 ? awsError(call, 'QueueDoesNotExist') : pass()));
      await accepted(await scene.open(), 'a');
      expect(looks).to.equal(2);
    });

    it('are asked for only what each service needs', async () => {
      const name = unique();
      await scene.open(name);
      scene.forget();
      const publisher = await scene.open(name);
      await accepted(publisher, 'a');
      expect(await publisher.health()).to.deep.equal({ healthy: true });
      expect(scene.actions).to.deep.equal(['GetQueueUrl', 'SendMessageBatch', 'GetQueueUrl']);
      scene.forget();
      const receiver = await scene.open(name);
      const one = await receiveOne(receiver);
      await receiver.extend([one.lease], LONG_MS);
      await receiver.ack([one.lease]);
      expect(scene.actions).to.deep.equal(['GetQueueUrl', 'GetQueueUrl', 'GetQueueAttributes', 'ReceiveMessage', 'ChangeMessageVisibilityBatch', 'DeleteMessageBatch']);
    });

    it('serve whoever may neither make them nor ask how they are set', async () => {
      const name = unique();
      await scene.open(name);
      scene.deny('CreateQueue', 'GetQueueAttributes', 'SetQueueAttributes');
      const lines: LogLine[] = [];
      const queue = await scene.open(name, { lines });
      await accepted(queue, 'a');
      expect(await queue.ack([(await receiveOne(queue)).lease])).to.deep.equal(['ok']);
      expect(lines.map(({ level, event }) => `${level} ${event}`)).to.deep.equal(['info work_queue_not_checked']);
    });

    it('that are missing and may not be made are named, with what to do', async () => {
      scene.deny('CreateQueue');
      const name = unique();
      const error = await failsWith('configuration', 'start', () => scene.create(name).start());
      expect(error.message).to.include(`"${name}-dead"`).and.include('sqs:CreateQueue');
    });

    it('that were made by hand are used as they are, and what differs is said in one line each', async () => {
      const name = unique();
      await scene.make(`${name}-by-hand`, {});
      const { QueueArn: arn = '' } = await scene.attributesOf(`${name}-by-hand`, 'QueueArn');
      await scene.make(name, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 2 }), MaximumMessageSize: '1024', VisibilityTimeout: '1', DelaySeconds: '900' });
      const lines: LogLine[] = [];
      const queue = await scene.open(name, { lines });
      await accepted(queue, 'a');
      const one = await receiveOne(queue);
      expect(one.id).to.equal('a', 'the delay of the queue is not for jobs');
      await queue.ack([one.lease]);
      const said = lines.filter(({ event }) => event === 'work_queue_differs').map(({ level, fields }) => `${level} ${String(fields['difference'])}`);
      expect(said.length).to.equal(3);
      expect(said[0]).to.include('warn').and.include(`"${name}-by-hand"`).and.include('work-queue.dead-letter-queue');
      expect(said[1]).to.include('after 2 deliveries').and.include('work-queue.max-attempts is 3');
      expect(said[2]).to.include('1024 bytes').and.include('work-queue.max-message-bytes');
      const [large] = await queue.publish([{ id: 'large', body: Buffer.alloc(2_000) }]);
      expect(codes(large === undefined ? [] : [large])).to.deep.equal(['too_large']);
      expect(scene.count('SetQueueAttributes')).to.equal(0);
    });

    it('without a redrive policy: whoever receives a job beyond its last attempt puts it aside', async () => {
      const name = unique();
      await scene.make(name, {});
      const lines: LogLine[] = [];
      const queue = await scene.open(name, { options: { 'max-attempts': 1, 'long-poll-seconds': 1 }, lines });
      await accepted(queue, 'a');
      await receiveOne(queue, 1_000);
      await eventually('the job is dead', PATIENCE_MS, async () => {
        await nothingComes(queue);
        return (await queue.depth()).dead === 1;
      });
      const [dead] = await queue.deadLetters(10);
      expect([dead?.id, dead?.attempts, dead?.reason]).to.deep.equal(['a', 1, 'The lease of its last attempt expired.']);
      expect(lines.map(({ event }) => event)).to.include('work_queue_job_dead').and.not.include('work_queue_differs');
    });

    it('that are deleted under a running service are made again, and the calls that met it say so', async () => {
      const name = unique();
      const queue = await scene.open(name);
      await accepted(queue, 'a');
      await scene.remove(name);
      await scene.remove(`${name}-dead`);
      const [result] = await queue.publish([job('b')]);
      expect(result?.status === 'failed' ? [result.error.code, result.error.message.includes(`"${name}" does not exist any more`)] : []).to.deep.equal(['unavailable', true]);
      await accepted(queue, 'c');
      expect((await receiveOne(queue)).id).to.equal('c');
      await scene.remove(name);
      expect((await queue.health()).healthy).to.equal(false);
      await failsWith('unavailable', 'receive', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: LONG_MS }));
      await nothingComes(queue);
      expect(await queue.health()).to.deep.equal({ healthy: true });
    });

    it('that are deleted under a service that may not make them: it says so, and goes on once they are there', async () => {
      const name = unique();
      const queue = await scene.open(name);
      await scene.remove(name);
      const allow = scene.deny('CreateQueue');
      await queue.publish([job('a')]);
      const [refused] = await queue.publish([job('b')]);
      expect(refused?.status === 'failed' ? [refused.error.code, refused.error.message.includes('sqs:CreateQueue')] : []).to.deep.equal(['unavailable', true]);
      allow();
      await scene.open(name);
      await accepted(queue, 'c');
    });

    it('that were deleted a moment ago cannot be made again yet: when they can is said', async () => {
      scene.on('CreateQueue', (call) => awsError(call, 'QueueDeletedRecently'));
      const error = await failsWith('unavailable', 'start', () => scene.create(unique()).start());
      expect(error.retryAfterMs).to.equal(60_000);
    });
  });

  it('credentials that AWS does not know are named at start', async () => {
    scene.on('GetQueueUrl', (call) => awsError(call, 'InvalidClientTokenId', 403));
    const error = await failsWith('configuration', 'start', () => scene.create(unique()).start());
    expect(error.message).to.include('access-key').and.include('secret-key');
  });
});
