/** What one poll handed out of a partition. */
export interface Chunk {
  /** Offset of its last record; null when it was empty. */
  readonly lastOffset: bigint | null;
  /** When its last readable record was appended; null when it had none. Milliseconds since the epoch. */
  readonly appendedAtMs: number | null;
  /** When the poll began, if it drained the partition; else null. Milliseconds since the epoch. */
  readonly drainedAtMs: number | null;
}

interface OpenChunk {
  readonly chunk: Chunk;
  open: number;
}

/** How far one lane (one metrics store) has come with the chunks of one partition. */
class LaneProgress {
  readonly #chunks: OpenChunk[] = [];
  #storedUpToMs: number | null = null;
  settledOffset: bigint | null = null;

  add(chunk: Chunk, records: number): void {
    this.#chunks.push({ chunk, open: records });
    this.#advance();
  }

  settle(chunk: Chunk): void {
    const entry = this.#chunks.find((candidate) => candidate.chunk === chunk);
    if (entry === undefined) return;
    entry.open -= 1;
    this.#advance();
  }

  get storedUpToMs(): number | null {
    return this.#storedUpToMs;
  }

  get waiting(): boolean {
    return this.#chunks.length > 0;
  }

  #advance(): void {
    for (let head = this.#chunks[0]; head !== undefined && head.open === 0; head = this.#chunks[0]) {
      this.#chunks.shift();
      const { lastOffset, appendedAtMs, drainedAtMs } = head.chunk;
      if (lastOffset !== null) this.settledOffset = lastOffset;
      // A chunk that drained the partition says more than the stamp of its last record: nothing
      // else had been appended when the poll began.
      const time = drainedAtMs ?? appendedAtMs;
      if (time !== null && (this.#storedUpToMs === null || time > this.#storedUpToMs)) this.#storedUpToMs = time;
    }
  }
}

/**
 * How far one held partition has been stored: the offset up to which a checkpoint may be made
 * (everything before it is settled in every lane), and for each lane the time up to which
 * everything appended has been stored.
 */
export class PartitionProgress {
  readonly incarnation: string;
  readonly partition: string;
  readonly #lanes: ReadonlyMap<string, LaneProgress>;
  /** Last offset handed out to this process. */
  lastOffset: bigint | null = null;
  /** Last offset of which a checkpoint was made by this process. */
  checkpointed: bigint | null = null;

  constructor(incarnation: string, partition: string, lanes: readonly string[]) {
    this.incarnation = incarnation;
    this.partition = partition;
    this.#lanes = new Map(lanes.map((lane) => [lane, new LaneProgress()]));
  }

  /** `records` tells how many records of the chunk each lane has to settle. */
  add(chunk: Chunk, records: ReadonlyMap<string, number>): void {
    if (chunk.lastOffset !== null) this.lastOffset = chunk.lastOffset;
    for (const [lane, progress] of this.#lanes) progress.add(chunk, records.get(lane) ?? 0);
  }

  settle(lane: string, chunk: Chunk): void {
    this.#lanes.get(lane)?.settle(chunk);
  }

  /** Offset up to which everything is settled and no checkpoint was made yet; null: none. */
  dueCheckpoint(): bigint | null {
    let lowest: bigint | null = null;
    for (const { settledOffset } of this.#lanes.values()) {
      if (settledOffset === null) return null;
      if (lowest === null || settledOffset < lowest) lowest = settledOffset;
    }
    return lowest === this.checkpointed ? null : lowest;
  }

  storedUpToMs(lane: string): number | null {
    return this.#lanes.get(lane)?.storedUpToMs ?? null;
  }

  /** True while something that was handed out is not settled. */
  get waiting(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.waiting);
  }
}
