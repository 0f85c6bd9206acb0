import assert from 'node:assert/strict';
import { DeleteQueueCommand, GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { mochaFrame, runWorkQueueConformance, spawnAdapter, testContext, type WorkQueueHarness } from '@cave/conformance';
import { describeOnServer, type ServerControl, type TestServer } from '@cave/test-servers';
import workQueue from '../src/work-queue.js';
import { sqsOptions, withSqs } from './support/sqs.js';

/** Time-outs in SQS are whole seconds. */
const TICK_MS = 1_000;
const PATIENCE_MS = 30_000;

const BAD: readonly (readonly [string, object])[] = [
  ['an access key without its secret', { 'secret-key': '' }],
  ['an endpoint that is no URL', { endpoint: 'sqs' }],
  ['no queue', { queue: '' }],
  ['a URL for a queue', { queue: 'https://sqs.eu-west-1.amazonaws.com/1/q' }],
  ['a FIFO queue', { queue: 'jobs.fifo' }],
  ['one queue for jobs and dead letters', { 'dead-letter-queue': 'bad' }],
  ['a long poll that SQS does not make', { 'long-poll-seconds': 21 }],
  ['no attempts', { 'max-attempts': 0 }],
  ['more attempts than SQS counts', { 'max-attempts': 1_001 }],
  ['messages larger than SQS takes', { 'max-message-bytes': 2_000_000 }],
  ['dead letters that are forgotten before jobs', { 'dead-letter-retention-days': 3 }],
];

const MOVED_LATE = 'SQS, fauxqs as well, gives a job up when somebody is about to receive it once more, and the case only looks at the dead letters; work-queue-endings.server.test.ts proves the same with somebody who receives.';

const FORGETS = 'fauxqs keeps queues and messages in memory and was seen to begin empty after a kill, where SQS keeps every message on several servers; work-queue-endings.server.test.ts proves what the adapter does meanwhile and afterwards.';

function harness(server: () => TestServer): WorkQueueHarness {
  const through = (): string => server().cuttable?.url ?? server().url;
  const control = (): ServerControl => server().control ?? assert.fail('The emulator is not ours to kill.');
  const urlOf = (name: string): Promise<string | undefined> => withSqs(server().url, (client) => client.send(new GetQueueUrlCommand({ QueueName: name })).then(({ QueueUrl }) => QueueUrl));
  return {
    name: 'sqs',
    capabilities: workQueue.capabilities,
    tickMs: TICK_MS,
    patienceMs: PATIENCE_MS,
    create: async (place, { maxAttempts }) => workQueue.create(sqsOptions(through(), place, { 'max-attempts': maxAttempts }), testContext()),
    remove: async (place) => {
      for (const name of [place, `${place}-dead`]) {
        const QueueUrl = await urlOf(name).catch(() => undefined); // a case that never started has none
        if (QueueUrl !== undefined) await withSqs(server().url, (client) => client.send(new DeleteQueueCommand({ QueueUrl })));
      }
    },
    spawnProcess: (place, { maxAttempts }) => spawnAdapter(import.meta.resolve('../src/work-queue.js'), sqsOptions(server().url, place, { 'max-attempts': maxAttempts })),
    injectGarbage: (place) => withSqs(server().url, async (client) => void (await client.send(new SendMessageCommand({ QueueUrl: await urlOf(place), MessageBody: 'neither {json nor a job' })))),
    killBroker: () => control().kill(),
    restartBroker: () => control().start(),
    cutNetwork: async () => (await server().cuttable?.cut()) ?? (() => Promise.reject(new Error('There is no proxy.'))),
    differs: {
      'WQ-19': MOVED_LATE,
      'WQ-33': MOVED_LATE,
      'WQ-35': 'SQS does not tell a job that a nack has hidden from a leased one: another process counts it as leased. work-queue-endings.server.test.ts proves that it stays hidden, and then comes.',
    },
    testServerLies: {
      'WQ-37': FORGETS,
      'WQ-70': FORGETS,
    },
    badOptions: BAD.map(([title, changes]) => ({ title, attempt: () => workQueue.create({ ...sqsOptions('http://127.0.0.1:1', 'bad'), ...changes }, testContext()) })),
  };
}

describeOnServer('sns-sqs', 'SQS work queue', (server) => runWorkQueueConformance(mochaFrame(), harness(server)));
