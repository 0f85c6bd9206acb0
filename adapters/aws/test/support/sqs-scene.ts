import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { randomBytes } from 'node:crypto';
import { systemClock, testContext, within } from '@cave/conformance';
import type { Clock, Job, JobPublishResult, LeasedJob, Logger, WorkQueue } from '@cave/core';
import { AwsGateway, awsError, type AwsAnswer, type AwsCall, type TestServer } from '@cave/test-servers';
import { expect } from 'chai';
import type { SqsWorkQueueOptions } from '../../src/work-queue-options.js';
import workQueue from '../../src/work-queue.js';
import { sqsOptions, withSqs } from './sqs.js';

export const LONG_MS = 600_000;
export const PATIENCE_MS = 15_000;

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Means {
  readonly options?: Partial<SqsWorkQueueOptions>;
  readonly clock?: Clock;
  /** Where what is logged goes. */
  readonly lines?: LogLine[];
}

interface BatchCall {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string }[];
}

type Answer = (call: AwsCall, pass: (input?: object) => Promise<AwsAnswer>) => Promise<AwsAnswer | null> | AwsAnswer | null;
type Undo = () => void;
type Attributes = Partial<Record<QueueAttributeName, string>>;

/** A clock that can be moved on. */
export class MovableClock implements Clock {
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

/** Work queues on an SQS whose every call is noted, and can be answered otherwise. */
export class SqsScene {
  #gateway: AwsGateway | null = null;
  readonly #opened: WorkQueue[] = [];

  /** To be created in a suite: each of its tests has a gateway of its own. */
  constructor(private readonly server: () => TestServer) {
    beforeEach(async () => {
      this.#gateway = await AwsGateway.start({ sqs: server().url });
    });
    afterEach(async () => {
      await Promise.all(this.#opened.splice(0).map((queue) => queue.close(AbortSignal.abort())));
      await this.gateway.close();
    });
  }

  get gateway(): AwsGateway {
    return this.#gateway ?? expect.fail('The gateway is not running yet.');
  }

  get actions(): readonly string[] {
    return this.gateway.calls.map(({ action }) => action);
  }

  count(action: string): number {
    return this.actions.filter((one) => one === action).length;
  }

  /** Forgets what was noted. */
  forget(): void {
    this.gateway.calls.length = 0;
  }

  /** How long SQS was told to hide messages, in seconds, one for each entry. */
  get hidden(): readonly (number | undefined)[] {
    const calls = this.gateway.calls.filter(({ action }) => action === 'ChangeMessageVisibilityBatch');
    return calls.flatMap(({ input }) => (input['Entries'] as readonly { readonly VisibilityTimeout?: number }[]).map(({ VisibilityTimeout: seconds }) => seconds));
  }

  create(name: string, { options = {}, clock, lines }: Means = {}): WorkQueue {
    const context = testContext(clock);
    const queue = workQueue.create(sqsOptions(this.gateway.url, name, options), lines === undefined ? context : { ...context, logger: loggerInto(lines) });
    this.#opened.push(queue);
    return queue;
  }

  async open(name: string = unique(), means: Means = {}): Promise<WorkQueue> {
    const queue = this.create(name, means);
    await queue.start();
    return queue;
  }

  /** Answers in SQS's stead. */
  on(action: string, answer: Answer): Undo {
    return this.gateway.handle(async (call, pass) => (call.action === action ? answer(call, pass) : pass()));
  }

  /** As a policy does that lacks these actions. */
  deny(...denied: readonly string[]): Undo {
    return this.gateway.handle(async (call, pass) => (denied.includes(call.action) ? awsError(call, 'AccessDeniedException', 403, `User is not authorized to perform: sqs:${call.action}`) : pass()));
  }

  /** Lets the call through but for one entry, of which it says that it failed so; null: it says nothing of it. */
  failEntry(action: string, index: number, failure: { readonly Code: string; readonly SenderFault: boolean } | null): Undo {
    return this.on(action, async ({ input }, pass) => {
      const { QueueUrl, Entries } = input as unknown as BatchCall;
      const answer = JSON.parse((await pass({ QueueUrl, Entries: Entries.filter(({ Id }) => Id !== String(index)) })).body.toString()) as { Successful?: object[]; Failed?: object[] };
      return json({ Successful: answer.Successful ?? [], Failed: [...(answer.Failed ?? []), ...(failure === null ? [] : [{ Id: String(index), Message: 'injected', ...failure }])] });
    });
  }

  /** The calls arrive, and their answers get lost. */
  loseAnswers(...actions: readonly string[]): Undo {
    return this.gateway.handle(async ({ action }, pass) => {
      const answer = await pass();
      return actions.includes(action) ? null : answer;
    });
  }

  attributesOf(name: string, ...names: QueueAttributeName[]): Promise<Readonly<Record<string, string>>> {
    return withSqs(this.server().url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      return (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names }))).Attributes ?? {};
    });
  }

  /** By hand. Addressed as the adapter does: the emulator makes a queue's URL of the address by which it was made. */
  async make(name: string, attributes: Attributes): Promise<void> {
    await withSqs(this.gateway.url, (client) => client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes })));
  }

  async remove(name: string): Promise<void> {
    await withSqs(this.server().url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      await client.send(new DeleteQueueCommand({ QueueUrl }));
    });
  }

  /** Somebody else's message. */
  async put(name: string, text: string): Promise<void> {
    await withSqs(this.server().url, async (client) => {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: text }));
    });
  }
}

export const unique = (): string => `q-${randomBytes(5).toString('hex')}`;
export const job = (id: string): Job => ({ id, body: Buffer.from(id) });
export const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `j-${String(i)}`);
export const codes = (results: readonly JobPublishResult[]): string[] => results.map((result) => (result.status === 'failed' ? result.error.code : result.status));
export const leasesOf = (jobs: readonly LeasedJob[]): readonly string[] => jobs.map(({ lease }) => lease);
export const idsOf = (jobs: readonly Job[]): readonly string[] => jobs.map(({ id }) => id);

export async function accepted(queue: WorkQueue, ...ids: readonly string[]): Promise<void> {
  expect(codes(await queue.publish(ids.map(job)))).to.deep.equal(ids.map(() => 'accepted'));
}

export function receive(queue: WorkQueue, maxJobs: number, leaseMs = LONG_MS): Promise<readonly LeasedJob[]> {
  return within('a receive', PATIENCE_MS, queue.receive({ maxJobs, waitMs: 5_000, leaseMs }));
}

export async function receiveOne(queue: WorkQueue, leaseMs = LONG_MS): Promise<LeasedJob> {
  const [one] = await receive(queue, 1, leaseMs);
  return one ?? expect.fail('No job came.');
}

export async function nothingComes(queue: WorkQueue, leaseMs = LONG_MS): Promise<void> {
  expect(await queue.receive({ maxJobs: 10, waitMs: 1_000, leaseMs })).to.deep.equal([]);
}

export function json(value: object): AwsAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(value)) };
}

function loggerInto(lines: LogLine[]): Logger {
  const at =
    (level: string) =>
    (event: string, fields: LogLine['fields'] = {}): void =>
      void lines.push({ level, event, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return logger;
}
