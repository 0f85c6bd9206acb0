import { backoffMs, CaveError, throwIfAborted, Wake, type ConsumedRecord } from '@cave/core';
import type { KafkaClient } from './client.js';
import { asUnavailable, KAFKA, mustSucceed } from './errors.js';
import { boundaries, offsetOf, type Offsets } from './offsets.js';
import { fetchRequest, type FetchedPartition } from './protocol.js';
import type { TopicView } from './topic.js';

/** Longest that a broker holds back an answer. What waits on a connection cannot be taken back, so it bounds how long a new question waits. */
const MAX_WAIT_MS = 500;
const BACKOFF = { firstMs: 50, maxMs: 2_000 };
/** A failure that no poll has tried again for this long tells nothing about now. */
const RECENT_MS = 5_000;
const LOCATE = 'locate';

export interface ReadRecord extends ConsumedRecord {
  /** When it was appended, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface ReadBatch {
  readonly incarnation: string;
  readonly partition: number;
  readonly records: readonly ReadRecord[];
  /** Nothing was beyond these records when the poll began. */
  readonly drained: boolean;
}

export interface PartitionReaderOptions {
  /** Of this reader's connections. */
  readonly lane: string;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly requestTimeoutMs: number;
  /** Where to begin in partitions just taken, or whose topic was made anew. */
  locate(partitions: readonly number[]): Promise<Offsets>;
}

/** Where reading stands in one partition. Replaced by a new one wherever it begins anew, so that late answers find no taker. */
interface Place {
  readonly partition: number;
  /** Null until it is known where to begin. */
  incarnation: string | null;
  /** First offset that was not fetched yet. */
  next: bigint;
  /** Fetched and not handed out. */
  ready: readonly ReadRecord[];
  /** Number of the newest poll that the last fetch began in, if it reached the end of the partition. */
  drainedIn: number;
  /** Told by every poll until reading begins elsewhere. */
  failure: CaveError | null;
}

interface Trouble {
  readonly error: CaveError;
  readonly attempts: number;
  readonly retryAt: number;
  /** The newest poll when it came. */
  readonly poll: number;
}

/**
 * Reads held partitions in turn, by at most one request to each broker at a time, and only when
 * nothing fetched is left to hand out: that bounds memory and lets none starve. *Drained* is
 * claimed only on the answer to a question that was asked during the poll.
 *
 * A broker that fails is asked again with bounded back-off; a poll that has nothing else to wait
 * for throws the failure (`unavailable`). A position that is not in the partition is `data_loss`.
 */
export class PartitionReader {
  /** In the order of their turns. */
  #places = new Map<number, Place>();
  readonly #inFlight = new Set<string>();
  readonly #troubles = new Map<string, Trouble>();
  /** Partition → leader of whose knowledge of the end there is no doubt. */
  readonly #sureOf = new Map<number, number>();
  readonly #changed = new Wake();
  #polls = 0;
  #isOpen = true;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: TopicView,
    private readonly options: PartitionReaderOptions,
  ) {}

  /** Reads exactly these from now on. `kept`: goes on where it was in those that it read before. */
  hold(partitions: readonly number[], kept: boolean): void {
    const before = this.#places;
    this.#places = new Map(partitions.map((partition) => [partition, (kept ? before.get(partition) : undefined) ?? unlocated(partition)]));
    this.#changed.now();
  }

  /** Begins at `offset` of the topic as it is now, or where `locate` says. Only for what is held. */
  moveTo(partition: number, offset: bigint | null): void {
    this.#places.set(partition, offset === null ? unlocated(partition) : { ...unlocated(partition), incarnation: this.topic.id, next: offset });
    this.#changed.now();
  }

  /** As StreamConsumer.poll. */
  async poll(waitMs: number, signal?: AbortSignal): Promise<ReadBatch | null> {
    const poll = ++this.#polls;
    const end = performance.now() + waitMs;
    for (;;) {
      throwIfAborted(signal);
      if (!this.#isOpen) throw new CaveError('closed', 'The consumer is closed.');
      const batch = this.#nextBatch(poll);
      if (batch !== null) return batch;
      const left = Math.max(0, end - performance.now());
      if (left === 0) {
        if (this.#places.size === 0) return null;
        const empty = this.#emptyBatch(poll);
        if (empty !== null) return empty;
      }
      const retryAt = this.#ask(left);
      this.#throwTrouble(left === 0 ? 0 : poll);
      const untilRetry = Math.max(1, retryAt - performance.now());
      await this.#changed.wait(left === 0 ? untilRetry : Math.min(left, untilRetry), signal);
    }
  }

  /** Why some of what is held cannot be read just now; null when all can. */
  get trouble(): string | null {
    for (const { failure } of this.#places.values()) if (failure !== null) return failure.message;
    const recent = performance.now() - RECENT_MS;
    for (const { error, retryAt } of this.#troubles.values()) if (retryAt > recent) return error.message;
    return null;
  }

  /** Ends polls. Idempotent. */
  close(): void {
    this.#isOpen = false;
    this.#places.clear();
    this.client.closeLane(this.options.lane);
    this.#changed.now();
  }

  #nextBatch(poll: number): ReadBatch | null {
    for (const place of this.#places.values()) if (place.failure !== null) throw place.failure;
    for (const place of this.#places.values()) {
      if (place.ready.length === 0) continue;
      const count = this.#fitting(place.ready);
      const records = place.ready.slice(0, count);
      place.ready = place.ready.slice(count);
      return this.#turn(place, records, place.ready.length === 0 && place.drainedIn >= poll);
    }
    return null;
  }

  #fitting(ready: readonly ReadRecord[]): number {
    const { maxBytes, maxRecords } = this.options;
    let bytes = 0;
    let count = 0;
    for (const { body } of ready) {
      bytes += body.length;
      if (count > 0 && (count >= maxRecords || bytes > maxBytes)) break;
      count++;
    }
    return count;
  }

  #emptyBatch(poll: number): ReadBatch | null {
    for (const place of this.#places.values()) if (place.drainedIn >= poll) return this.#turn(place, [], true);
    return null;
  }

  #turn(place: Place, records: readonly ReadRecord[], drained: boolean): ReadBatch {
    this.#places.delete(place.partition);
    this.#places.set(place.partition, place);
    return { incarnation: place.incarnation ?? '', partition: place.partition, records, drained };
  }

  /** Only once nothing is under way that may bring records; of those since the poll `since`. */
  #throwTrouble(since: number): void {
    if (this.#inFlight.size > 0) return;
    for (const { error, poll } of this.#troubles.values()) if (poll >= since) throw error;
  }

  /** Asks for what is missing. Answers when a broker that failed may be asked again. */
  #ask(waitMs: number): number {
    const unknown: Place[] = [];
    const byLeader = new Map<number, Place[]>();
    for (const place of this.#places.values()) {
      if (place.incarnation !== this.topic.id) {
        if (place.incarnation !== null) this.#places.set(place.partition, unlocated(place.partition));
        unknown.push(this.#places.get(place.partition) ?? place);
        continue;
      }
      const leader = this.topic.leader(place.partition);
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [place]);
      else list.push(place);
    }
    // What failed before and is not needed any more says nothing.
    for (const key of this.#troubles.keys()) if (key === LOCATE ? unknown.length === 0 : !byLeader.has(Number(key))) this.#troubles.delete(key);
    let retryAt = Infinity;
    if (unknown.length > 0) retryAt = this.#start(LOCATE, () => this.#locate(unknown));
    for (const [leader, places] of byLeader) retryAt = Math.min(retryAt, this.#start(String(leader), () => this.#fetch(leader, places, waitMs)));
    return retryAt;
  }

  /** Unless it is under way. Infinity, or when it may be tried again. */
  #start(key: string, task: () => Promise<void>): number {
    if (this.#inFlight.has(key)) return Infinity;
    const { retryAt = 0, attempts = 0 } = this.#troubles.get(key) ?? {};
    if (retryAt > performance.now()) return retryAt;
    this.#inFlight.add(key);
    void this.#attempt(key, attempts, task).finally(() => {
      this.#inFlight.delete(key);
      this.#changed.now();
    });
    return Infinity;
  }

  /** Never rejects. */
  async #attempt(key: string, attempts: number, task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.#troubles.delete(key);
    } catch (error) {
      this.#troubles.set(key, { error: asUnavailable(error), attempts: attempts + 1, retryAt: performance.now() + backoffMs(attempts + 1, BACKOFF), poll: this.#polls });
      // A leader may have moved, or the topic may be another one; a failure of this shows at the next attempt.
      await this.topic.refresh().catch(() => undefined);
      for (const [partition, leader] of this.#sureOf) if (key === String(leader)) this.#sureOf.delete(partition);
    }
  }

  async #locate(places: readonly Place[]): Promise<void> {
    const incarnation = this.topic.id;
    const found = await this.options.locate(places.map(({ partition }) => partition));
    if (this.topic.id !== incarnation) return; // asked again, about the new one
    for (const place of places) {
      place.next = offsetOf(found, place.partition);
      place.incarnation = incarnation;
    }
  }

  async #fetch(leader: number, places: readonly Place[], waitMs: number): Promise<void> {
    const poll = this.#polls;
    const maxWaitMs = Math.min(MAX_WAIT_MS, Math.ceil(waitMs));
    const { lane, maxBytes, requestTimeoutMs } = this.options;
    const what = `hand out records of the topic "${this.topic.name}"`;
    const positions = places.map(({ partition, next }) => ({ partition, offset: next }));
    const link = this.client.broker(leader, lane);
    await this.#makeSure(leader, places);
    const answer = await link.send(fetchRequest({ topicId: this.topic.id, positions, maxWaitMs, maxBytes, requestTimeout: maxWaitMs + requestTimeoutMs }));
    mustSucceed(answer.errorCode, what, link.place);
    let moved = KAFKA.NONE as number;
    for (const fetched of answer.partitions) {
      const at = places.findIndex(({ partition }) => partition === fetched.partition);
      const place = places[at];
      if (place === undefined || place.next !== positions[at]?.offset || this.#places.get(place.partition) !== place) continue; // reading began elsewhere meanwhile
      if (fetched.errorCode === KAFKA.NONE) take(place, fetched, poll);
      else if (fetched.errorCode === KAFKA.OFFSET_OUT_OF_RANGE) place.failure = await this.#lost(place);
      else moved = fetched.errorCode;
    }
    mustSucceed(moved, what, link.place);
  }

  /**
   * A leader that took office just now may not know yet how far acknowledged records go, and a
   * fetch does not say so; the question for the end of a partition is answered only once it does.
   */
  async #makeSure(leader: number, places: readonly Place[]): Promise<void> {
    const partitions = places.map(({ partition }) => partition).filter((partition) => this.#sureOf.get(partition) !== leader);
    if (partitions.length === 0) return;
    await boundaries(this.client, this.topic, partitions, 'latest', this.options.lane);
    for (const partition of partitions) this.#sureOf.set(partition, leader);
  }

  async #lost(place: Place): Promise<CaveError> {
    const { partition, next } = place;
    const begin = offsetOf(await boundaries(this.client, this.topic, [partition], 'earliest', this.options.lane), partition);
    const where = next < begin ? `begins at offset ${begin}, and what was to be read from ${next} on was deleted: the outage outlasted the topic's retention.ms` : `ends before offset ${next}, which was read before: the brokers lost records`;
    return new CaveError('data_loss', `Partition ${partition} of the topic "${this.topic.name}" ${where}. To go on without them, move the group by kafka-consumer-groups.`, { details: { partition, offset: next.toString() } });
  }
}

const unlocated = (partition: number): Place => ({ partition, incarnation: null, next: 0n, ready: [], drainedIn: 0, failure: null });

function take(place: Place, { batches, highWatermark }: FetchedPartition, poll: number): void {
  const ready: ReadRecord[] = [];
  for (const { firstOffset, lastOffsetDelta, records } of batches) {
    for (const record of records) {
      const offset = BigInt(record.offset);
      // A batch comes whole, also where its first records were read before.
      if (offset < place.next || record.isControlRecord) continue;
      ready.push({ offset, key: record.key?.toString() ?? '', body: record.value ?? Buffer.alloc(0), headers: record.headers, atMs: Number(record.timestamp) });
    }
    place.next = BigInt(firstOffset) + BigInt(lastOffsetDelta) + 1n;
  }
  place.ready = ready;
  place.drainedIn = place.next >= highWatermark ? poll : 0;
}
