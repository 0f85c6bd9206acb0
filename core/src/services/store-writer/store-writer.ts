import { CaveError, errorCode, toCaveError } from '../../errors.js';
import { PointRecordDecoder, type PointRecord } from '../../domain/point-record.js';
import { backoffMs, pause, sleep } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores, StoredUpTo } from '../../ports/metrics-store.js';
import type { ConsumedBatch, ConsumedRecord, RawStream, StreamConsumer } from '../../ports/raw-stream.js';
import type { Telemetry } from '../../ports/telemetry.js';
import { PartitionProgress, type Chunk } from './partition-progress.js';
import { noPoints, type WriteEntry } from './write-entry.js';
import { WriteLane } from './write-lane.js';

export const STORE_WRITER_GROUP = 'dbwriter';

const DEFAULT_LANE = '';

export interface StoreWriterOptions {
  /** Bounds of one poll. */
  readonly pollRecords: number;
  readonly pollBytes: number;
  readonly pollWaitMs: number;
  /** Bytes read and not yet stored; beyond, nothing more is read. */
  readonly maxPendingBytes: number;
  readonly gatherMs: number;
  readonly maxPointsPerWrite: number;
  /** How often checkpoints and *stored up to* are made known. */
  readonly reportMs: number;
  /** After this long without a named cluster its records are put aside. */
  readonly parkAfterMs: number;
  /** A store that takes nothing for this long makes the service unhealthy. */
  readonly sickAfterMs: number;
}

export const STORE_WRITER_DEFAULTS: StoreWriterOptions = {
  pollRecords: 2_000,
  pollBytes: 4 * 1024 * 1024,
  pollWaitMs: 100,
  maxPendingBytes: 64 * 1024 * 1024,
  gatherMs: 100,
  maxPointsPerWrite: 100_000,
  reportMs: 1_000,
  parkAfterMs: 60_000,
  sickAfterMs: 5_000,
};

export interface StoreWriterDependencies {
  readonly stream: RawStream;
  readonly stores: MetricsStores;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/**
 * From the raw stream into the metrics stores. Position is given up only after the store has
 * acknowledged; a repetition is recognised by the store.
 *
 * ```
 *   poll ──decode──▶ lane of the cluster ──write──▶ settled ──each second──▶ checkpoint, stored up to
 *                └─▶ dead letter: not readable, cluster not configured, refused by the store
 * ```
 *
 * One loop reads, one lane for each store writes, one timer reports. What a crash leaves
 * between store and checkpoint is read again.
 */
export class StoreWriter {
  readonly #deps: StoreWriterDependencies;
  readonly #options: StoreWriterOptions;
  readonly #lanes = new Map<string, WriteLane>();
  readonly #partitions = new Map<string, PartitionProgress>();
  readonly #stopping = new AbortController();
  readonly #decoder = new PointRecordDecoder();
  #consumer: StreamConsumer | null = null;
  #loops: Promise<unknown> | null = null;
  #pendingBytes = 0;
  #room: (() => void) | null = null;
  #readFailure: string | null = null;
  #fatal: CaveError | null = null;

  constructor(deps: StoreWriterDependencies, options: Partial<StoreWriterOptions> = {}) {
    this.#deps = deps;
    this.#options = { ...STORE_WRITER_DEFAULTS, ...options };
    for (const name of [DEFAULT_LANE, ...deps.stores.names()]) this.#lanes.set(name, this.#lane(name));
  }

  /** Joins the consumer group and begins. Throws what the stream throws when it cannot be joined. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#consumer = await this.#consume(signal);
    for (const lane of this.#lanes.values()) lane.start();
    this.#loops = Promise.all([this.#readLoop(), this.#reportLoop()]);
  }

  /** Finishes the writes under way, makes their checkpoints and gives the partitions back. */
  async stop(patience: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#room?.();
    await this.#loops;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(patience)));
    const consumer = this.#consumer;
    this.#consumer = null;
    if (consumer === null) return;
    if (this.#fatal === null && !patience.aborted) {
      await this.#report(consumer).catch((error: unknown) => this.#warn('final_checkpoint_failed', error));
    }
    await consumer.close();
  }

  health(): Health {
    if (this.#fatal !== null) return { healthy: false, detail: this.#fatal.message };
    if (this.#readFailure !== null) return { healthy: false, detail: `The raw stream cannot be read: ${this.#readFailure}` };
    const now = this.#deps.clock.monotonicMs();
    for (const lane of this.#lanes.values()) {
      const { sickness } = lane;
      if (sickness !== null && now - sickness.sinceMs >= this.#options.sickAfterMs) {
        const seconds = Math.round((now - sickness.sinceMs) / 1000);
        return { healthy: false, detail: `The metrics store ${laneLabel(lane.name)} has taken nothing for ${seconds} s: ${sickness.message}` };
      }
    }
    return { healthy: true };
  }

  /** Time up to which each held partition has been stored in the default store; for `/_internal_/status`. */
  progress(): readonly { readonly partition: string; readonly storedUpToMs: number | null; readonly lastOffset: string | null; readonly waiting: boolean }[] {
    return [...this.#partitions.values()].map((progress) => ({
      partition: progress.partition,
      storedUpToMs: progress.storedUpToMs(DEFAULT_LANE),
      lastOffset: progress.lastOffset?.toString() ?? null,
      waiting: progress.waiting,
    }));
  }

  #lane(name: string): WriteLane {
    const { stores, clock, logger, telemetry } = this.#deps;
    return new WriteLane(
      {
        name,
        store: stores.get(name === DEFAULT_LANE ? null : name),
        clock,
        logger,
        telemetry,
        setAside: (entry, reason) => this.#deadLetter(entry.progress.partition, entry.record, reason),
        settled: (entry) => this.#settled(name, entry),
        failed: (error) => this.#fail(error),
      },
      {
        gatherMs: this.#options.gatherMs,
        maxPoints: this.#options.maxPointsPerWrite,
        parkAfterMs: name === DEFAULT_LANE ? null : this.#options.parkAfterMs,
      },
    );
  }

  #consume(signal?: AbortSignal): Promise<StreamConsumer> {
    const { pollRecords, pollBytes } = this.#options;
    return this.#deps.stream.consume({ group: STORE_WRITER_GROUP, maxRecords: pollRecords, maxBytes: pollBytes }, signal);
  }

  // ------------------------------------------------------------------ reading

  async #readLoop(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted && this.#fatal === null) {
      try {
        await this.#readOnce();
        failures = 0;
        this.#readFailure = null;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (errorCode(error) === 'data_loss') {
          this.#fail(toCaveError(error));
          return;
        }
        failures += 1;
        await this.#afterFailedRead(toCaveError(error), failures);
      }
    }
  }

  async #readOnce(): Promise<void> {
    await this.#untilRoom();
    const { clock } = this.#deps;
    this.#consumer ??= await this.#consume(this.#stopping.signal);
    const consumer = this.#consumer;
    const beganMs = clock.nowMs();
    const batch = await consumer.poll(this.#options.pollWaitMs, this.#stopping.signal);
    if (batch === null) return;
    const progress = await this.#progressOf(consumer, batch);
    if (progress === null) return;
    await this.#hand(progress, batch, beganMs);
  }

  async #afterFailedRead(error: CaveError, failures: number): Promise<void> {
    this.#readFailure = error.message;
    if (failures === 1) this.#deps.logger.warn('stream_read_failed', { code: error.code, message: error.message });
    if (error.code === 'closed' || error.code === 'lost') {
      // The membership is gone: join anew, and begin each partition anew.
      const old = this.#consumer;
      this.#consumer = null;
      this.#partitions.clear();
      await old?.close().catch((closeError: unknown) => this.#warn('stream_consumer_close_failed', closeError));
    }
    await pause(backoffMs(failures, { firstMs: 50, maxMs: 5_000 }), this.#stopping.signal);
  }

  /** What must be there is not, or a defect: stop here rather than leave a hole that nobody notices. */
  #fail(error: CaveError): void {
    this.#fatal = error;
    this.#room?.();
    this.#deps.logger.error('store_writer_stopped', { code: error.code, message: error.message, ...error.details });
  }

  async #untilRoom(): Promise<void> {
    while (this.#pendingBytes >= this.#options.maxPendingBytes && !this.#stopping.signal.aborted && this.#fatal === null) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
      this.#room = null;
    }
  }

  /** The progress of the batch's partition; null when the batch is to be dropped, because reading begins elsewhere. */
  async #progressOf(consumer: StreamConsumer, batch: ConsumedBatch): Promise<PartitionProgress | null> {
    const known = this.#partitions.get(batch.partition);
    const first = batch.records[0];
    const repeated = first !== undefined && known !== undefined && known.lastOffset !== null && first.offset <= known.lastOffset;
    if (known !== undefined && known.incarnation === batch.incarnation && !repeated) return known;
    // New here, or lost and given back meanwhile, or a stream that began anew.
    const progress = new PartitionProgress(batch.incarnation, batch.partition, [...this.#lanes.keys()]);
    const moved = await this.#seekToMark(consumer, batch);
    this.#partitions.set(batch.partition, progress);
    return moved ? null : progress;
  }

  /**
   * A store that keeps marks may know less than the checkpoint says (it was put back to an
   * older copy): then reading starts at mark + 1, and fails loudly when that was trimmed.
   */
  async #seekToMark(consumer: StreamConsumer, batch: ConsumedBatch): Promise<boolean> {
    const { stream } = this.#deps;
    const positions = await stream.positions(STORE_WRITER_GROUP);
    const checkpoint = positions.find((position) => position.partition === batch.partition)?.checkpoint ?? null;
    if (checkpoint === null) return false;
    let start = checkpoint;
    for (const lane of this.#lanes.values()) {
      if (!lane.store.capabilities.keepsMarks) continue;
      const mark = await lane.store.mark(batch.incarnation, batch.partition);
      // A named cluster without any mark was added after the checkpoint; the default one never was.
      if (mark === null && lane.name !== DEFAULT_LANE) continue;
      const next = mark === null ? 0n : mark + 1n;
      if (next < start) start = next;
    }
    if (start === checkpoint) return false;
    this.#deps.logger.warn('store_behind_checkpoint', { partition: batch.partition, checkpoint: checkpoint.toString(), start: start.toString() });
    try {
      await consumer.seek(batch.partition, start);
    } catch (error) {
      if (errorCode(error) !== 'data_loss') throw error;
      throw new CaveError(
        'data_loss',
        `The metrics store lacks records ${start}–${checkpoint - 1n} of partition ${batch.partition}, and the raw stream has trimmed some of them. Restore the newer copy of the store, or begin a new raw stream to go on without them.`,
        { cause: error, details: { partition: batch.partition, start: start.toString(), checkpoint: checkpoint.toString() } },
      );
    }
    return true;
  }

  async #hand(progress: PartitionProgress, batch: ConsumedBatch, beganMs: number): Promise<void> {
    const readable: { readonly record: ConsumedRecord; readonly decoded: PointRecord; readonly lane: string }[] = [];
    for (const record of batch.records) {
      const decoded = await this.#decode(batch.partition, record);
      if (decoded === null) continue;
      const lane = decoded.points.cluster ?? DEFAULT_LANE;
      if (this.#lanes.has(lane)) readable.push({ record, decoded, lane });
      else await this.#deadLetter(batch.partition, record, `cluster_not_configured: ${lane}`);
    }
    const last = batch.records.at(-1);
    const chunk: Chunk = {
      lastOffset: last?.offset ?? null,
      appendedAtMs: readable.at(-1)?.decoded.appendedAtMs ?? null,
      drainedAtMs: batch.drained ? beganMs : null,
    };
    const entries = new Map<string, WriteEntry[]>();
    for (const { record, decoded, lane } of readable) {
      const entry: WriteEntry = { progress, chunk, record, points: decoded.points, bytes: record.body.byteLength };
      const list = entries.get(lane);
      if (list === undefined) entries.set(lane, [entry]);
      else list.push(entry);
    }
    if (last !== undefined) this.#passMarks(progress, chunk, last, entries);
    progress.add(chunk, new Map([...entries].map(([lane, list]) => [lane, list.length])));
    for (const [lane, list] of entries) {
      for (const entry of list) this.#pendingBytes += entry.bytes;
      this.#lanes.get(lane)?.enqueue(list);
    }
  }

  /** Each store that keeps marks must pass the last record, also where it was not for that store. */
  #passMarks(progress: PartitionProgress, chunk: Chunk, last: ConsumedRecord, entries: Map<string, WriteEntry[]>): void {
    for (const [name, lane] of this.#lanes) {
      if (!lane.store.capabilities.keepsMarks) continue;
      const list = entries.get(name) ?? [];
      if (list.at(-1)?.record === last) continue;
      entries.set(name, [...list, { progress, chunk, record: last, points: noPoints(), bytes: 0 }]);
    }
  }

  async #decode(partition: string, record: ConsumedRecord): Promise<PointRecord | null> {
    try {
      return this.#decoder.decode(record.body);
    } catch (error) {
      await this.#deadLetter(partition, record, `undecodable: ${toCaveError(error).message}`);
      return null;
    }
  }

  async #deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const consumer = this.#consumer;
      try {
        if (consumer === null) throw new CaveError('unavailable', 'The raw stream is being joined anew.');
        await consumer.deadLetter(partition, record, reason);
        this.#deps.telemetry.count('cave_dbwriter_records_set_aside_total');
        this.#deps.logger.warn('record_set_aside', { partition, offset: record.offset.toString(), reason });
        return;
      } catch (error) {
        if (attempt === 1) this.#warn('dead_letter_failed', error);
        await sleep(backoffMs(attempt, { firstMs: 50, maxMs: 5_000 }), this.#stopping.signal);
      }
    }
  }

  #settled(lane: string, entry: WriteEntry): void {
    this.#pendingBytes -= entry.bytes;
    entry.progress.settle(lane, entry.chunk);
    this.#room?.();
  }

  // ------------------------------------------------------------------ reporting

  async #reportLoop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pause(this.#options.reportMs, this.#stopping.signal);
      const consumer = this.#consumer;
      if (consumer === null || this.#stopping.signal.aborted) continue;
      try {
        await this.#report(consumer);
      } catch (error) {
        this.#warn('store_writer_report_failed', error);
      }
    }
  }

  async #report(consumer: StreamConsumer): Promise<void> {
    const held = new Set(consumer.assignment());
    for (const [partition, progress] of this.#partitions) {
      if (!held.has(partition) || (await this.#checkpoint(consumer, progress)) === 'lost') this.#partitions.delete(partition);
    }
    const outcomes = await Promise.allSettled([...this.#lanes.values()].map((lane) => this.#reportStoredUpTo(lane)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#warn('stored_up_to_failed', outcome.reason);
    await this.#reportLag();
  }

  async #checkpoint(consumer: StreamConsumer, progress: PartitionProgress): Promise<'ok' | 'lost'> {
    const offset = progress.dueCheckpoint();
    if (offset === null) return 'ok';
    const answer = await consumer.checkpoint(progress.partition, offset);
    if (answer === 'ok') progress.checkpointed = offset;
    else this.#deps.logger.info('partition_lost', { partition: progress.partition });
    return answer;
  }

  async #reportStoredUpTo(lane: WriteLane): Promise<void> {
    const marks: StoredUpTo[] = [];
    for (const progress of this.#partitions.values()) {
      const timeMs = progress.storedUpToMs(lane.name);
      if (timeMs !== null) marks.push({ incarnation: progress.incarnation, partition: progress.partition, timeMs });
    }
    if (marks.length === 0) return;
    await lane.store.setStoredUpTo(marks);
    const behindMs = this.#deps.clock.nowMs() - Math.min(...marks.map(({ timeMs }) => timeMs));
    if (lane.name === DEFAULT_LANE) this.#deps.telemetry.gauge('cave_dbwriter_behind_seconds', behindMs / 1000);
  }

  async #reportLag(): Promise<void> {
    const positions = await this.#deps.stream.positions(STORE_WRITER_GROUP);
    this.#deps.telemetry.gauge('cave_dbwriter_lag_records', positions.reduce((sum, { lag }) => sum + lag, 0));
    this.#deps.telemetry.gauge('cave_dbwriter_pending_bytes', this.#pendingBytes);
  }

  #warn(event: string, error: unknown): void {
    const { code, message } = toCaveError(error);
    this.#deps.logger.warn(event, { code, message });
  }
}

function laneLabel(name: string): string {
  return name === DEFAULT_LANE ? '(default)' : `"${name}"`;
}
