import { backoffMs, errorCode, pause, toCaveError, type BusMessage, type Logger } from '@cave/core';
import type { KafkaClient } from './client.js';
import { messageOf } from './errors.js';
import { boundaries } from './offsets.js';
import { PartitionReader, type ReadBatch } from './partition-reader.js';
import type { TopicView } from './topic.js';

/** Between two polls it looks for partitions that were added. */
const POLL_MS = 5_000;
const MAX_RECORDS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
const BACKOFF = { firstMs: 50, maxMs: 2_000 };
export const VERSION_HEADER = 'version';

export interface BusReaderEvents {
  message(message: BusMessage): void;
  /** Messages may have been missed; what comes now is complete again. */
  gap(reason: string): void;
}

/**
 * Reads all of the bus' topic from its end on, as no member of a group: nothing is left at the
 * brokers when it ends.
 *
 * ```
 *   beginning ──end of each partition is known──▶ live ──a poll fails──▶ cut off
 *                                                  ▲                        │ answers again:
 *                                                  └──── gap is told ───────┘ goes on where it was
 * ```
 *
 * Where the position is no longer in the topic (retention, a topic made anew), it goes on at the
 * oldest record there is, and tells a gap too.
 */
export class BusReader {
  readonly #reader: PartitionReader;
  readonly #stop = new AbortController();
  #held: readonly number[] = [];
  #incarnation: string;
  #gap: string | null = null;
  #running: Promise<void> | null = null;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: TopicView,
    private readonly events: BusReaderEvents,
    private readonly logger: Logger,
    lane: string,
    requestTimeoutMs: number,
  ) {
    this.#incarnation = topic.id;
    // What is new since the start is read from its beginning: nobody here has seen any of it.
    this.#reader = new PartitionReader(client, topic, { lane, maxRecords: MAX_RECORDS, maxBytes: MAX_BYTES, requestTimeoutMs, locate: (partitions) => boundaries(client, topic, partitions, 'earliest') });
  }

  /** Resolves once it is live. Throws when the brokers do not say where the topic ends. */
  async start(): Promise<void> {
    this.#holdAll();
    const ends = await boundaries(this.client, this.topic, this.#held, 'latest');
    for (const [partition, end] of ends) this.#reader.moveTo(partition, end);
    this.#running = this.#run();
  }

  /** Why it is cut off just now; null when it is live. */
  get trouble(): string | null {
    return this.#gap ?? this.#reader.trouble;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#reader.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const batch = await this.#reader.poll(this.#gap === null ? POLL_MS : 0, signal);
        failures = 0;
        if (batch !== null) this.#deliver(batch);
        this.#holdAll();
      } catch (error) {
        if (signal.aborted) return;
        this.#cutOff(error, ++failures);
        await pause(backoffMs(failures, BACKOFF), signal);
      }
    }
  }

  #cutOff(error: unknown, failures: number): void {
    if (failures === 1) this.logger.warn('config_bus_cut_off', { code: errorCode(error), message: messageOf(error) });
    this.#gap = toCaveError(error).message;
    if (errorCode(error) === 'data_loss') for (const partition of this.#held) this.#reader.moveTo(partition, null);
  }

  #deliver(batch: ReadBatch): void {
    if (batch.incarnation !== this.#incarnation) this.#gap ??= `The topic "${this.topic.name}" was made anew.`;
    this.#incarnation = batch.incarnation;
    if (this.#gap !== null) {
      this.logger.info('config_bus_live_again');
      this.events.gap(this.#gap);
      this.#gap = null;
    }
    for (const { key, body, headers } of batch.records) this.events.message({ key, version: Number(headers[VERSION_HEADER]?.toString() ?? 0), body });
  }

  /** Partitions may be added while it runs. */
  #holdAll(): void {
    const { partitions } = this.topic;
    if (partitions.length === this.#held.length) return;
    this.#held = partitions;
    this.#reader.hold(partitions, true);
  }
}
