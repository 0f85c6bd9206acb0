import { CaveError, errorCode, toCaveError } from '../../errors.js';
import type { PointBatch } from '../../domain/point-batch.js';
import { backoffMs, pause, sleep } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStore, StoredUpTo } from '../../ports/metrics-store.js';
import type { ConsumedBatch, ConsumedRecord, RawStream, StreamConsumer } from '../../ports/raw-stream.js';
import type { Labels, Telemetry } from '../../ports/telemetry.js';
import type { StoreWriterOptions } from './options.js';
import { PartitionProgress, type Chunk } from './partition-progress.js';
import { RecordSieve } from './record-sieve.js';
import { noPoints, type WriteEntry } from './write-entry.js';
import { WriteLane } from './write-lane.js';

/** Polls handed out and not stored beyond which nothing more is read: also those cost memory in which nothing was for this cluster. */
const MAX_OPEN_CHUNKS = 1_000;
const NOTHING = new Uint8Array(0);

export interface ClusterWriterDependencies {
  readonly stream: RawStream;
  readonly store: MetricsStore;
  /** Names of all named clusters: records of any other are nobody's. */
  readonly clusters: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

interface Polled {
  readonly batch: ConsumedBatch;
  /** When the poll began; milliseconds since the epoch. */
  readonly beganMs: number;
}

/** How far one cluster has come with one partition, for `/_internal_/status`. */
export interface PartitionStatus {
  readonly cluster: string | null;
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly storedUpToMs: number | null;
  readonly lastOffset: string | null;
  readonly waiting: boolean;
}

/** The consumer group of a cluster's writers; null is the default cluster. */
export function storeWriterGroup(cluster: string | null): string {
  return cluster === null ? 'dbwriter' : `dbwriter.${cluster}`;
}

/**
 * From the raw stream into the metrics store of one cluster. Position is given up only after
 * the store has acknowledged; a repetition is recognised by the store.
 *
 * ```
 *   poll ──sift──▶ lane ──write──▶ settled ──each second──▶ checkpoint, stored up to
 *         ├─▶ passed over: of another cluster, whose own writer reads it
 *         └─▶ dead letter: not readable, cluster not configured, refused by the store
 * ```
 *
 * One loop reads, one lane writes, one timer reports. What a crash leaves between store and
 * checkpoint is read again. While the store is away nothing moves: what is accepted meanwhile
 * waits in the stream, beyond this cluster's checkpoint and no other's.
 */
export class ClusterWriter {
  readonly #cluster: string | null;
  readonly #group: string;
  /** Of log lines; the default cluster has no name. */
  readonly #label: Labels;
  /** Partitions that were told idle since the last poll that waited. */
  readonly #toldIdle = new Set<string>();
  /** Of metrics, whose label names are the same for all clusters. */
  readonly #series: Labels;
  readonly #deps: ClusterWriterDependencies;
  readonly #options: StoreWriterOptions;
  readonly #lane: WriteLane;
  readonly #partitions = new Map<string, PartitionProgress>();
  readonly #stopping = new AbortController();
  readonly #sieve: RecordSieve;
  #consumer: StreamConsumer | null = null;
  #polled: Polled | null = null;
  #loops: Promise<unknown> | null = null;
  #pendingBytes = 0;
  #room: (() => void) | null = null;
  #readFailure: string | null = null;
  #fatal: CaveError | null = null;

  constructor(cluster: string | null, deps: ClusterWriterDependencies, options: StoreWriterOptions) {
    this.#cluster = cluster;
    this.#group = storeWriterGroup(cluster);
    this.#label = cluster === null ? {} : { cluster };
    this.#series = { cluster: cluster ?? '' };
    this.#deps = deps;
    this.#options = options;
    this.#sieve = new RecordSieve(cluster, deps.clusters);
    const { store, clock, logger, telemetry } = deps;
    this.#lane = new WriteLane(
      {
        name: cluster ?? '',
        store,
        clock,
        logger,
        telemetry,
        setAside: (entry, reason) => this.#deadLetter(entry.progress.partition, entry.record, reason),
        settled: (entry) => this.#settled(entry),
        failed: (error) => this.#fail(error),
      },
      { gatherMs: options.gatherMs, maxPoints: options.maxPointsPerWrite },
    );
  }

  /**
   * Joins the consumer group. What may pass is left to reading, which joins again and again and
   * is sick meanwhile; throws anything else that the stream throws.
   */
  async join(signal?: AbortSignal): Promise<void> {
    try {
      this.#consumer ??= await this.#consume(signal);
    } catch (error) {
      const { code, message } = toCaveError(error);
      if (code !== 'unavailable' && code !== 'resource_exhausted') throw error;
      this.#readFailure = message;
      this.#deps.logger.warn('stream_not_joined', { ...this.#label, code, message });
    }
  }

  start(): void {
    this.#lane.start();
    this.#loops = Promise.all([this.#readLoop(), this.#reportLoop()]);
  }

  /** Finishes the write under way, makes the checkpoints and gives the partitions back. */
  async stop(patience: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#room?.();
    await this.#loops;
    await this.#lane.stop(patience);
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
    if (this.#readFailure !== null) return { healthy: false, detail: `Nothing is read from the raw stream: ${this.#readFailure}` };
    const { sickness } = this.#lane;
    const seconds = sickness === null ? 0 : (this.#deps.clock.monotonicMs() - sickness.sinceMs) / 1000;
    if (sickness === null || seconds * 1000 < this.#options.sickAfterMs) return { healthy: true };
    const name = this.#cluster === null ? '(default)' : `"${this.#cluster}"`;
    return { healthy: false, detail: `The metrics store ${name} has taken nothing for ${Math.round(seconds)} s: ${sickness.message}` };
  }

  progress(): readonly PartitionStatus[] {
    return [...this.#partitions.values()].map(({ partition, storedUpToMs, lastOffset, waiting }) => ({
      cluster: this.#cluster,
      partition,
      storedUpToMs,
      lastOffset: lastOffset?.toString() ?? null,
      waiting: waiting > 0,
    }));
  }

  #consume(signal?: AbortSignal): Promise<StreamConsumer> {
    const { pollRecords, pollBytes } = this.#options;
    return this.#deps.stream.consume({ group: this.#group, maxRecords: pollRecords, maxBytes: pollBytes, yields: this.#cluster !== null }, signal);
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
        const failure = toCaveError(error);
        if (failure.code === 'data_loss' && !(await this.#skippedLoss(failure))) {
          this.#fail(failure);
          return;
        }
        failures += 1;
        await this.#afterFailedRead(failure, failures);
      }
    }
  }

  async #readOnce(): Promise<void> {
    await this.#untilRoom();
    this.#consumer ??= await this.#consume(this.#stopping.signal);
    const consumer = this.#consumer;
    // Kept until its place is known: the consumer hands nothing out twice, and a checkpoint would pass over what is dropped here.
    this.#polled ??= await this.#poll(consumer);
    if (this.#polled === null) return;
    const { batch, beganMs } = this.#polled;
    const progress = await this.#progressOf(consumer, batch);
    this.#polled = null;
    if (progress !== null) await this.#hand(progress, batch, beganMs);
  }

  async #poll(consumer: StreamConsumer): Promise<Polled | null> {
    const beganMs = this.#deps.clock.nowMs();
    const batch = await consumer.poll(this.#toldIdle.size > 0 ? 0 : this.#options.pollWaitMs, this.#stopping.signal);
    if (batch === null) {
      // Nothing is held: the next poll must wait, or this would go round without a pause.
      this.#toldIdle.clear();
      return null;
    }
    this.#noteIdle(batch);
    return { batch, beganMs };
  }

  /** Where the stream has looked at all partitions already, one after the other is asked for without a wait, until it is the first one's turn again. */
  #noteIdle({ partition, records, drainedAtMs }: ConsumedBatch): void {
    if (records.length > 0 || drainedAtMs === undefined) return;
    if (this.#toldIdle.has(partition)) this.#toldIdle.clear();
    else this.#toldIdle.add(partition);
  }

  async #afterFailedRead(error: CaveError, failures: number): Promise<void> {
    this.#readFailure = error.message;
    if (failures === 1) this.#deps.logger.warn('stream_read_failed', { ...this.#label, code: error.code, message: error.message });
    if (error.code === 'closed' || error.code === 'lost') {
      // The membership is gone: join anew, and begin each partition anew.
      const old = this.#consumer;
      this.#consumer = null;
      this.#polled = null;
      this.#partitions.clear();
      await old?.close().catch((closeError: unknown) => this.#warn('stream_consumer_close_failed', closeError));
    }
    await pause(backoffMs(failures, { firstMs: 50, maxMs: 5_000 }), this.#stopping.signal);
  }

  /** What must be there is not, or a defect: stop here rather than leave a hole that nobody notices. */
  #fail(error: CaveError): void {
    this.#fatal = error;
    this.#room?.();
    this.#deps.logger.error('store_writer_stopped', { ...this.#label, code: error.code, message: error.message, ...error.details });
  }

  /**
   * The stream dropped records of a named cluster that was away for too long, so that the
   * others could go on (see `yields` of the raw stream): said loudly, and reading continues
   * behind the hole. False: it is not known where that is, or the loss is none that was agreed to.
   */
  async #skippedLoss({ message, details }: CaveError): Promise<boolean> {
    const { partition, oldest } = details;
    const consumer = this.#consumer;
    if (this.#cluster === null || consumer === null || typeof partition !== 'string' || typeof oldest !== 'string') return false;
    this.#deps.telemetry.count('cave_dbwriter_losses_total', 1, this.#series);
    this.#deps.logger.error('records_lost', { ...this.#label, partition, oldest, message });
    this.#partitions.delete(partition);
    try {
      await consumer.seek(partition, BigInt(oldest));
    } catch (error) {
      // The next poll tells of it again.
      this.#warn('seek_failed', error);
    }
    return true;
  }

  async #untilRoom(): Promise<void> {
    while (this.#full() && !this.#stopping.signal.aborted && this.#fatal === null) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
      this.#room = null;
    }
  }

  #full(): boolean {
    if (this.#pendingBytes >= this.#options.maxPendingBytes) return true;
    let chunks = 0;
    for (const { waiting } of this.#partitions.values()) chunks += waiting;
    return chunks >= MAX_OPEN_CHUNKS;
  }

  /** The progress of the batch's partition; null when the batch is to be dropped, because reading begins elsewhere. */
  async #progressOf(consumer: StreamConsumer, batch: ConsumedBatch): Promise<PartitionProgress | null> {
    const known = this.#partitions.get(batch.partition);
    const first = batch.records[0];
    const repeated = first !== undefined && known !== undefined && known.lastOffset !== null && first.offset <= known.lastOffset;
    if (known !== undefined && known.incarnation === batch.incarnation && !repeated) return known;
    // New here, or lost and given back meanwhile, or a stream that began anew.
    const progress = new PartitionProgress(batch.incarnation, batch.partition);
    const moved = await this.#seekToMark(consumer, batch);
    this.#partitions.set(batch.partition, progress);
    return moved ? null : progress;
  }

  /**
   * A store that keeps marks may know less than the checkpoint says (it was put back to an
   * older copy): then reading starts at mark + 1, and fails loudly when that was trimmed.
   */
  async #seekToMark(consumer: StreamConsumer, batch: ConsumedBatch): Promise<boolean> {
    const { store } = this.#lane;
    if (!store.capabilities.keepsMarks) return false;
    const positions = await this.#deps.stream.positions(this.#group);
    const checkpoint = positions.find((position) => position.partition === batch.partition)?.checkpoint ?? null;
    if (checkpoint === null) return false;
    const mark = await store.mark(batch.incarnation, batch.partition);
    const next = mark === null ? 0n : mark + 1n;
    const start = next < checkpoint ? next : checkpoint;
    if (start === checkpoint) return false;
    this.#deps.logger.warn('store_behind_checkpoint', { ...this.#label, partition: batch.partition, checkpoint: checkpoint.toString(), start: start.toString() });
    try {
      await consumer.seek(batch.partition, start);
    } catch (error) {
      if (errorCode(error) !== 'data_loss') throw error;
      throw new CaveError(
        'data_loss',
        `The metrics store${this.#cluster === null ? '' : ` "${this.#cluster}"`} lacks records ${start}–${checkpoint - 1n} of partition ${batch.partition}, and the raw stream has trimmed some of them. Restore the newer copy of the store, or begin a new raw stream to go on without them.`,
        { cause: error, details: { partition: batch.partition, start: start.toString(), checkpoint: checkpoint.toString() } },
      );
    }
    return true;
  }

  async #hand(progress: PartitionProgress, batch: ConsumedBatch, beganMs: number): Promise<void> {
    const own: { readonly record: ConsumedRecord; readonly points: PointBatch }[] = [];
    let appendedAtMs: number | null = null;
    for (const record of batch.records) {
      const sifted = this.#sieve.sift(record.body);
      appendedAtMs = sifted.appendedAtMs ?? appendedAtMs;
      if (sifted.kind === 'own') own.push({ record, points: sifted.points });
      else if (sifted.kind === 'dead') await this.#deadLetter(batch.partition, record, sifted.reason);
    }
    const last = batch.records.at(-1);
    const chunk: Chunk = { lastOffset: last?.offset ?? null, appendedAtMs, drainedAtMs: batch.drained ? (batch.drainedAtMs ?? beganMs) : null };
    const entries: WriteEntry[] = own.map(({ record, points }) => ({ progress, chunk, record, points, bytes: record.body.byteLength }));
    // A store that keeps marks must pass the last record, also where it was not for that store.
    if (last !== undefined && this.#lane.store.capabilities.keepsMarks && own.at(-1)?.record !== last) {
      entries.push({ progress, chunk, record: { ...last, body: NOTHING }, points: noPoints(), bytes: 0 });
    }
    progress.add(chunk, entries.length);
    for (const { bytes } of entries) this.#pendingBytes += bytes;
    this.#lane.enqueue(entries);
  }

  async #deadLetter(partition: string, record: ConsumedRecord, reason: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const consumer = this.#consumer;
      try {
        if (consumer === null) throw new CaveError('unavailable', 'The raw stream is being joined anew.');
        await consumer.deadLetter(partition, record, reason);
        this.#deps.telemetry.count('cave_dbwriter_records_set_aside_total');
        this.#deps.logger.warn('record_set_aside', { ...this.#label, partition, offset: record.offset.toString(), reason });
        return;
      } catch (error) {
        if (attempt === 1) this.#warn('dead_letter_failed', error);
        await sleep(backoffMs(attempt, { firstMs: 50, maxMs: 5_000 }), this.#stopping.signal);
      }
    }
  }

  #settled(entry: WriteEntry): void {
    this.#pendingBytes -= entry.bytes;
    entry.progress.settle(entry.chunk);
    this.#room?.();
  }

  // ------------------------------------------------------------------ reporting

  async #reportLoop(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      await pause(this.#options.reportMs, this.#stopping.signal);
      const consumer = this.#consumer;
      if (consumer === null || this.#stopping.signal.aborted) continue;
      try {
        await this.#report(consumer);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#warn('store_writer_report_failed', error);
      }
    }
  }

  async #report(consumer: StreamConsumer): Promise<void> {
    const held = new Set(consumer.assignment());
    for (const [partition, progress] of this.#partitions) {
      if (!held.has(partition) || (await this.#checkpoint(consumer, progress)) === 'lost') this.#partitions.delete(partition);
    }
    await this.#reportStoredUpTo();
    await this.#reportLag();
  }

  async #checkpoint(consumer: StreamConsumer, progress: PartitionProgress): Promise<'ok' | 'lost'> {
    const offset = progress.dueCheckpoint();
    if (offset === null) return 'ok';
    const answer = await consumer.checkpoint(progress.partition, offset);
    if (answer === 'ok') progress.checkpointed = offset;
    else this.#deps.logger.info('partition_lost', { ...this.#label, partition: progress.partition });
    return answer;
  }

  async #reportStoredUpTo(): Promise<void> {
    const marks: StoredUpTo[] = [];
    for (const { incarnation, partition, storedUpToMs } of this.#partitions.values()) {
      if (storedUpToMs !== null) marks.push({ incarnation, partition, timeMs: storedUpToMs });
    }
    if (marks.length === 0) return;
    try {
      await this.#lane.store.setStoredUpTo(marks);
    } catch (error) {
      this.#warn('stored_up_to_failed', error);
    }
    const behindMs = this.#deps.clock.nowMs() - Math.min(...marks.map(({ timeMs }) => timeMs));
    this.#deps.telemetry.gauge('cave_dbwriter_behind_seconds', behindMs / 1000, this.#series);
  }

  async #reportLag(): Promise<void> {
    const positions = await this.#deps.stream.positions(this.#group);
    const { telemetry } = this.#deps;
    if (this.#deps.stream.capabilities.countsLag) telemetry.gauge('cave_dbwriter_lag_records', positions.reduce((sum, { lag }) => sum + (lag ?? 0), 0), this.#series);
    else telemetry.gauge('cave_dbwriter_lag_seconds', Math.max(0, ...positions.map(({ lagMs }) => lagMs ?? 0)) / 1000, this.#series);
    telemetry.gauge('cave_dbwriter_pending_bytes', this.#pendingBytes, this.#series);
  }

  #warn(event: string, error: unknown): void {
    const { code, message } = toCaveError(error);
    this.#deps.logger.warn(event, { ...this.#label, code, message });
  }
}
