import { ListQueuesCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { errorCode, pause, toCaveError, type Clock, type Logger } from '@cave/core';
import { removeFromAws, type BusClients, type PlaceSettings } from './place.js';
import { listedPrefix, marksOf, queueNameOf, type QueueMarks } from './queue-facts.js';
import type { BusTopic } from './topic.js';
import { toAwsError } from '../errors.js';

/** A mark that was watched for so many periods and stood still is a dead one's. */
export const DEAD_AFTER_PERIODS = 4;
/** What one call of ListQueues gives. */
const MOST_LISTED = 1_000;
/** AWS bounds an account's calls about tags; the others' turn comes in the next rounds. */
const MOST_LOOKS_A_ROUND = 50;
/** Instances that were started together do not look together for ever. */
const LEAST_PERIOD = 0.75;
const MOST_PERIOD = 1.25;
/** What one look counts for, in this process's periods: more time than this was not watched but slept over. */
const MOST_WATCHED_PERIODS = 1.5;

/** A mark of life that stands still. */
interface Sighting {
  readonly heartbeat: number;
  readonly lookedMs: number;
  readonly watchedMs: number;
}

/**
 * Finds queues of instances that died, and removes them with their subscriptions.
 *
 * ```
 *   first seen ──mark counted up──▶ alive ◀─┐
 *       │                            │      │ counted up
 *       └────── stood still ─────────┴──▶ doubtful ──watched for 4 periods──▶ removed
 * ```
 *
 * Time is measured by this process's monotonic clock alone, from when it first saw a mark: no
 * two clocks are compared. Only time that was watched counts: when this process, or a machine
 * with all of them, was frozen, the living get their turn before they are judged. An owner that
 * was taken for dead finds its queue gone, takes another and reloads.
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

  /** A queue that cannot be looked at or removed does not keep the others from their turn. */
  async #round(signal: AbortSignal): Promise<void> {
    const urls = await this.#list(signal);
    for (const url of this.#seen.keys()) if (!urls.includes(url)) this.#seen.delete(url);
    const turns = Array.from({ length: Math.min(urls.length, MOST_LOOKS_A_ROUND) }, (_, i) => urls[(this.#from + i) % urls.length] ?? '');
    this.#from += turns.length;
    const failures: unknown[] = [];
    for (const url of turns) await this.#look(url, signal).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
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
    const watchedMs = this.#watched(url, marks.heartbeat);
    if (watchedMs < DEAD_AFTER_PERIODS * Math.max(marks.periodMs, this.settings.heartbeatMs)) return;
    await removeFromAws(this.clients, this.topic, url, marks.subscriptionArn, signal);
    this.#seen.delete(url);
    this.logger.info('config_bus_dead_instance_removed', { queue: queueNameOf(url) });
  }

  /** For how long it was watched standing still, in milliseconds. */
  #watched(url: string, heartbeat: number): number {
    const lookedMs = this.clock.monotonicMs();
    const before = this.#seen.get(url);
    const watchedMs = before?.heartbeat === heartbeat ? before.watchedMs + Math.min(lookedMs - before.lookedMs, MOST_WATCHED_PERIODS * this.settings.heartbeatMs) : 0;
    this.#seen.set(url, { heartbeat, lookedMs, watchedMs });
    return watchedMs;
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
