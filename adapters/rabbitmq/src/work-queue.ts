import { setImmediate } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import {
  Background,
  CaveError,
  defineAdapter,
  Gate,
  pause,
  throwIfAborted,
  unlessAborted,
  type AdapterContext,
  type DeadJob,
  type Health,
  type Job,
  type JobPublishResult,
  type LeasedJob,
  type QueueDepth,
  type ReceiveOptions,
  type WorkQueue,
  type WorkQueueCapabilities,
} from '@cave/core';
import { channelError } from './errors.js';
import { Link, type Line } from './link.js';
import { checkConnection, checkName, checkWhole, workQueueOptions, type RabbitWorkQueueOptions } from './options.js';
import { Publisher } from './publisher.js';
import { withinHealthPatience } from './health.js';
import { decode, encode, type Delivered } from './work-queue-envelope.js';
import { Inspection } from './work-queue-inspection.js';
import { Intake, type Delivery } from './work-queue-intake.js';
import { Leases } from './work-queue-leases.js';
import { JobMover } from './work-queue-mover.js';
import { Topology } from './work-queue-topology.js';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_ID_CHARACTERS = 200;
/** Before a delivery that could not be put aside is looked at again. */
const DIVERT_AGAIN_MS = 1_000;

const capabilities: WorkQueueCapabilities = {
  maxBodyBytes: MAX_BODY_BYTES,
  extendsLeases: true,
  delaysNack: true,
  // A quorum queue removes no duplicates. CAVE's jobs are obligations: a second copy finds nothing to do.
  deduplicationWindowMs: 0,
};

/** What there is on one connection. */
interface Session {
  readonly line: Line;
  readonly intake: Intake;
  readonly control: Channel;
}

/**
 * The work queue on a quorum queue. The server keeps jobs and counts what comes back to it; the
 * leases are kept here, see work-queue-leases.ts. Two connections: one publishes, one receives.
 */
class RabbitWorkQueue implements WorkQueue {
  readonly capabilities = capabilities;
  readonly #gate = new Gate('RabbitMQ work queue');
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  readonly #receiving: Link<Session>;
  readonly #mover: JobMover;
  readonly #leases: Leases;
  readonly #inspection: Inspection;
  readonly #calls = new Background();
  readonly #closing = new AbortController();

  constructor(
    private readonly options: RabbitWorkQueueOptions,
    { logger, clock, service, instanceId }: AdapterContext,
  ) {
    const name = `cave ${service} ${instanceId}`;
    this.#topology = new Topology(options);
    this.#publisher = new Publisher(options, `${name} publishing jobs`, logger, (channel) => this.#topology.declare(channel));
    this.#mover = new JobMover(this.#publisher, this.#topology);
    this.#leases = new Leases(options['max-attempts'], options['consumer-timeout-ms'], this.#mover, clock, logger);
    this.#inspection = new Inspection(this.#topology, options['max-attempts']);
    this.#receiving = new Link(
      options,
      {
        name: `${name} receiving jobs`,
        open: (line) => this.#open(line),
        onDown: ({ intake }, error) => {
          this.#leases.lose(intake);
          intake.end(error);
        },
      },
      logger,
    );
  }

  start(signal?: AbortSignal): Promise<void> {
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    return this.#gate.start(async () => {
      await this.#publisher.start(either);
      try {
        await this.#receiving.start(either);
      } catch (error) {
        await this.#publisher.close();
        throw error;
      }
    }, signal);
  }

  /** Waits for what is in flight until the signal fires. What is leased goes back to the queue. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort();
    const intake = this.#intake();
    intake?.dismiss();
    await this.#gate.close();
    await this.#calls.ended(signal);
    if (intake !== null && signal?.aborted !== true) await unlessAborted(this.#tidyUp(intake), signal).catch(() => undefined); // what fails there ends with the connection
    this.#leases.clear();
    await Promise.all([this.#publisher.close(), this.#receiving.close()]);
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    return withinHealthPatience(this.options, async () => {
      const publishing = await this.#publisher.health();
      if (!publishing.healthy) return publishing;
      const receiving = this.#receiving.health();
      if (!receiving.healthy) return receiving;
      await this.#receiving.use().control.checkQueue(this.options.queue);
      return { healthy: true };
    });
  }

  publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]> {
    return this.#call(signal, async () => {
      const results = jobs.map(refusal);
      const good = jobs.filter((_, index) => results[index] === null);
      const outcomes = await this.#publisher.publish(good.map((job) => this.#fresh(job)), signal);
      let next = 0;
      return results.map((result): JobPublishResult => {
        if (result !== null) return result;
        const error = outcomes[next++];
        return error ? { status: 'failed', error } : { status: 'accepted' };
      });
    });
  }

  receive({ maxJobs, waitMs, leaseMs }: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]> {
    return this.#call(signal, async () => {
      mustBe(Number.isInteger(maxJobs) && maxJobs >= 1, 'maxJobs is a whole number of at least 1.');
      mustBe(leaseMs > 0 && leaseMs <= this.#leases.longestMs, `leaseMs is more than 0 and at most ${this.#leases.longestMs}, nine tenths of the consumer time-out.`);
      mustBe(waitMs >= 0, 'waitMs is at least 0.');
      const { intake } = this.#receiving.use();
      const deliveries = await intake.take(maxJobs, waitMs, signal);
      return deliveries.flatMap((delivery) => {
        const job = decode(delivery.message); // it was readable when it came
        return job === null ? [] : [this.#leases.grant(intake, delivery, job, leaseMs)];
      });
    });
  }

  ack(leases: readonly string[]): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, () => this.#leases.ack(leases));
  }

  nack(leases: readonly string[], { delayMs = 0, reason }: { readonly delayMs?: number; readonly reason: string }): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, async () => {
      mustBe(delayMs >= 0, 'delayMs is at least 0.');
      return this.#leases.nack(leases, delayMs, reason);
    });
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly ('ok' | 'lost')[]> {
    return this.#call(undefined, async () => {
      mustBe(leaseMs > 0, 'leaseMs is more than 0.');
      return this.#leases.extend(leases, leaseMs);
    });
  }

  depth(): Promise<QueueDepth> {
    return this.#call(undefined, () => {
      const { intake, control } = this.#receiving.use();
      return this.#inspection.depth(control, () => intake.fetched, () => this.#leases.size);
    });
  }

  deadLetters(limit: number): Promise<readonly DeadJob[]> {
    return this.#call(undefined, () => this.#inspection.deadLetters(this.#receiving.use().line, limit));
  }

  /** Every call comes in through here. */
  async #call<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    try {
      return await this.#calls.run(action());
    } catch (error) {
      // While there is no connection every call fails at once: whoever tries again at once must hold up nothing else.
      await setImmediate();
      throw channelError(error, this.options);
    }
  }

  #intake(): Intake | null {
    try {
      return this.#receiving.use().intake;
    } catch {
      return null; // no connection: nothing is fetched
    }
  }

  #fresh({ id, body }: Job): { exchange: string; routingKey: string; body: Uint8Array; properties: ReturnType<typeof encode> } {
    return { exchange: '', routingKey: this.options.queue, body, properties: encode({ id, attempts: 0, remainingMs: 0 }) };
  }

  async #open(line: Line): Promise<Session> {
    const control = await line.channel();
    await this.#topology.declare(control);
    const channel = await line.channel();
    const intake: Intake = new Intake(
      channel,
      {
        queue: this.options.queue,
        maxPrefetch: this.options.prefetch,
        wanted: (delivery) => this.#wanted(intake, delivery),
        giveBack: (deliveries) => void this.#giveBack(intake, deliveries),
      },
      line.fail,
    );
    return { line, intake, control };
  }

  /** Sorts out what nobody is to have: garbage, jobs without an attempt left, and those whose delay goes on. */
  #wanted(intake: Intake, delivery: Delivery): boolean {
    const job = decode(delivery.message);
    if (job === null) void this.#divert(intake, delivery, this.#mover.unreadable(delivery.message.content));
    else if (job.remainingMs > 0) void this.#divert(intake, delivery, this.#mover.delayedFurther(job));
    else if (job.attempt > this.options['max-attempts']) void this.#divert(intake, delivery, this.#mover.exhausted(job));
    else return true;
    return false;
  }

  async #divert(intake: Intake, delivery: Delivery, to: ReturnType<JobMover['unreadable']>): Promise<void> {
    const [failure] = await this.#mover.put([to]);
    // Back at once it would be here again at once.
    if (failure !== null) await pause(DIVERT_AGAIN_MS, this.#closing.signal);
    await settled(failure === null ? intake.acknowledge([delivery]) : intake.requeue([delivery]));
  }

  /** By way of a new copy: the server would count the delivery as an attempt. */
  async #giveBack(intake: Intake, deliveries: readonly Delivery[]): Promise<void> {
    const jobs = deliveries.map(({ message }) => decode(message)).filter((job): job is Delivered => job !== null);
    const outcomes = await this.#mover.put(jobs.map((job) => this.#mover.unused(job)));
    await settled(intake.acknowledge(deliveries.filter((_, index) => outcomes[index] === null)));
    await settled(intake.requeue(deliveries.filter((_, index) => outcomes[index] !== null)));
  }

  async #tidyUp(intake: Intake): Promise<void> {
    const fetched = await intake.drain();
    if (fetched.length > 0) await this.#giveBack(intake, fetched);
  }
}

/** Where the connection has ended, the server has put it back already. */
const settled = (settling: Promise<void>): Promise<void> => settling.catch(() => undefined);

/** For callers that pass impossible numbers. */
function mustBe(ok: boolean, message: string): void {
  if (!ok) throw new CaveError('invalid_argument', message);
}

/** Why the job cannot be taken, or null. */
function refusal(job: Job): JobPublishResult | null {
  if (job.id.length < 1 || job.id.length > MAX_ID_CHARACTERS) {
    return { status: 'failed', error: new CaveError('invalid_argument', `A job's id has 1 to ${MAX_ID_CHARACTERS} characters.`) };
  }
  if (job.body.length > MAX_BODY_BYTES) {
    return { status: 'failed', error: new CaveError('too_large', `The job has ${job.body.length} bytes; at most ${MAX_BODY_BYTES} are allowed.`) };
  }
  return null;
}

export default defineAdapter<'work-queue', RabbitWorkQueueOptions>({
  port: 'work-queue',
  name: 'rabbitmq',
  capabilities,
  options: workQueueOptions,
  create(options, context) {
    checkConnection(options);
    checkName('queue', options.queue);
    checkWhole('max-attempts', options['max-attempts'], 1, 1_000_000);
    checkWhole('prefetch', options.prefetch, 1, 65_535);
    checkWhole('consumer-timeout-ms', options['consumer-timeout-ms'], 60_000, 2_147_483_647);
    return new RabbitWorkQueue(options, context);
  },
});
