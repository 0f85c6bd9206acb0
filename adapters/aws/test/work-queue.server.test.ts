import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { randomBytes } from 'node:crypto';
import { eventually, failsWith, systemClock, testContext, within } from '@cave/conformance';
import type { Clock, JobPublishResult, LeasedJob, Logger, WorkQueue } from '@cave/core';
import { AwsGateway, awsError, describeOnServer, type AwsAnswer, type AwsCall } from '@cave/test-servers';
import { expect } from 'chai';
import type { SqsWorkQueueOptions } from '../src/work-queue-options.js';
import workQueue from '../src/work-queue.js';
import { sqsOptions, withSqs } from './support/sqs.js';

const LONG_MS = 600_000;
const PATIENCE_MS = 15_000;
const HOUR_MS = 3_600_000;

interface BatchCall {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string }[];
}

/** A clock that can be moved on. */
class MovableClock implements Clock {
  #aheadMs = 0;
  advance(ms: number): void {
    this.#aheadMs += ms;
  }
  nowMs(): number {
    return systemClock.nowMs();
  }
  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }
}

interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function loggerInto(lines: LogLine[]): Logger {
  const at = (level: string) => (event: string, fields: Readonly<Record<string, unknown>> = {}) => void lines.push({ level, event, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return logger;
}

describeOnServer('sns-sqs', 'SQS work queue: what only SQS does', (server) => {
  let gateway: AwsGateway;
  const opened: WorkQueue[] = [];
  beforeEach(async () => {
    gateway = await AwsGateway.start({ sqs: server().url });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close(AbortSignal.abort())));
    await gateway.close();
  });

  const unique = (): string => `q-${randomBytes(5).toString('hex')}`;
  interface Means {
    readonly options?: Partial<SqsWorkQueueOptions>;
    readonly clock?: Clock;
    readonly lines?: LogLine[];
  }
  const create = (name: string, { options = {}, clock, lines }: Means = {}): WorkQueue => {
    const context = testContext(clock);
    const queue = workQueue.create(sqsOptions(gateway.url, name, options), lines === undefined ? context : { ...context, logger: loggerInto(lines) });
    opened.push(queue);
    return queue;
  };
  const open = async (name: string, means: Means = {}): Promise<WorkQueue> => {
    const queue = create(name, means);
    await queue.start();
    return queue;
  };
  const job = (id: string): { id: string; body: Buffer } => ({ id, body: Buffer.from(id) });
  const accepted = async (queue: WorkQueue, ...ids: string[]): Promise<void> => void expect((await queue.publish(ids.map(job))).map(({ status }) => status)).to.deep.equal(ids.map(() => 'accepted'));
  const receive = (queue: WorkQueue, maxJobs = 1, leaseMs = LONG_MS): Promise<readonly LeasedJob[]> => within('a receive', PATIENCE_MS, queue.receive({ maxJobs, waitMs: 5_000, leaseMs }));
  const receiveOne = async (queue: WorkQueue, leaseMs = LONG_MS): Promise<LeasedJob> => {
    const [one] = await receive(queue, 1, leaseMs);
    if (one === undefined) throw new Error('No job came.');
    return one;
  };
  const nothing = async (queue: WorkQueue): Promise<void> => void expect(await queue.receive({ maxJobs: 10, waitMs: 1_000, leaseMs: LONG_MS })).to.deep.equal([]);
  const codes = (results: readonly JobPublishResult[]): string[] => results.map((result) => (result.status === 'failed' ? result.error.code : result.status));
  const actions = (): string[] => gateway.calls.map(({ action }) => action);
  const count = (action: string): number => actions().filter((one) => one === action).length;
  /** Answers in SQS's stead, or lets the call through where `answer` says nothing. */
  const on = (action: string, answer: (call: AwsCall, pass: (input?: object) => Promise<AwsAnswer>) => Promise<AwsAnswer | null> | AwsAnswer | null): (() => void) =>
    gateway.handle(async (call, pass) => (call.action === action ? answer(call, pass) : pass()));
  const deny = (...denied: string[]): (() => void) => gateway.handle(async (call, pass) => (denied.includes(call.action) ? awsError(call, 'AccessDeniedException', 403, `User is not authorized to perform: sqs:${call.action}`) : pass()));
  const json = (value: object): AwsAnswer => ({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(value)) });
  /** Lets the call through but for one entry, of which it says that it failed so. */
  const failEntry = (action: string, index: number, failure: { readonly Code: string; readonly SenderFault: boolean } | null): (() => void) =>
    on(action, async ({ input }, pass) => {
      const { QueueUrl, Entries } = input as unknown as BatchCall;
      const answer = JSON.parse((await pass({ QueueUrl, Entries: Entries.filter(({ Id }) => Id !== String(index)) })).body.toString()) as { Successful?: object[]; Failed?: object[] };
      return json({ Successful: answer.Successful ?? [], Failed: [...(answer.Failed ?? []), ...(failure === null ? [] : [{ Id: String(index), Message: 'injected', ...failure }])] });
    });
  const attributesOf = (name: string, ...names: QueueAttributeName[]): Promise<Readonly<Record<string, string>>> =>
    withSqs(server().url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      return (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names }))).Attributes ?? {};
    });
  const remove = (name: string): Promise<void> =>
    withSqs(server().url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      await client.send(new DeleteQueueCommand({ QueueUrl }));
    });
  const make = (name: string, Attributes: Partial<Record<QueueAttributeName, string>>): Promise<unknown> => withSqs(gateway.url, (client) => client.send(new CreateQueueCommand({ QueueName: name, Attributes })));

  describe('its queues', () => {
    it('are made at start with redrive and retention, and left alone when they are there', async () => {
      const name = unique();
      await open(name, { options: { 'max-attempts': 7, 'retention-days': 2, 'dead-letter-retention-days': 5 } });
      const { QueueArn: arn } = await attributesOf(`${name}-dead`, 'QueueArn');
      const made = await attributesOf(name, 'RedrivePolicy', 'MessageRetentionPeriod');
      expect(JSON.parse(made['RedrivePolicy'] ?? '')).to.deep.equal({ deadLetterTargetArn: arn, maxReceiveCount: 7 });
      expect(made['MessageRetentionPeriod']).to.equal(String(2 * 86_400));
      expect((await attributesOf(`${name}-dead`, 'MessageRetentionPeriod'))['MessageRetentionPeriod']).to.equal(String(5 * 86_400));
      await open(name, { options: { 'max-attempts': 3 } });
      expect(count('CreateQueue')).to.equal(2, 'for the first one only');
      expect(count('SetQueueAttributes')).to.equal(0);
    });

    it('are asked for only what each service needs', async () => {
      const name = unique();
      await open(name);
      gateway.calls.length = 0;
      const publisher = await open(name);
      await accepted(publisher, 'a');
      expect(await publisher.health()).to.deep.equal({ healthy: true });
      expect(actions()).to.deep.equal(['GetQueueUrl', 'SendMessageBatch', 'GetQueueUrl']);
      gateway.calls.length = 0;
      const receiver = await open(name);
      const one = await receiveOne(receiver);
      await receiver.extend([one.lease], LONG_MS);
      await receiver.ack([one.lease]);
      expect(actions()).to.deep.equal(['GetQueueUrl', 'GetQueueUrl', 'GetQueueAttributes', 'ReceiveMessage', 'ChangeMessageVisibilityBatch', 'DeleteMessageBatch']);
    });

    it('serve whoever may neither make them nor ask how they are set', async () => {
      const name = unique();
      await open(name);
      deny('CreateQueue', 'GetQueueAttributes', 'SetQueueAttributes');
      const lines: LogLine[] = [];
      const queue = await open(name, { lines });
      await accepted(queue, 'a');
      expect(await queue.ack([(await receiveOne(queue)).lease])).to.deep.equal(['ok']);
      expect(lines.map(({ level, event }) => `${level} ${event}`)).to.deep.equal(['info work_queue_not_checked']);
    });

    it('that are missing and may not be made are named, with what to do', async () => {
      deny('CreateQueue');
      const name = unique();
      const error = await failsWith('configuration', 'start', () => create(name).start());
      expect(error.message).to.include(`"${name}-dead"`).and.include('sqs:CreateQueue');
    });

    it('that were made by hand are used as they are, and what differs is said in one line each', async () => {
      const name = unique();
      await make(`${name}-by-hand`, {});
      const { QueueArn: arn = '' } = await attributesOf(`${name}-by-hand`, 'QueueArn');
      await make(name, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 2 }), MaximumMessageSize: '1024', VisibilityTimeout: '1', DelaySeconds: '900' });
      const lines: LogLine[] = [];
      const queue = await open(name, { lines });
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
      expect(count('SetQueueAttributes')).to.equal(0);
    });

    it('without a redrive policy: whoever receives a job beyond its last attempt puts it aside', async () => {
      const name = unique();
      await make(name, {});
      const lines: LogLine[] = [];
      const queue = await open(name, { options: { 'max-attempts': 1, 'long-poll-seconds': 1 }, lines });
      await accepted(queue, 'a');
      await receiveOne(queue, 1_000);
      await eventually('the job is dead', PATIENCE_MS, async () => {
        await nothing(queue);
        return (await queue.depth()).dead === 1;
      });
      const [dead] = await queue.deadLetters(10);
      expect([dead?.id, dead?.attempts, dead?.reason]).to.deep.equal(['a', 1, 'The lease of its last attempt expired.']);
      expect(lines.map(({ event }) => event)).to.include('work_queue_job_dead').and.not.include('work_queue_differs');
    });

    it('that are deleted under a running service are made again, and the calls that met it say so', async () => {
      const name = unique();
      const queue = await open(name);
      await accepted(queue, 'a');
      await remove(name);
      await remove(`${name}-dead`);
      const [result] = await queue.publish([job('b')]);
      expect(result?.status === 'failed' ? [result.error.code, result.error.message.includes(`"${name}" does not exist any more`)] : []).to.deep.equal(['unavailable', true]);
      await accepted(queue, 'c');
      expect((await receiveOne(queue)).id).to.equal('c');
      await remove(name);
      expect((await queue.health()).healthy).to.equal(false);
      await failsWith('unavailable', 'receive', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: LONG_MS }));
      await nothing(queue);
      expect(await queue.health()).to.deep.equal({ healthy: true });
    });

    it('that are deleted under a service that may not make them: it says so, and goes on once they are there', async () => {
      const name = unique();
      const queue = await open(name);
      await remove(name);
      const allow = deny('CreateQueue');
      await queue.publish([job('a')]);
      const [refused] = await queue.publish([job('b')]);
      expect(refused?.status === 'failed' ? [refused.error.code, refused.error.message.includes('sqs:CreateQueue')] : []).to.deep.equal(['unavailable', true]);
      allow();
      await open(name);
      await accepted(queue, 'c');
    });

    it('that were deleted a moment ago cannot be made again yet: when they can is said', async () => {
      on('CreateQueue', (call) => awsError(call, 'QueueDeletedRecently'));
      const error = await failsWith('unavailable', 'start', () => create(unique()).start());
      expect(error.retryAfterMs).to.equal(60_000);
    });
  });

  it('credentials that AWS does not know are named at start', async () => {
    on('GetQueueUrl', (call) => awsError(call, 'InvalidClientTokenId', 403));
    const error = await failsWith('configuration', 'start', () => create(unique()).start());
    expect(error.message).to.include('access-key').and.include('secret-key');
  });

  describe('publish', () => {
    it('tells of each job what SQS told of it', async () => {
      const queue = await open(unique());
      for (const [failure, code] of [
        [{ Code: 'RequestThrottled', SenderFault: true }, 'resource_exhausted'],
        [{ Code: 'InternalError', SenderFault: false }, 'unavailable'],
        [{ Code: 'KmsAccessDenied', SenderFault: true }, 'forbidden'],
        [{ Code: 'InvalidMessageContents', SenderFault: true }, 'invalid_argument'],
        [null, 'unknown_outcome'],
      ] as const) {
        const end = failEntry('SendMessageBatch', 1, failure);
        expect(codes(await queue.publish(['a', 'b', 'c'].map(job)))).to.deep.equal(['accepted', code, 'accepted']);
        end();
        expect((await receive(queue, 10)).map(({ id }) => id)).to.deep.equal(['a', 'c']);
      }
    });

    it('is not repeated when SQS pushes back, nor when its answer is lost', async () => {
      const queue = await open(unique());
      const end = on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
      expect(codes(await queue.publish([job('a')]))).to.deep.equal(['resource_exhausted']);
      end();
      const found = on('SendMessageBatch', async (_, pass) => {
        await pass();
        return null;
      });
      expect(codes(await queue.publish([job('b'), job('c')]))).to.deep.equal(['unknown_outcome', 'unknown_outcome']);
      found();
      expect(count('SendMessageBatch')).to.equal(2);
      expect((await receive(queue, 10)).map(({ id }) => id)).to.deep.equal(['b', 'c'], 'they had arrived');
    });

    it('goes out in calls of ten jobs and of so many bytes as SQS takes, and one that fails spares the others', async () => {
      const queue = await open(unique());
      let calls = 0;
      on('SendMessageBatch', (call, pass) => (++calls === 2 ? awsError(call, 'ServiceUnavailable', 503) : pass()));
      const results = codes(await queue.publish(Array.from({ length: 25 }, (_, i) => job(String(i)))));
      expect(calls).to.equal(3);
      expect(results.filter((code) => code === 'accepted').length).to.be.oneOf([15, 20]);
      expect(new Set(results)).to.deep.equal(new Set(['accepted', 'unknown_outcome']));
      calls = 2;
      await queue.publish(Array.from({ length: 3 }, (_, i) => ({ id: String(i), body: Buffer.alloc(90_000) })));
      expect(calls).to.equal(4);
    });
  });

  describe('receive', () => {
    it('hands out copies and disorder as they come: each has a lease of its own', async () => {
      const queue = await open(unique());
      const twice = on('SendMessageBatch', async (_, pass) => {
        await pass();
        return pass();
      });
      await accepted(queue, 'a', 'b', 'c');
      twice();
      on('ReceiveMessage', async (_, pass) => {
        const answer = JSON.parse((await pass()).body.toString()) as { readonly Messages?: readonly object[] };
        return json({ Messages: [...(answer.Messages ?? [])].reverse() });
      });
      const jobs = await receive(queue, 10);
      expect(jobs.map(({ id }) => id)).to.deep.equal(['c', 'b', 'a', 'c', 'b', 'a']);
      expect(new Set(jobs.map(({ lease }) => lease)).size).to.equal(6);
      expect(await queue.ack(jobs.map(({ lease }) => lease))).to.deep.equal(jobs.map(() => 'ok'));
    });

    it('asks for more while answers are full', async () => {
      const queue = await open(unique());
      await accepted(queue, ...Array.from({ length: 95 }, (_, i) => String(i)));
      gateway.calls.length = 0;
      const jobs = await receive(queue, 60);
      expect(jobs.length).to.equal(60);
      expect(new Set(jobs.map(({ id }) => id)).size).to.equal(60);
      expect(count('ReceiveMessage')).to.equal(6);
      expect((await receive(queue, 1_000)).length).to.equal(35);
    });

    it('that is pushed back says so; the jobs that had come before are handed out all the same', async () => {
      const queue = await open(unique());
      await accepted(queue, ...Array.from({ length: 15 }, (_, i) => String(i)));
      await receive(queue, 1);
      let calls = 0;
      const end = on('ReceiveMessage', (call, pass) => (++calls > 1 ? awsError(call, 'RequestThrottled') : pass()));
      expect((await receive(queue, 100)).length).to.equal(10);
      await failsWith('resource_exhausted', 'receive', () => receive(queue));
      end();
      expect((await receive(queue, 100)).length).to.equal(4);
    });

    it('does not ask without pause where SQS is not to hold requests', async () => {
      const queue = await open(unique(), { options: { 'long-poll-seconds': 0 } });
      expect(await queue.receive({ maxJobs: 1, waitMs: 2_200, leaseMs: LONG_MS })).to.deep.equal([]);
      expect(count('ReceiveMessage')).to.be.within(2, 4);
    });

    it('that is aborted: what its request still brings goes to one that waits already, with its own lease', async () => {
      const queue = await open(unique());
      await nothing(queue); // the queues are found
      const control = new AbortController();
      const aborted = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: 5_000 }, control.signal).catch(() => 'aborted');
      await eventually('the request is on its way', PATIENCE_MS, () => count('ReceiveMessage') === 2);
      control.abort();
      expect(await aborted).to.equal('aborted');
      const waiting = receiveOne(queue);
      await eventually('the other is on its way too', PATIENCE_MS, () => count('ReceiveMessage') === 3);
      await accepted(queue, 'a');
      const one = await waiting;
      expect([one.id, one.attempt]).to.deep.equal(['a', 1]);
      const hidden = gateway.calls.filter(({ action }) => action === 'ChangeMessageVisibilityBatch').map(({ input }) => (input['Entries'] as readonly { readonly VisibilityTimeout: number }[])[0]?.VisibilityTimeout);
      expect(hidden).to.deep.equal([LONG_MS / 1000]);
    });

    it('that is aborted: what its request still brings goes back to the queue when nobody asks, or the queue is closed', async () => {
      const name = unique();
      const [queue, other] = [await open(name, { options: { 'long-poll-seconds': 3, 'max-attempts': 10 } }), await open(name)];
      for (const [id, end] of [['nobody', () => Promise.resolve()], ['closed', () => within('close', PATIENCE_MS, queue.close())]] as const) {
        const before = count('ReceiveMessage');
        const control = new AbortController();
        const aborted = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: LONG_MS }, control.signal).catch(() => 'aborted');
        await eventually('the request is on its way', PATIENCE_MS, () => count('ReceiveMessage') === before + 1);
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

  describe('a lease', () => {
    it('that ran out by this process\'s clock is lost, and SQS is not asked', async () => {
      const clock = new MovableClock();
      const queue = await open(unique(), { clock });
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue, 60_000);
      clock.advance(60_000 + 5_000);
      gateway.calls.length = 0;
      expect(await queue.extend([lease], 60_000)).to.deep.equal(['lost']);
      expect(await queue.ack([lease])).to.deep.equal(['lost']);
      expect(await queue.nack([lease], { reason: 'late' })).to.deep.equal(['lost']);
      expect(actions()).to.deep.equal([]);
    });

    it('that runs out while SQS is asked is lost, whatever SQS says', async () => {
      const clock = new MovableClock();
      const queue = await open(unique(), { clock });
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue, 60_000);
      on('DeleteMessageBatch', async (_, pass) => {
        clock.advance(70_000);
        return pass();
      });
      expect(await queue.ack([lease])).to.deep.equal(['lost']);
    });

    it('lasts for as long as was asked, however long the request waited for the job', async () => {
      const clock = new MovableClock();
      const name = unique();
      const [queue, publisher] = [await open(name, { clock }), await open(name)];
      const waiting = queue.receive({ maxJobs: 1, waitMs: LONG_MS, leaseMs: 60_000 });
      await eventually('the request is on its way', PATIENCE_MS, () => count('ReceiveMessage') === 1);
      clock.advance(19_000); // as if SQS had held it
      await accepted(publisher, 'a');
      const [one] = await within('the receive', PATIENCE_MS, waiting);
      clock.advance(59_000);
      expect(await queue.ack([one?.lease ?? ''])).to.deep.equal(['ok']);
    });

    for (const Code of ['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'AWS.SimpleQueueService.MessageNotInflight']) {
      it(`whose receipt SQS calls old (${Code}) is lost, and its neighbours are not`, async () => {
        const queue = await open(unique());
        await accepted(queue, 'a', 'b', 'c');
        const leases = (await receive(queue, 3)).map(({ lease }) => lease);
        const ends = ['DeleteMessageBatch', 'ChangeMessageVisibilityBatch'].map((action) => failEntry(action, 1, { Code, SenderFault: true }));
        expect(await queue.extend(leases, LONG_MS)).to.deep.equal(['ok', 'lost', 'ok']);
        ends.forEach((end) => end());
        expect(await queue.ack(leases)).to.deep.equal(['ok', 'lost', 'ok']);
      });
    }

    it('of which SQS does not say that it is settled goes on; the others are settled', async () => {
      const queue = await open(unique());
      await accepted(queue, 'a', 'b', 'c');
      const leases = (await receive(queue, 3)).map(({ lease }) => lease);
      const end = failEntry('DeleteMessageBatch', 1, { Code: 'InternalError', SenderFault: false });
      await failsWith('unavailable', 'ack', () => queue.ack(leases));
      end();
      expect(await queue.ack(leases)).to.deep.equal(['lost', 'ok', 'lost']);
      expect(await queue.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    });

    it('goes on after an ack whose answer was lost, and is lost after such a nack', async () => {
      const queue = await open(unique());
      await accepted(queue, 'a', 'b');
      const [a, b] = await receive(queue, 2);
      const end = gateway.handle(async ({ action }, pass) => {
        const answer = await pass();
        return action === 'DeleteMessageBatch' || action === 'ChangeMessageVisibilityBatch' ? null : answer;
      });
      await failsWith('unknown_outcome', 'ack', () => queue.ack([a?.lease ?? '']));
      await failsWith('unknown_outcome', 'nack', () => queue.nack([b?.lease ?? ''], { reason: 'r' }));
      end();
      expect(await queue.ack([a?.lease ?? '', b?.lease ?? ''])).to.deep.equal(['ok', 'lost']);
      expect((await receiveOne(queue)).id).to.equal('b');
    });

    it('is acknowledged also while it is being extended', async () => {
      const queue = await open(unique());
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue);
      let pass: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => {
        on('ChangeMessageVisibilityBatch', async (_, go) => {
          resolve();
          await new Promise<void>((end) => (pass = end));
          return go();
        });
      });
      const extending = queue.extend([lease], LONG_MS);
      await asked;
      expect(await queue.ack([lease])).to.deep.equal(['ok']);
      pass();
      expect(await extending).to.deep.equal(['lost']);
    });

    it('that is named twice in one call is settled once', async () => {
      const queue = await open(unique());
      await accepted(queue, 'a', 'b');
      const [a, b] = await receive(queue, 2);
      const leases = [a?.lease ?? '', b?.lease ?? '', a?.lease ?? '', 'no lease'];
      expect(await queue.extend(leases, LONG_MS)).to.deep.equal(['ok', 'ok', 'lost', 'lost']);
      expect(await queue.ack(leases)).to.deep.equal(['ok', 'ok', 'lost', 'lost']);
    });

    it('is not extended beyond the twelve hours that SQS allows, and a delay is cut to what is left of them', async () => {
      const clock = new MovableClock();
      const queue = await open(unique(), { clock });
      await accepted(queue, 'a', 'b');
      const [a, b] = await receive(queue, 2, 11 * HOUR_MS);
      clock.advance(10 * HOUR_MS);
      expect(await queue.extend([a?.lease ?? ''], 3 * HOUR_MS)).to.deep.equal(['lost']);
      expect(count('ChangeMessageVisibilityBatch')).to.equal(0);
      expect(await queue.nack([b?.lease ?? ''], { delayMs: 3 * HOUR_MS, reason: 'later' })).to.deep.equal(['ok']);
      const [{ VisibilityTimeout: seconds = 0 } = {}] = (gateway.calls.at(-1)?.input['Entries'] ?? []) as readonly { readonly VisibilityTimeout?: number }[];
      expect(seconds).to.be.within(2 * 3_600 - 60, 2 * 3_600);
      await failsWith('invalid_argument', 'a delay of a day', () => queue.nack([], { delayMs: 24 * HOUR_MS, reason: 'later' }));
      await failsWith('invalid_argument', 'a lease of a day', () => queue.receive({ maxJobs: 1, waitMs: 0, leaseMs: 24 * HOUR_MS }));
    });

    it('and a delay of parts of a second are rounded up', async () => {
      const queue = await open(unique());
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue);
      await queue.extend([lease], 1_001);
      await queue.nack([lease], { delayMs: 1, reason: 'later' });
      const seconds = gateway.calls.filter(({ action }) => action === 'ChangeMessageVisibilityBatch').map(({ input }) => (input['Entries'] as readonly { readonly VisibilityTimeout: number }[])[0]?.VisibilityTimeout);
      expect(seconds).to.deep.equal([2, 1]);
    });
  });

  describe('a job that is given up', () => {
    it('after expiries is moved by SQS when somebody receives next', async () => {
      const queue = await open(unique(), { options: { 'max-attempts': 2, 'long-poll-seconds': 1 } });
      await accepted(queue, 'a');
      for (const attempt of [1, 2]) expect((await receiveOne(queue, 1_000)).attempt).to.equal(attempt);
      await eventually('the job is dead', PATIENCE_MS, async () => {
        await nothing(queue);
        return (await queue.depth()).dead === 1;
      });
      const [dead] = await queue.deadLetters(10);
      expect([dead?.id, dead?.attempts, Buffer.from(dead?.body ?? []).toString()]).to.deep.equal(['a', 2, 'a']);
      expect(dead?.reason).to.include('SQS moved');
      expect(count('SendMessageBatch')).to.equal(1, 'the publish: the adapter sent no copy');
    });

    it('at its last nack stays leased when the dead-letter queue cannot be had, and is not lost', async () => {
      const queue = await open(unique(), { options: { 'max-attempts': 1 } });
      await accepted(queue, 'a');
      const { lease } = await receiveOne(queue);
      const end = on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
      await failsWith('resource_exhausted', 'nack', () => queue.nack([lease], { reason: 'no' }));
      end();
      expect(count('DeleteMessageBatch')).to.equal(0);
      expect(await queue.nack([lease], { reason: 'no' })).to.deep.equal(['ok']);
      expect((await queue.deadLetters(10)).map(({ id, attempts, reason }) => [id, attempts, reason])).to.deep.equal([['a', 1, 'no']]);
    });

    it('is seen by every look: looking takes nothing away', async () => {
      const queue = await open(unique(), { options: { 'max-attempts': 1 } });
      const ids = Array.from({ length: 23 }, (_, i) => `j-${String(i)}`);
      await accepted(queue, ...ids);
      await queue.nack((await receive(queue, 23)).map(({ lease }) => lease), { reason: 'no' });
      for (const limit of [5, 15, 100]) expect((await queue.deadLetters(limit)).length).to.equal(Math.min(limit, 23));
      expect((await Promise.all([queue.deadLetters(100), queue.deadLetters(100)])).map((list) => list.map(({ id }) => id).sort())).to.deep.equal([[...ids].sort(), [...ids].sort()]);
      expect((await queue.depth()).dead).to.equal(23);
    });
  });

  it('what CAVE did not write is put aside as it is; where that fails it comes again when its time is over, and not before', async () => {
    const name = unique();
    const lines: LogLine[] = [];
    const queue = await open(name, { options: { 'long-poll-seconds': 1 }, lines });
    await withSqs(gateway.url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'garbage' }));
    });
    const end = on('SendMessageBatch', (call) => awsError(call, 'RequestThrottled'));
    expect(await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: 1_000 })).to.deep.equal([]);
    await eventually('the failure is told', PATIENCE_MS, () => lines.some(({ event }) => event === 'work_queue_dead_letter_failed'));
    expect(count('SendMessageBatch')).to.equal(1);
    end();
    await eventually('it is put aside', PATIENCE_MS, async () => {
      expect(await queue.receive({ maxJobs: 1, waitMs: 1_000, leaseMs: 1_000 })).to.deep.equal([]);
      return (await queue.depth()).dead === 1;
    });
    const [dead] = await queue.deadLetters(1);
    expect([Buffer.from(dead?.body ?? []).toString(), dead?.reason.includes('no job of CAVE')]).to.deep.equal(['garbage', true]);
  });

  it('a job that a nack has hidden stays hidden over a restart, where it counts as leased, and then comes', async () => {
    const name = unique();
    const first = await open(name);
    await accepted(first, 'a');
    const { lease } = await receiveOne(first);
    const from = performance.now();
    await first.nack([lease], { delayMs: 3_000, reason: 'later' });
    expect(await first.depth()).to.deep.equal({ ready: 0, leased: 0, delayed: 1, dead: 0 });
    await first.close();
    const second = await open(name);
    expect(await second.depth()).to.deep.equal({ ready: 0, leased: 1, delayed: 0, dead: 0 });
    const one = await receiveOne(second);
    expect([one.id, one.attempt]).to.deep.equal(['a', 2]);
    expect(performance.now() - from).to.be.at.least(3_000 - 5);
  });

  it('a job at its last attempt that a closing queue holds is dead, and told why', async () => {
    const name = unique();
    const queue = await open(name, { options: { 'max-attempts': 1 } });
    await accepted(queue, 'a');
    await receiveOne(queue);
    await queue.close();
    const [dead] = await (await open(name)).deadLetters(10);
    expect([dead?.id, dead?.reason]).to.deep.equal(['a', 'The queue was closed while it held the job.']);
  });

  it('a frozen SQS: calls end within their time-out, what was sent is unknown, health says so, and it serves again afterwards', async () => {
    const queue = await open(unique(), { options: { 'request-timeout-ms': 1_000, 'connection-timeout-ms': 500 } });
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
    const queue = await open(unique());
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
