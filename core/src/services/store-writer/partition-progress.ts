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
  /** Records of it that are not settled yet. */
  open: number;
  lastOffset: bigint | null;
  timeMs: number | null;
}

/**
 * How far one cluster has come with one held partition: the offset up to which a checkpoint
 * may be made (everything before it is settled), and the time up to which everything appended
 * for the cluster has been stored.
 */
export class PartitionProgress {
  readonly incarnation: string;
  readonly partition: string;
  /** Last offset handed out to this process. */
  lastOffset: bigint | null = null;
  /** Last offset of which a checkpoint was made by this process. */
  checkpointed: bigint | null = null;
  readonly #chunks: OpenChunk[] = [];
  #settledOffset: bigint | null = null;
  #storedUpToMs: number | null = null;

  constructor(incarnation: string, partition: string) {
    this.incarnation = incarnation;
    this.partition = partition;
  }

  /** `records`: how many of the chunk's records have to be settled. */
  add(chunk: Chunk, records: number): void {
    const { lastOffset, appendedAtMs, drainedAtMs } = chunk;
    if (lastOffset !== null) this.lastOffset = lastOffset;
    // A chunk that drained the partition says more than the stamp of its last record: nothing
    // else had been appended when the poll began.
    const timeMs = drainedAtMs ?? appendedAtMs;
    const tail = this.#chunks.at(-1);
    if (records === 0 && tail?.open === 0) {
      // Both wait for one before them: they are one, so that a long wait costs no memory.
      tail.lastOffset = lastOffset ?? tail.lastOffset;
      tail.timeMs = later(tail.timeMs, timeMs);
    } else {
      this.#chunks.push({ chunk, open: records, lastOffset, timeMs });
    }
    this.#advance();
  }

  settle(chunk: Chunk): void {
    const entry = this.#chunks.find((candidate) => candidate.chunk === chunk);
    if (entry === undefined) return;
    entry.open -= 1;
    this.#advance();
  }

  /** Offset up to which everything is settled and no checkpoint was made yet; null: none. */
  dueCheckpoint(): bigint | null {
    return this.#settledOffset === this.checkpointed ? null : this.#settledOffset;
  }

  get storedUpToMs(): number | null {
    return this.#storedUpToMs;
  }

  /** Chunks that were handed out and are not settled. */
  get waiting(): number {
    return this.#chunks.length;
  }

  #advance(): void {
    for (let head = this.#chunks[0]; head !== undefined && head.open === 0; head = this.#chunks[0]) {
      this.#chunks.shift();
      if (head.lastOffset !== null) this.#settledOffset = head.lastOffset;
      this.#storedUpToMs = later(this.#storedUpToMs, head.timeMs);
    }
  }
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
