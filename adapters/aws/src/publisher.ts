import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { CaveError, Wake, type AppendResult, type StreamRecord } from '@cave/core';
import { aggregatedBytes, encodeAggregate } from './aggregate.js';
import { toOffset } from './offsets.js';
import { stopOfMany } from './stop-signals.js';
import { MAX_CALL_BYTES, MAX_CALL_RECORDS, putRecords, type Fate } from './put-records.js';
import { MAX_AGGREGATED_BYTES, Slot, type Waiting } from './slot.js';
import { slotOf } from './slots.js';
import { MISSING } from './stream.js';

const MAX_KEY_BYTES = 256;
/** Largest body that fits one Kinesis record with the longest key. */
export const MAX_RECORD_BYTES = MAX_AGGREGATED_BYTES - aggregatedBytes({ key: '', body: new Uint8Array(0) }) - MAX_KEY_BYTES;
/** Most that waits to be told of. Beyond it Kinesis is too slow for what comes in. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const MAX_CALLS = 8;

export interface PublisherOptions {
  readonly slots: number;
  readonly lingerMs: number;
  /** A record that was refused is sent again for this long since it was published. */
  readonly deliveryTimeoutMs: number;
}

/** One Kinesis record under way. */
interface Parcel {
  readonly slot: Slot;
  readonly records: readonly Waiting[];
}

/**
 * Appends records of concurrent publishers. Those of one slot share Kinesis records, the
 * Kinesis records of several slots share calls, and several calls are under way, each with
 * slots of its own. One attempt for each call; then, for each Kinesis record:
 *
 *   taken                                    → appended
 *   told to have failed, or never sent       → again until it is too old, then not_appended
 *   no answer, or one that does not say      → unknown, and never again: Kinesis removes no duplicate
 */
export class Publisher {
  readonly #slots: readonly Slot[];
  /** Those in which records wait, or one is under way; whose turn is next comes first. */
  readonly #busy = new Set<Slot>();
  readonly #settled = new Wake();
  readonly #abort = stopOfMany();
  #open = true;
  #pendingBytes = 0;
  #calls = 0;
  #pumpAt = Infinity;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly client: KinesisClient,
    private readonly stream: string,
    private readonly options: PublisherOptions,
    /** Called when Kinesis says that there is no such stream. */
    private readonly onMissing: () => void,
  ) {
    this.#slots = Array.from({ length: options.slots }, (_, number) => new Slot(number, options.slots));
  }

  /** Resolves when the fate of every record is known, or known to be unknown, in their order. */
  publish(records: readonly StreamRecord[]): Promise<readonly AppendResult[]> {
    return new Promise((resolve) => {
      const results = new Array<AppendResult>(records.length);
      let open = records.length;
      if (open === 0) resolve(results);
      records.forEach((record, i) => {
        this.#accept(record, (result) => {
          results[i] = result;
          if (--open === 0) resolve(results);
        });
      });
      this.#schedule();
    });
  }

  /** Takes nothing new; resolves when everything accepted is settled. When the signal fires, what is under way is cut off. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#open = false;
    this.#schedule(); // no more lingering
    while (this.#busy.size > 0 && signal?.aborted !== true) await this.#settled.wait(Infinity, signal);
    this.#abort.abort();
    const error = new CaveError('unavailable', 'The raw stream was closed before the record was sent to Kinesis.');
    for (const slot of this.#busy) this.#tell(slot.expire(Infinity), { status: 'not_appended', error });
    while (this.#calls > 0) await this.#settled.wait(Infinity);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #accept(record: StreamRecord, settle: (result: AppendResult) => void): void {
    const refuse = (code: 'too_large' | 'resource_exhausted' | 'unavailable', message: string): void => settle({ status: 'not_appended', error: new CaveError(code, message) });
    if (!this.#open) return refuse('unavailable', 'The raw stream is closed.');
    const key = Buffer.from(record.key);
    if (key.length > MAX_KEY_BYTES) return refuse('too_large', `The record's key has ${key.length} bytes; at most ${MAX_KEY_BYTES} are allowed.`);
    if (record.body.length > MAX_RECORD_BYTES) return refuse('too_large', `The record has ${record.body.length} bytes; at most ${MAX_RECORD_BYTES} are allowed.`);
    const bytes = aggregatedBytes(record);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) return refuse('resource_exhausted', 'Kinesis does not keep up with what is published; try again later, or give the stream more shards.');
    const slot = this.#slots[slotOf(key, this.options.slots)];
    if (slot === undefined) throw new CaveError('internal', 'A key has no slot.');
    this.#pendingBytes += bytes;
    slot.add({ record, bytes, since: performance.now(), settle });
    this.#busy.add(slot);
  }

  #tell(records: readonly Waiting[], result: AppendResult): void {
    for (const { bytes, settle } of records) {
      this.#pendingBytes -= bytes;
      settle(result);
    }
  }

  /** Pumps when the next slot is ready or the next record too old: not earlier, and not later. */
  #schedule(): void {
    let at = Infinity;
    for (const slot of this.#busy) {
      const readyAt = this.#calls < MAX_CALLS ? slot.readyAt(this.#lingerMs) : Infinity;
      at = Math.min(at, readyAt, slot.waitsSince + this.options.deliveryTimeoutMs);
    }
    if (at >= this.#pumpAt || at === Infinity) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#pumpAt = at;
    // Also at once is after this turn of the event loop: whoever publishes in it shares the call.
    this.#timer = setTimeout(() => {
      this.#pumpAt = Infinity;
      this.#timer = null;
      this.#pump();
    }, Math.max(0, Math.ceil(at - performance.now())));
  }

  get #lingerMs(): number {
    return this.#open ? this.options.lingerMs : 0;
  }

  #pump(): void {
    this.#expire();
    while (this.#calls < MAX_CALLS) {
      const parcels = this.#gather();
      if (parcels.length === 0) break;
      this.#calls++;
      void this.#send(parcels);
    }
    this.#schedule();
    this.#settled.now();
  }

  /** What waited too long is told why, as far as it is known. */
  #expire(): void {
    const since = performance.now() - this.options.deliveryTimeoutMs;
    for (const slot of this.#busy) {
      if (slot.waitsSince > since) continue;
      const error = slot.failure ?? new CaveError('unavailable', `Kinesis did not answer earlier calls, so that the record was not sent within ${this.options.deliveryTimeoutMs} ms.`);
      this.#tell(slot.expire(since), { status: 'not_appended', error });
      if (slot.idle) this.#busy.delete(slot);
    }
  }

  /** One Kinesis record of each slot that is ready, as many as one call holds. */
  #gather(): readonly Parcel[] {
    const now = performance.now();
    const parcels: Parcel[] = [];
    let room = MAX_CALL_BYTES;
    for (const slot of [...this.#busy]) {
      if (parcels.length >= MAX_CALL_RECORDS) break;
      if (slot.readyAt(this.#lingerMs) > now) continue;
      const taken = slot.take(room);
      if (taken === null) break; // the first in the next call
      room -= taken.bytes;
      parcels.push({ slot, records: taken.records });
      this.#busy.delete(slot);
      this.#busy.add(slot); // behind the others
    }
    return parcels;
  }

  async #send(parcels: readonly Parcel[]): Promise<void> {
    const records = parcels.map(({ slot, records: waiting }) => slot.kinesisRecord(encodeAggregate(waiting.map(({ record }) => record))));
    const fates = await putRecords(this.client, this.stream, records, this.#abort.signal);
    this.#calls--;
    parcels.forEach((parcel, i) => {
      const fate = fates[i];
      if (fate !== undefined) this.#settle(parcel, fate);
    });
    this.#pump();
  }

  #settle({ slot, records }: Parcel, fate: Fate): void {
    if (fate.status === 'refused' && fate.again && !this.#abort.signal.aborted) {
      slot.putBack(records, fate.error);
      return;
    }
    slot.done();
    if (slot.idle) this.#busy.delete(slot);
    if (fate.status === 'appended') {
      records.forEach((one, index) => this.#tell([one], { status: 'appended', partition: fate.shard, offset: toOffset(fate.sequenceNumber, index) }));
      return;
    }
    if (fate.error.details['aws'] === MISSING) this.onMissing();
    this.#tell(records, fate.status === 'unknown' ? { status: 'unknown', error: fate.error } : { status: 'not_appended', error: fate.error });
  }
}
