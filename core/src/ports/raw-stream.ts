import type { CaveError } from '../errors.js';
import type { Lifecycle } from './lifecycle.js';

export interface RawStreamCapabilities {
  /** Largest body of one record, in bytes; one byte more is `too_large`. */
  readonly maxRecordBytes: number;
  /**
   * The adapter repeats an append of unknown outcome by itself, because the stream removes the
   * duplicate. What is `unknown` all the same stays so: a publish by the caller is another record.
   * Default false.
   */
  readonly idempotentAppend: boolean;
  /** Number of partitions can change while running. Default false. */
  readonly repartitions: boolean;
  /** Positions say how many records a group lags behind; where false, they say only for how long. Default true. */
  readonly countsLag: boolean;
}

export interface StreamRecord {
  /** Records with one key stay in order. Up to 256 bytes of UTF-8. */
  readonly key: string;
  readonly body: Uint8Array;
}

/** Told for each record of a publish, in its order. */
export type AppendResult =
  | { readonly status: 'appended'; readonly partition: string; readonly offset: bigint }
  /** Certainly not in the stream; `error.code` is `too_large`, `resource_exhausted` or `unavailable`. */
  | { readonly status: 'not_appended'; readonly error: CaveError }
  /** May or may not be in the stream. */
  | { readonly status: 'unknown'; readonly error: CaveError };

export interface ConsumedRecord extends StreamRecord {
  /** Grows within a partition (gaps allowed) and never restarts within one incarnation. */
  readonly offset: bigint;
}

export interface ConsumedBatch {
  readonly incarnation: string;
  readonly partition: string;
  /** In offset order. Empty when the partition had nothing beyond the position. */
  readonly records: readonly ConsumedRecord[];
  /**
   * True when, at the moment the poll began or `drainedAtMs` names, nothing beyond these
   * records was in the partition: once they are stored, the partition is drained as of then.
   */
  readonly drained: boolean;
  /**
   * That moment, by the clock that the adapter was given, in milliseconds since the epoch: for
   * a stream that looks at all partitions beforehand, so that idle ones need not be waited for
   * one after the other. Absent: when the poll began.
   */
  readonly drainedAtMs?: number;
}

export interface PartitionPosition {
  readonly partition: string;
  /** Next offset to be read by a consumer that starts from the checkpoint; null when none was ever made. */
  readonly checkpoint: bigint | null;
  /** Records beyond the checkpoint; null where the stream cannot count them. */
  readonly lag: number | null;
  /**
   * Where the stream cannot count: how long before the newest record of the partition the one
   * was appended that the group reads next, in milliseconds, as of its last look (a few seconds
   * ago at most while a member holds the partition); null where nobody has looked yet.
   */
  readonly lagMs: number | null;
}

export interface ConsumerOptions {
  readonly group: string;
  /** Bounds of one batch. At least one record is returned whatever its size. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /**
   * Where the stream would refuse an append for want of room, it drops instead, oldest first,
   * what only groups that yield have not consumed yet; such a group learns of it by
   * `data_loss`. Of importance only to a stream that otherwise keeps everything until it is
   * consumed; one that drops by age need not heed it. Default false.
   */
  readonly yields?: boolean;
}

/**
 * One member of a consumer group. Each partition is held by one member at a time; the
 * members share them out. Reading starts at the group's checkpoint, or at the oldest record
 * when there is none (or at the position given by `seek`).
 */
export interface StreamConsumer {
  /** Partitions held now. */
  assignment(): readonly string[];
  /**
   * The next batch of any held partition, in turn (none starves). Waits up to `waitMs` for
   * one with records; after that resolves with an empty, drained batch for each held
   * partition in turn, or null when none is held. `data_loss` where the position was trimmed,
   * until `seek` moves it; `details.partition` and `details.oldest` (an offset, as text) say,
   * where they are known, which partition it is and where it begins now. A batch that was handed out is not handed
   * out again by this consumer, acknowledged or not; after a restart or a move of the
   * partition, reading resumes at the checkpoint.
   */
  poll(waitMs: number, signal?: AbortSignal): Promise<ConsumedBatch | null>;
  /** Continue a held partition at this offset (the first to be read). Trimmed already → `data_loss`. */
  seek(partition: string, offset: bigint): Promise<void>;
  /**
   * Records up to and including `offset` are done. The checkpoint is durable when this
   * resolves and never moves backwards. An offset beyond what this consumer was handed, or
   * one that would pass a record handed out earlier and not yet covered by a checkpoint of
   * the caller, is the caller's to avoid: the stream moves the checkpoint to exactly this
   * offset. `lost`: the partition is somebody else's now; nothing was changed.
   */
  checkpoint(partition: string, offset: bigint): Promise<'ok' | 'lost'>;
  /** Puts a record that cannot be decoded or stored aside, durably, with body and reason. */
  deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void>;
  /** Gives the partitions back. Idempotent. */
  close(): Promise<void>;
}

export interface DeadRecord {
  readonly partition: string;
  readonly offset: bigint;
  readonly key: string;
  readonly body: Uint8Array;
  readonly reason: string;
}

/**
 * The raw stream: partitioned, ordered within a partition, at-least-once, consumer groups
 * with durable checkpoints.
 *
 * `publish` resolves only when the fate of every record is known or known to be unknown;
 * `appended` means durable (flushed, acknowledged by all replicas that the adapter is told
 * to wait for). It never throws for a single record. An empty list resolves to an empty list.
 * Publishers may call it at once from many places; the adapter batches.
 */
export interface RawStream extends Lifecycle {
  readonly capabilities: RawStreamCapabilities;
  /**
   * Minted when the stream is created and never used again: a stream that begins again at
   * offset 0 has another incarnation.
   */
  incarnation(): string;
  /** Every partition that exists now, or that still holds records not yet consumed. */
  partitions(): Promise<readonly string[]>;
  publish(records: readonly StreamRecord[], signal?: AbortSignal): Promise<readonly AppendResult[]>;
  consume(options: ConsumerOptions, signal?: AbortSignal): Promise<StreamConsumer>;
  positions(group: string): Promise<readonly PartitionPosition[]>;
  /** The newest dead letters first. */
  deadLetters(limit: number): Promise<readonly DeadRecord[]>;
}
