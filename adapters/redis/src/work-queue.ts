import { randomBytes } from 'node:crypto';
import {
  Background,
  CaveError,
  defineAdapter,
  errorCode,
  Gate,
  throwIfAborted,
  toCaveError,
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
import { Arrivals, ARRIVALS_BLOCK_MS } from './arrivals.js';
import { RedisConnection, type Argument, type Reply, type Script } from './connection.js';
import { checkDurability, type Durability } from './durability.js';
import { checkConnection, checkName, checkWhole, connectionProperties, wrong, type RedisConnectionOptions } from './options.js';
import { inParts } from './parts.js';
import { ACK, DEAD, DEPTH, EXTEND, KEY_NAMES, NACK, PUBLISH, TAKE, UNTAKE } from './work-queue-scripts.js';

export interface RedisWorkQueueOptions extends RedisConnectionOptions {
  readonly queue: string;
  readonly 'max-attempts': number;
  readonly 'max-dead-letters': number;
  readonly 'deduplication-window-ms': number;
  readonly durability: Durability;
}

const MAX_BODY_BYTES = 256 * 1024;
const MAX_ID_CHARACTERS = 200;
const DEFAULT_MAX_ATTEMPTS = 10;
const DEFAULT_MAX_DEAD_LETTERS = 10_000;
/** CAVE's jobs are obligations: a second copy finds nothing to do, while remembering ids costs memory. */
const DEFAULT_WINDOW_MS = 0;
/** While a script runs, nobody else is served: longer lists go in several. */
const MOST_JOBS = 500;
const MOST_BYTES = 8 * 1024 * 1024;
const SWEEP_MS = 60_000;

const CAPABILITIES: WorkQueueCapabilities = { maxBodyBytes: MAX_BODY_BYTES, extendsLeases: true, delaysNack: true, deduplicationWindowMs: DEFAULT_WINDOW_MS };

type Verdict = 'ok' | 'lost';

interface Taken {
  readonly jobs: readonly LeasedJob[];
  /** When it is worth to look again, in milliseconds. */
  readonly againMs: number;
  /** The last wake-up that this look has seen. */
  readonly seen: string;
}

/**
 * The work queue on one Redis server: a stream of jobs, and leases and delays in sorted sets
 * that scripts keep in step with it (see work-queue-scripts.ts). Leases and delays run on the
 * server's clock: a step of that clock moves them.
 *
 * A server that forgot everything begins an empty queue; whoever held a job of the old one is
 * told `lost`.
 */
class RedisWorkQueue implements WorkQueue {
  readonly capabilities: WorkQueueCapabilities;
  readonly #gate = new Gate('Redis work queue');
  readonly #link: RedisConnection;
  readonly #blocking: RedisConnection;
  readonly #arrivals: Arrivals;
  readonly #keys: readonly string[];
  /** As the scripts that may bury a job take them first. */
  readonly #limits: readonly [maxAttempts: number, maxDead: number];
  readonly #closing = new AbortController();
  readonly #background = new Background();
  /** Leases that this instance handed out, until when at most: what is left of them is given back on close. */
  readonly #held = new Map<string, number>();
  #sweepAt = 0;

  constructor(
    private readonly options: RedisWorkQueueOptions,
    private readonly context: AdapterContext,
  ) {
    this.capabilities = { ...CAPABILITIES, deduplicationWindowMs: options['deduplication-window-ms'] };
    const { logger } = context;
    const replyWithinMs = options['command-timeout-ms'];
    this.#link = new RedisConnection(options, options, { name: 'cave-work-queue', replyWithinMs }, logger);
    this.#blocking = new RedisConnection(options, options, { name: 'cave-work-queue-wait', replyWithinMs: replyWithinMs + ARRIVALS_BLOCK_MS }, logger);
    this.#keys = KEY_NAMES.map((name) => this.#key(name));
    this.#limits = [options['max-attempts'], options['max-dead-letters']];
    this.#arrivals = new Arrivals(this.#blocking, this.#key('wake'));
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#gate.start(() => this.#open(signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])), signal);
  }

  async publish(jobs: readonly Job[], signal?: AbortSignal): Promise<readonly JobPublishResult[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    const refusals = jobs.map(refusal);
    const good = jobs.filter((_, i) => refusals[i] === null);
    const parts = inParts(good, MOST_JOBS, MOST_BYTES, ({ body }) => body.byteLength);
    // All are written at once; each is answered by itself.
    const told = (await unlessAborted(Promise.all(parts.map((part) => this.#publishPart(part, signal))), signal)).flat();
    let next = 0;
    return refusals.map((refused) => refused ?? told[next++] ?? { status: 'failed', error: new CaveError('internal', 'The Redis work queue gave no result for a job.') });
  }

  async receive(options: ReceiveOptions, signal?: AbortSignal): Promise<readonly LeasedJob[]> {
    this.#gate.ensureOpen();
    throwIfAborted(signal);
    mustBe(Number.isInteger(options.maxJobs) && options.maxJobs >= 1, 'maxJobs is a whole number of at least 1.');
    mustBe(options.leaseMs > 0, 'leaseMs is more than 0.');
    mustBe(options.waitMs >= 0, 'waitMs is at least 0.');
    const { clock } = this.context;
    const until = clock.monotonicMs() + options.waitMs;
    const ended = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    for (;;) {
      const { jobs, againMs, seen } = await this.#take(options, ended);
      if (jobs.length > 0) return jobs;
      throwIfAborted(signal);
      this.#gate.ensureOpen();
      const left = until - clock.monotonicMs();
      if (left <= 0) return [];
      await this.#arrivals.wait(seen, Math.min(left, againMs), ended);
    }
  }

  ack(leases: readonly string[]): Promise<readonly Verdict[]> {
    return this.#settle(leases, ACK, []);
  }

  async nack(leases: readonly string[], options: { readonly delayMs?: number; readonly reason: string }): Promise<readonly Verdict[]> {
    const delayMs = options.delayMs ?? 0;
    mustBe(delayMs >= 0, 'delayMs is at least 0.');
    return this.#settle(leases, NACK, [...this.#limits, Math.ceil(delayMs), options.reason]);
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly Verdict[]> {
    mustBe(leaseMs > 0, 'leaseMs is more than 0.');
    const ends = this.context.clock.monotonicMs() + leaseMs;
    const verdicts = await this.#settle(leases, EXTEND, [Math.ceil(leaseMs)]);
    leases.forEach((lease, i) => verdicts[i] === 'ok' && this.#held.set(lease, ends));
    return verdicts;
  }

  async depth(): Promise<QueueDepth> {
    this.#gate.ensureOpen();
    const [ready = 0, leased = 0, delayed = 0, dead = 0] = (await this.#run(DEPTH, this.#limits)) as readonly number[];
    return { ready, leased, delayed, dead };
  }

  async deadLetters(limit: number): Promise<readonly DeadJob[]> {
    this.#gate.ensureOpen();
    mustBe(Number.isInteger(limit) && limit >= 1, 'limit is a whole number of at least 1.');
    const entries = (await this.#run(DEAD, [...this.#limits, limit])) as unknown as readonly (readonly [Buffer, readonly Buffer[]])[];
    return entries.map(([, fields]) => {
      const [, id, , body = Buffer.alloc(0), , attempts, , reason] = fields;
      return { id: String(id), body, attempts: Number(attempts), reason: String(reason) };
    });
  }

  async health(): Promise<Health> {
    const gate = this.#gate.health();
    if (!gate.healthy) return gate;
    const link = await this.#link.health();
    if (!link.healthy || this.options.durability !== 'checked') return link;
    try {
      // Settings can be changed while a server runs, and differ after it was started anew.
      await unlessAborted(checkDurability(this.#link), AbortSignal.timeout(500));
      return link;
    } catch (error) {
      return { healthy: false, detail: errorCode(error) === 'aborted' ? `Redis at ${this.#link.place} did not tell its settings in time.` : toCaveError(error).message };
    }
  }

  /** Lets what was sent be answered, and gives back what this instance holds: it comes again at once, its attempt counted. */
  async close(signal?: AbortSignal): Promise<void> {
    const closed = this.#gate.close();
    this.#closing.abort();
    await closed;
    await Promise.all([this.#arrivals.close(), this.#background.ended(signal)]);
    if (this.#held.size > 0 && this.#link.isReady && !signal?.aborted) {
      const leases = [...this.#held.keys()];
      this.#held.clear();
      // Without an answer they end by themselves.
      const given = this.#settleParts(leases, NACK, [...this.#limits, 0, 'The queue was closed while it held the job.']).catch(() => undefined);
      await unlessAborted(given, signal).catch(() => undefined);
    }
    await this.#link.close(signal);
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { durability, queue } = this.options;
    try {
      await this.#link.open(signal);
      if (durability === 'checked') await checkDurability(this.#link);
      await this.#blocking.open(signal);
      // Proves that the server is new enough, and that scripts run and the keys are the queue's.
      await this.#link.call('XRANGE', [this.#key('jobs'), '(0-0', '+', 'COUNT', 1]);
      await this.#run(DEPTH, this.#limits);
    } catch (error) {
      await Promise.all([this.#link.abandon(), this.#blocking.abandon()]);
      throw error;
    }
    if (durability === 'relaxed') this.context.logger.warn('work_queue_not_durable', { queue, place: this.#link.place, reason: 'The option "durability" is relaxed: accepted jobs may be lost with the server.' });
  }

  async #publishPart(jobs: readonly Job[], signal: AbortSignal | undefined): Promise<readonly JobPublishResult[]> {
    const args: Argument[] = [this.options['deduplication-window-ms']];
    for (const { id, body } of jobs) args.push(id, bytes(body));
    try {
      const taken = (await this.#run(PUBLISH, args, signal)) as readonly number[];
      return jobs.map((_, i) => ({ status: taken[i] === 1 ? 'accepted' : 'duplicate' }));
    } catch (error) {
      return jobs.map(() => ({ status: 'failed', error: toCaveError(error) }));
    }
  }

  /** What comes for a receiver that has gone is taken back, as if it had never been delivered. */
  async #take({ maxJobs, leaseMs }: ReceiveOptions, ended: AbortSignal): Promise<Taken> {
    await this.#link.whenReady(this.options['connection-timeout-ms'], ended);
    if (ended.aborted) return { jobs: [], againMs: 0, seen: '' };
    const token = randomBytes(6).toString('hex');
    const ends = this.context.clock.monotonicMs() + leaseMs;
    const taking = this.#link.run(TAKE, this.#keys, [...this.#limits, Math.min(maxJobs, MOST_JOBS), Math.ceil(leaseMs), token]).then((reply) => taken(reply, token));
    try {
      const result = await unlessAborted(taking, ended);
      this.#sweep();
      for (const { lease } of result.jobs) this.#held.set(lease, ends);
      return result;
    } catch (error) {
      if (!ended.aborted) throw error;
      this.#background.add(taking.then(({ jobs }) => (jobs.length === 0 ? null : this.#run(UNTAKE, jobs.flatMap(({ lease }) => parted(lease))))));
      return { jobs: [], againMs: 0, seen: '' };
    }
  }

  async #settle(leases: readonly string[], script: Script, args: readonly Argument[]): Promise<readonly Verdict[]> {
    this.#gate.ensureOpen();
    const verdicts = await this.#settleParts(leases, script, args);
    if (script !== EXTEND) for (const lease of leases) this.#held.delete(lease);
    return verdicts;
  }

  async #settleParts(leases: readonly string[], script: Script, args: readonly Argument[]): Promise<readonly Verdict[]> {
    const parts = inParts(leases, MOST_JOBS, MOST_BYTES, () => 1);
    const answers = await Promise.all(parts.map((part) => this.#run(script, [...args, ...part.flatMap(parted)])));
    return (answers as readonly (readonly number[])[]).flat().map((held) => (held === 1 ? 'ok' : 'lost'));
  }

  /** In braces: all keys of a queue belong to one slot, should the server ever be asked for that. */
  #key(name: (typeof KEY_NAMES)[number]): string {
    return `${this.options['key-prefix']}{${this.options.queue}}:${name}`;
  }

  /** Sends at once when there is a connection; else waits a little for one that is being restored. */
  async #run(script: Script, args: readonly Argument[], signal?: AbortSignal): Promise<Reply> {
    const wait = this.#link.whenReady(this.options['connection-timeout-ms'], signal);
    if (wait !== undefined) await wait;
    throwIfAborted(signal);
    return this.#link.run(script, this.#keys, args);
  }

  /** Leases that were let run out are nobody's to give back; now and then they are forgotten. */
  #sweep(): void {
    const now = this.context.clock.monotonicMs();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_MS;
    for (const [lease, ends] of this.#held) if (ends < now) this.#held.delete(lease);
  }
}

/** A lease is named `<number of the job>/<token of the delivery>`. */
function parted(lease: string): [string, string] {
  const at = lease.indexOf('/');
  return [lease.slice(0, Math.max(0, at)), lease.slice(at + 1)];
}

function taken(reply: Reply, token: string): Taken {
  const [againMs, seen, ...rest] = reply as readonly (Buffer | number)[];
  const jobs: LeasedJob[] = [];
  for (let i = 0; i < rest.length; i += 4) {
    const [number, id, body, attempt] = rest.slice(i, i + 4) as [Buffer, Buffer, Buffer, number];
    jobs.push({ id: id.toString(), body, attempt, lease: `${number.toString()}/${token}` });
  }
  return { jobs, againMs: Number(againMs) < 0 ? Infinity : Number(againMs), seen: String(seen) };
}

function bytes(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** For callers that pass impossible numbers. */
function mustBe(ok: boolean, message: string): void {
  if (!ok) throw new CaveError('invalid_argument', message);
}

/** Why the job cannot be taken, or null. */
function refusal(job: Job): JobPublishResult | null {
  if (job.id.length < 1 || job.id.length > MAX_ID_CHARACTERS) {
    return { status: 'failed', error: new CaveError('invalid_argument', `A job's id has 1 to ${String(MAX_ID_CHARACTERS)} characters.`) };
  }
  if (job.body.byteLength > MAX_BODY_BYTES) {
    return { status: 'failed', error: new CaveError('too_large', `The job has ${String(job.body.byteLength)} bytes; at most ${String(MAX_BODY_BYTES)} are allowed.`) };
  }
  return null;
}

const DURABILITIES: readonly Durability[] = ['checked', 'vouched', 'relaxed'];

export default defineAdapter<'work-queue', RedisWorkQueueOptions>({
  port: 'work-queue',
  name: 'redis',
  capabilities: CAPABILITIES,
  options: {
    type: 'object',
    properties: {
      ...connectionProperties,
      queue: { type: 'string', minLength: 1, default: 'alarm-schedule', description: 'Name of the queue, a part of its keys.' },
      'max-dead-letters': { type: 'integer', minimum: 1, default: DEFAULT_MAX_DEAD_LETTERS, description: 'Dead letters kept at most; beyond, the oldest are dropped.' },
      'max-attempts': { type: 'integer', minimum: 1, default: DEFAULT_MAX_ATTEMPTS, description: 'Deliveries that end in nack or expiry before a job goes to the dead-letter place.' },
      'deduplication-window-ms': { type: 'integer', minimum: 0, default: DEFAULT_WINDOW_MS, description: 'A job whose id was published within this many milliseconds is dropped as a duplicate; 0 drops none. Every id of a window is kept in memory.' },
      durability: {
        type: 'string',
        enum: [...DURABILITIES],
        default: 'checked',
        description:
          'What "accepted" means. checked: on disk; the start, and every health check, asks the server (CONFIG GET) whether "appendonly yes" and "appendfsync always" hold and whether it would evict keys, and refuses otherwise. vouched: the same, but nothing is asked, because CONFIG is forbidden (managed services) and you know that the server flushes before it answers. relaxed: in the server\'s memory only; a server that is killed or loses its disk may lose accepted jobs, which CAVE makes up for at the next tick of each alert.',
      },
    },
  },
  create(options, context) {
    checkConnection(options);
    checkName('queue', options.queue);
    checkWhole('max-attempts', options['max-attempts'], 1, 1_000_000);
    checkWhole('max-dead-letters', options['max-dead-letters'], 1, 100_000_000);
    checkWhole('deduplication-window-ms', options['deduplication-window-ms'], 0, 2_592_000_000);
    if (!DURABILITIES.includes(options.durability)) throw wrong('durability', options.durability, DURABILITIES.join(', '));
    return new RedisWorkQueue(options, context);
  },
});
