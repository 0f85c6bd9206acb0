import type { Look } from '../leases/lease-table.js';

/** A Kinesis record that was read and whose end no checkpoint has passed. */
interface Open {
  /** Of the last of our records in it. */
  readonly last: bigint;
  readonly arrivedMs: number;
}

/**
 * How long a group lags behind in one shard. Kinesis cannot count, but it says when a record
 * arrived and how far before the newest one a read has ended. Times are milliseconds since the
 * epoch.
 */
export class ReadingLag {
  readonly #open: Open[] = [];
  #acknowledged: bigint | null = null;
  /** When the newest record arrived, as far as is known. */
  #newestMs = Number.NEGATIVE_INFINITY;
  #behindMs = 0;
  /** When the first record arrived that was seen and not read. */
  #unreadMs: number | null = null;
  #readUpToMs: number | null;
  #looked = false;

  /** `before`: what the one who held the shard before had seen. */
  constructor(private readonly before: Look | null) {
    this.#readUpToMs = before?.doneUpToMs ?? null;
  }

  /** Everything appended until then was read; null: nobody knows. */
  get readUpToMs(): number | null {
    return this.#readUpToMs;
  }

  add(last: bigint, arrivedMs: number): void {
    if (this.#acknowledged === null || last >= this.#acknowledged) this.#open.push({ last, arrivedMs });
  }

  /** After `add` of each record. `behindMs`: from the end of the read to the newest record; `askedMs`: when it began. */
  read(arrivedMs: readonly number[], behindMs: number, askedMs: number): void {
    this.#unreadMs = null;
    this.#readUpToMs = behindMs === 0 ? askedMs : arrivedMs.at(-1) ?? this.#readUpToMs;
    this.#sawNewest(arrivedMs, behindMs);
  }

  /** A look at what comes next, which is not read. */
  peeked(arrivedMs: readonly number[], behindMs: number, askedMs: number): void {
    this.#unreadMs = arrivedMs[0] ?? null;
    if (arrivedMs.length === 0 && behindMs === 0) this.#readUpToMs = askedMs;
    this.#sawNewest(arrivedMs, behindMs);
  }

  /** Everything before `next` is done. */
  acknowledge(next: bigint): void {
    this.#acknowledged = next;
    while (this.#open[0] !== undefined && this.#open[0].last < next) this.#open.shift();
  }

  /** As of the last read or look; as it is once everything before `next` is done, where that is given. */
  look(next?: bigint): Look | null {
    if (!this.#looked) return this.before;
    const oldest = this.#open.find(({ last }) => next === undefined || last >= next)?.arrivedMs ?? this.#unreadMs;
    return { lagMs: oldest === null ? this.#behindMs : Math.max(0, this.#newestMs - oldest), doneUpToMs: oldest ?? this.#readUpToMs };
  }

  #sawNewest(arrivedMs: readonly number[], behindMs: number): void {
    this.#looked = true;
    this.#behindMs = behindMs;
    const last = arrivedMs.at(-1);
    if (last !== undefined) this.#newestMs = Math.max(this.#newestMs, last + behindMs);
  }
}
