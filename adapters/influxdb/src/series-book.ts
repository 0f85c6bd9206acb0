import type { Clock } from '@cave/core';
import type { Dialect } from './dialect.js';
import type { LineKey } from './lines.js';

/** How old a count of InfluxDB's may be when it decides something. */
const COUNT_TTL_MS = 60_000;
/** How old its list of series may be when it decides about single ones. */
const LIST_TTL_MS = 10_000;
/** After this long every series is looked at as if it were new: other processes drop metrics. */
const KNOWN_TTL_MS = 3_600_000;
/** This share of the limit may be added before InfluxDB is asked again: what others add comes on top. */
const SHARE_BETWEEN_COUNTS = 0.05;

/**
 * The series of one database, and which may still be added to it.
 *
 * Exact about what this process adds. What other processes add at the same time is seen by
 * looking at InfluxDB: its count while the limit is far, its list of series once it is near.
 * Between two looks each of them may add up to a twentieth of the limit, so N writers may go
 * beyond it by at most that much times N − 1. Where InfluxDB tells nothing, only what this
 * process has seen counts.
 */
export class SeriesBook {
  #known = new Set<string>();
  #knownLists = new WeakSet<readonly LineKey[]>();
  #knownSinceMs: number;
  /** What InfluxDB counted, and what was added to it here since. */
  #counted = 0;
  #added = 0;
  #countedAtMs = -Infinity;
  #list: ReadonlySet<string> | null = null;
  #listedAtMs = -Infinity;

  constructor(
    private readonly database: string,
    private readonly dialect: Dialect,
    private readonly clock: Clock,
    private readonly limit: number,
  ) {
    this.#knownSinceMs = clock.monotonicMs();
  }

  isKnown(key: string): boolean {
    return this.#known.has(key);
  }

  /** Whether all of a list are; remembered, since the same list comes again and again. */
  knowsAll(keys: readonly LineKey[]): boolean {
    if (this.#knownLists.has(keys)) return true;
    if (!keys.every((key) => this.#known.has(key.text))) return false;
    this.#knownLists.add(keys);
    return true;
  }

  /** Before a write: lets go of what is known for too long. */
  refresh(): void {
    if (this.clock.monotonicMs() - this.#knownSinceMs > KNOWN_TTL_MS) this.forget();
  }

  forget(): void {
    this.#known = new Set();
    this.#knownLists = new WeakSet();
    this.#knownSinceMs = this.clock.monotonicMs();
    this.#countedAtMs = -Infinity;
    this.#listedAtMs = -Infinity;
    this.#list = null;
  }

  /** Those of `keys`, none of them known, that are too many. */
  async refuse(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const now = this.clock.monotonicMs();
    if (now - this.#countedAtMs > COUNT_TTL_MS || this.#added > this.limit * SHARE_BETWEEN_COUNTS) {
      this.#counted = (await this.dialect.seriesCount(this.database)) ?? this.#known.size;
      this.#countedAtMs = now;
      this.#added = 0;
    }
    if (this.#counted + this.#added + keys.length <= this.limit) return new Set();
    if (this.#list === null || now - this.#listedAtMs > LIST_TTL_MS) {
      this.#list = (await this.dialect.seriesKeys(this.database)) ?? this.#known;
      this.#listedAtMs = now;
    }
    const there = new Set([...this.#list, ...this.#known]);
    const refused = new Set<string>();
    for (const key of keys) {
      if (there.has(key)) continue;
      if (there.size < this.limit) there.add(key);
      else refused.add(key);
    }
    return refused;
  }

  /** They have been written. */
  add(keys: readonly string[]): void {
    for (const key of keys) this.#known.add(key);
    this.#added += keys.length;
  }
}
