import { ListQueuesCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { errorCode, pause, toCaveError, type Clock, type Logger } from '@cave/core';
import { removeFromAws, type BusClients, type PlaceSettings } from './bus-place.js';
import { listedPrefix, marksOf, queueNameOf, type QueueMarks } from './bus-queue-facts.js';
import type { BusTopic } from './bus-topic.js';
import { toAwsError } from './errors.js';

/** A mark that stood still for so many of its owner's periods, and in as many looks, is a dead one's. */
export const DEAD_AFTER_PERIODS = 4;
/** What one call of ListQueues gives. */
const MOST_LISTED = 1_000;
/** AWS bounds an account's calls about tags; the others' turn comes in the next rounds. */
const MOST_LOOKS_A_ROUND = 50;
/** Instances that were started together do not look together for ever. */
const LEAST_PERIOD = 0.75;
const MOST_PERIOD = 1.25;

/** A mark of life as it was first seen. */
interface Sighting {
  readonly heartbeat: number;
  readonly sinceMs: number;
  readonly looks: number;
}

/**
 * Finds queues of instances that died, and removes them with their subscriptions.
 *
 * ```
 *   first seen ──mark counted up──▶ alive ◀─┐
 *       │                            │      │ counted up
 *       └────── stood still ─────────┴──▶ doubtful ──4 looks over 4 periods──▶ removed
 * ```
 *
 * Time is measured by this process's monotonic clock alone, from when it first saw a mark: no
 * two clocks are compared. That it takes looks as well as time spares the living when this
 * process, or a machine with all of them, was frozen. An owner that was taken for dead finds its
 * queue gone, takes another and reloads.
 */
export class BusSweep {
  readonly #seen = new Map<string, Sighting>();
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #from = 0;
  #sick = false;

  constructor(
    private readonly clients: BusClients,
    private readonly topic: BusTopic,
    private readonly settings: PlaceSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Repeating it changes nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await pause(this.settings.heartbeatMs * (LEAST_PERIOD + (MOST_PERIOD - LEAST_PERIOD) * Math.random()), signal);
      if (signal.aborted) return;
      try {
        await this.#round(signal);
        this.#sick = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#sick) this.logger.warn('config_bus_sweep_failed', { code: errorCode(error), message: toCaveError(error).message });
        this.#sick = true;
      }
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const urls = await this.#list(signal);
    for (const url of this.#seen.keys()) if (!urls.includes(url)) this.#seen.delete(url);
    const looked = Math.min(urls.length, MOST_LOOKS_A_ROUND);
    for (let i = 0; i < looked; i += 1) await this.#look(urls[(this.#from + i) % urls.length] ?? '', signal);
    this.#from = urls.length === 0 ? 0 : (this.#from + looked) % urls.length;
  }

  /** URLs of others' queues. */
  async #list(signal: AbortSignal): Promise<readonly string[]> {
    const QueueNamePrefix = listedPrefix(this.settings.prefix);
    try {
      const { QueueUrls = [] } = await this.clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: MOST_LISTED }), { abortSignal: signal });
      return QueueUrls.filter((url) => !this.settings.own.has(queueNameOf(url)));
    } catch (error) {
      throw toAwsError(error, `SQS ListQueues "${QueueNamePrefix}"`, 'reads');
    }
  }

  async #look(url: string, signal: AbortSignal): Promise<void> {
    const marks = await this.#marks(url, signal);
    if (marks === null || marks.topic !== this.topic.name) {
      this.#seen.delete(url);
      return;
    }
    const nowMs = this.clock.monotonicMs();
    const before = this.#seen.get(url);
    const seen = before?.heartbeat === marks.heartbeat ? { ...before, looks: before.looks + 1 } : { heartbeat: marks.heartbeat, sinceMs: nowMs, looks: 0 };
    this.#seen.set(url, seen);
    const periodMs = Math.max(marks.periodMs, this.settings.heartbeatMs);
    if (seen.looks < DEAD_AFTER_PERIODS || nowMs - seen.sinceMs < DEAD_AFTER_PERIODS * periodMs) return;
    await removeFromAws(this.clients, this.topic, url, marks.subscriptionArn, signal);
    this.#seen.delete(url);
    this.logger.info('config_bus_dead_instance_removed', { queue: queueNameOf(url) });
  }

  /** Null for a queue that is not CAVE's, or was removed meanwhile. */
  async #marks(url: string, signal: AbortSignal): Promise<QueueMarks | null> {
    try {
      const { Tags = {} } = await this.clients.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }), { abortSignal: signal });
      return marksOf(Tags);
    } catch (error) {
      const cause = toAwsError(error, `SQS ListQueueTags of "${queueNameOf(url)}"`, 'reads');
      if (cause.code === 'not_found') return null;
      throw cause;
    }
  }
}
