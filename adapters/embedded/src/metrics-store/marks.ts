import type { StoredUpTo } from '@cave/core';
import type { StoredMark } from './duckdb-file.js';

/** Positions in the stream, in memory: highest offset stored, and the time stored up to. */
export class Marks {
  readonly #offsets = new Map<string, bigint>();
  readonly #times = new Map<string, StoredUpTo>();

  /** Null: nothing of that partition was ever stored. */
  offset(incarnation: string, partition: string): bigint | null {
    return this.#offsets.get(keyOf(incarnation, partition)) ?? null;
  }

  setOffset([incarnation, partition, offset]: StoredMark): void {
    this.#offsets.set(keyOf(incarnation, partition), offset);
  }

  /** False: it would move backwards or stay. */
  advances({ incarnation, partition, timeMs }: StoredUpTo): boolean {
    return timeMs > (this.#times.get(keyOf(incarnation, partition))?.timeMs ?? -Infinity);
  }

  setTime(mark: StoredUpTo): void {
    if (this.advances(mark)) this.#times.set(keyOf(mark.incarnation, mark.partition), mark);
  }

  times(): StoredUpTo[] {
    return [...this.#times.values()];
  }
}

function keyOf(incarnation: string, partition: string): string {
  return JSON.stringify([incarnation, partition]);
}
