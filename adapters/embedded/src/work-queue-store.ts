import type { DeadJob, Job } from '@cave/core';
import { CaveError } from '@cave/core';
import type { Database } from 'lmdb';
import { DeadLetterBox, type DeadLetterLimit } from './dead-letter-box.js';
import type { OpenEnvironment } from './lmdb-environment.js';
import { decodeDeadJob, decodeDelivery, decodeJob, encodeDeadJob, encodeDelivery, encodeJob, readSequence, sequenceKey, type Delivery } from './work-queue-codec.js';

type Table = Database<Buffer, Buffer>;

const FORMAT_KEY = Buffer.from('format');
const FORMAT = '1';

/**
 * The queue's files: jobs by sequence number, what is known about those that were delivered
 * at least once, and dead jobs. Writes are to be called while a transaction is built.
 */
export class JobStore {
  readonly #jobs: Table;
  readonly #deliveries: Table;
  readonly #dead: DeadLetterBox;
  #nextSequence: number;

  private constructor(environment: OpenEnvironment, dead: DeadLetterLimit) {
    this.#jobs = table(environment, 'jobs');
    this.#deliveries = table(environment, 'deliveries');
    this.#dead = new DeadLetterBox(table(environment, 'dead'), dead);
    this.#nextSequence = after(this.#jobs);
  }

  static async open(environment: OpenEnvironment, dead: DeadLetterLimit): Promise<JobStore> {
    const meta = table(environment, 'queue');
    const format = meta.get(FORMAT_KEY)?.toString();
    if (format === undefined) await environment.writer.submit(() => void meta.put(FORMAT_KEY, Buffer.from(FORMAT)));
    else if (format !== FORMAT) throw new CaveError('configuration', `The work queue's directory holds format ${format}; this version of CAVE reads format ${FORMAT}.`);
    return new JobStore(environment, dead);
  }

  countJobs(): number {
    return this.#jobs.getKeysCount();
  }

  countDead(): number {
    return this.#dead.count;
  }

  /** Every job that was delivered at least once and is not done. */
  *deliveries(): Generator<{ readonly sequence: number; readonly delivery: Delivery }> {
    for (const { key, value } of this.#deliveries.getRange()) yield { sequence: readSequence(key), delivery: decodeDelivery(value) };
  }

  /** Jobs from `sequence` on, oldest first; null where the envelope cannot be parsed. */
  *from(sequence: number): Generator<{ readonly sequence: number; readonly job: Job | null }> {
    for (const { key, value } of this.#jobs.getRange({ start: sequenceKey(sequence) })) yield { sequence: readSequence(key), job: decodeJob(value) };
  }

  /** Null when the envelope is missing or cannot be parsed. */
  read(sequence: number): Job | null {
    const envelope = this.#jobs.get(sequenceKey(sequence));
    return envelope === undefined ? null : decodeJob(envelope);
  }

  /** Newest first. */
  deadJobs(limit: number): DeadJob[] {
    return this.#dead.newest(limit).map(decodeDeadJob);
  }

  add(job: Job): void {
    void this.#jobs.put(sequenceKey(this.#nextSequence++), encodeJob(job));
  }

  setDelivery(sequence: number, delivery: Delivery): void {
    void this.#deliveries.put(sequenceKey(sequence), encodeDelivery(delivery));
  }

  forgetDelivery(sequence: number): void {
    void this.#deliveries.remove(sequenceKey(sequence));
  }

  remove(sequence: number): void {
    const key = sequenceKey(sequence);
    void this.#jobs.remove(key);
    void this.#deliveries.remove(key);
  }

  /** Moves a job to the dead-letter place: whole, or as the bytes found when they are no job. The result is for the moment of the commit. */
  bury(sequence: number, attempts: number, reason: string): () => void {
    const envelope = this.#jobs.get(sequenceKey(sequence)) ?? Buffer.alloc(0);
    const { id, body } = decodeJob(envelope) ?? { id: `unreadable-${sequence}`, body: envelope };
    this.remove(sequence);
    return this.#dead.add(encodeDeadJob({ id, body, attempts, reason }));
  }
}

function table(environment: OpenEnvironment, name: string): Table {
  return environment.root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
}

function after(numbered: Table): number {
  for (const key of numbered.getKeys({ reverse: true, limit: 1 })) return readSequence(key) + 1;
  return 0;
}
