import { backoffMs, type AppendResult, type CaveError, type StreamRecord } from '@cave/core';
import { AGGREGATE_HEADER_BYTES, MAX_AGGREGATED_RECORDS } from './aggregate.js';
import { MAX_KINESIS_RECORD_BYTES, type KinesisRecord } from './put-records.js';
import { explicitHashKey } from './slots.js';

/** A shard's throughput is counted by the second. */
const BACKOFF = { firstMs: 50, maxMs: 1_000 };
/** A slot's number, in decimal. */
export const MAX_PARTITION_KEY_BYTES = 4;
/** What the records of one aggregate may take together. */
export const MAX_AGGREGATED_BYTES = MAX_KINESIS_RECORD_BYTES - MAX_PARTITION_KEY_BYTES - AGGREGATE_HEADER_BYTES;

/** A record whose publisher waits to be told. Times are by `performance.now()`. */
export interface Waiting {
  readonly record: StreamRecord;
  /** In an aggregate. */
  readonly bytes: number;
  readonly since: number;
  readonly settle: (result: AppendResult) => void;
}

/**
 * The records of one slot. At most one Kinesis record of a slot is under way, because
 * PutRecords promises no order among those of one call, and calls overtake each other:
 *
 *            add                     take
 *    idle ─────────▶ waiting ──────────────────▶ under way
 *     ▲                 ▲  when lingered enough,      │
 *     │                 │  or full                    │
 *     │                 ├──── told to have failed ────┤ back to the front, after a back-off
 *     │                 │                             │
 *     └─ none waits ────┴──── appended, or unknown ───┘
 *
 * What was told to have failed is in the stream no more than what never was sent: it is
 * aggregated again, with what has come in meanwhile behind it.
 */
export class Slot {
  readonly #partitionKey: string;
  readonly #hashKey: string;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #underWay = false;
  #failures = 0;
  #retryAt = 0;
  #failure: CaveError | null = null;

  constructor(number: number, slots: number) {
    this.#partitionKey = String(number);
    this.#hashKey = explicitHashKey(number, slots);
  }

  get idle(): boolean {
    return !this.#underWay && this.#waiting.length === 0;
  }

  /** Why it was refused last, since something was taken. */
  get failure(): CaveError | null {
    return this.#failure;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.bytes;
  }

  /** When the next Kinesis record of this slot may be sent; Infinity while one is under way, or none waits. */
  readyAt(lingerMs: number): number {
    const first = this.#waiting[0];
    if (this.#underWay || first === undefined) return Infinity;
    return Math.max(this.#retryAt, this.#waitingBytes >= MAX_AGGREGATED_BYTES ? 0 : first.since + lingerMs);
  }

  /** Since when the first one waits; Infinity where none does. */
  get waitsSince(): number {
    return this.#waiting[0]?.since ?? Infinity;
  }

  /** Removes those that wait since then or longer: they are the first. */
  expire(since: number): readonly Waiting[] {
    const count = this.#waiting.findIndex((one) => one.since > since);
    return this.#remove(count < 0 ? this.#waiting.length : count);
  }

  /** As many as one Kinesis record holds, with its size in bytes; null when it would have more than `maxBytes`. They are under way now. */
  take(maxBytes: number): { readonly records: readonly Waiting[]; readonly bytes: number } | null {
    let together = 0;
    let count = 0;
    for (const { bytes } of this.#waiting) {
      if (count > 0 && (together + bytes > MAX_AGGREGATED_BYTES || count >= MAX_AGGREGATED_RECORDS)) break;
      together += bytes;
      count++;
    }
    const bytes = together + AGGREGATE_HEADER_BYTES + this.#partitionKey.length;
    if (bytes > maxBytes) return null;
    this.#underWay = true;
    return { records: this.#remove(count), bytes };
  }

  kinesisRecord(data: Uint8Array): KinesisRecord {
    return { partitionKey: this.#partitionKey, explicitHashKey: this.#hashKey, data };
  }

  /** What was under way was taken, or nobody knows. */
  done(): void {
    this.#underWay = false;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#failure = null;
  }

  /** What was under way is certainly not in the stream, and may be sent again. */
  putBack(records: readonly Waiting[], failure: CaveError): void {
    this.#underWay = false;
    this.#failures++;
    this.#retryAt = performance.now() + backoffMs(this.#failures, BACKOFF);
    this.#failure = failure;
    this.#waiting = [...records, ...this.#waiting];
    for (const { bytes } of records) this.#waitingBytes += bytes;
  }

  #remove(count: number): readonly Waiting[] {
    const removed = this.#waiting.splice(0, count);
    for (const { bytes } of removed) this.#waitingBytes -= bytes;
    return removed;
  }
}
