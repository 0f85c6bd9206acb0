import type { HeldLeases, Holding } from './held-leases.js';
import { ShardReader, type ShardReaderDependencies, type Start } from './shard-reader.js';

/** A held shard and how far this member has come with it. Another one each time that it is taken. */
export interface Reading {
  readonly holding: Holding;
  reader: ShardReader;
  /** Last offset that was handed out; null: none. */
  handed: bigint | null;
  /** The group's checkpoint. */
  acknowledged: bigint | null;
  /** The change of the lease under way: they are made one after the other. */
  moving: Promise<unknown>;
  /** It was marked as finished, or is being. */
  finishing: boolean;
}

/** The readings of what is held, in the order of their turns. */
export class Readings {
  readonly #all = new Map<string, Reading>();

  constructor(
    private readonly held: HeldLeases,
    private readonly deps: ShardReaderDependencies,
    /** Called with each that ended. */
    private readonly ended: (reading: Reading) => void,
  ) {}

  /** Of what is held now. */
  all(): readonly Reading[] {
    // Shards of a stream that was made anew have the names of the old ones.
    const held = this.held.all().filter(({ incarnation }) => incarnation === this.deps.stream.incarnation);
    const holdings = new Set(held);
    for (const [shard, reading] of this.#all) {
      if (holdings.has(reading.holding)) continue;
      this.#all.delete(shard);
      this.ended(reading);
    }
    for (const holding of held) if (!this.#all.has(holding.shard)) this.#all.set(holding.shard, this.#begin(holding));
    return [...this.#all.values()];
  }

  of(shard: string): Reading | null {
    return this.all().find(({ holding }) => holding.shard === shard) ?? null;
  }

  /** It had its turn. */
  turn(reading: Reading): void {
    this.#all.delete(reading.holding.shard);
    this.#all.set(reading.holding.shard, reading);
  }

  readerFrom(holding: Holding, start: Start): ShardReader {
    return new ShardReader(this.deps, { shard: holding.source, scope: holding.table.scope }, start);
  }

  /** At the group's checkpoint, or at the oldest record when there is none. */
  #begin(holding: Holding): Reading {
    const { checkpoint, look, finished } = holding.lease;
    return { holding, reader: this.readerFrom(holding, { next: checkpoint, look, ended: finished }), handed: null, acknowledged: checkpoint, moving: Promise.resolve(), finishing: finished };
  }
}

/** The shard was read to its end, and all of it is done. */
export function isDone({ reader, handed, acknowledged }: Reading): boolean {
  return reader.exhausted && (handed === null || (acknowledged !== null && acknowledged > handed));
}
