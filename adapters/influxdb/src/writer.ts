import { CaveError, errorCode, throwIfAborted, type Clock, type OriginatedBatch, type RefusedPoint, type WriteResult } from '@cave/core';
import type { Databases, OpenDatabase } from './databases.js';
import type { Dialect } from './dialect.js';
import { statusOf, textOf } from './errors.js';
import type { Http } from './http.js';
import { FIELD, NEWEST_SECOND, apart, countOf, cut, halve, isWritten, lineKeys, linesOf, type Slice, type WrittenBatch } from './lines.js';
import { CallSignal, type Slots } from './slots.js';

export interface WriterSettings {
  readonly timeoutMs: number;
  readonly maxBatchLines: number;
  readonly retentionSeconds: number;
}

/** What becomes of one batch of a call. */
interface Fate {
  readonly written: WrittenBatch;
  readonly refused: Map<number, string>;
  dropped: boolean;
}

/** A partial write tells how many of its points were refused; how many were sent is known. */
const DROPPED_COUNT = /dropped=(\d+)/;
/** How it tells whose field is of another type. */
const NAMED_MEASUREMENT = /on measurement "(.*)" is type/s;

/**
 * Writes points as line protocol. What InfluxDB does with a request of which it refuses a point
 * is: it keeps the rest and answers 400. Which point it was is found by halves: what is written
 * twice replaces itself.
 */
export class Writer {
  constructor(
    private readonly http: Http,
    private readonly dialect: Dialect,
    private readonly databases: Databases,
    private readonly slots: Slots,
    private readonly clock: Clock,
    private readonly settings: WriterSettings,
  ) {}

  async write(batches: readonly OriginatedBatch[], signal: AbortSignal | undefined): Promise<readonly WriteResult[]> {
    const oldest = Math.max(0, Math.ceil(this.clock.nowMs() / 1000) - this.settings.retentionSeconds);
    const fates = batches.map(({ points }): Fate => {
      const fate: Fate = { written: { points, keys: lineKeys(points.series), refused: null }, refused: new Map(), dropped: false };
      refuseImpossible(fate, oldest);
      return fate;
    });
    const byDatabase = new Map<string, Fate[]>();
    for (const fate of fates) {
      const { database, times } = fate.written.points;
      if (times.length === 0) continue;
      const group = byDatabase.get(database);
      if (group === undefined) byDatabase.set(database, [fate]);
      else group.push(fate);
    }
    await this.#writeDatabases(byDatabase, signal);
    return fates.map(({ refused, dropped }): WriteResult => {
      if (dropped) return { status: 'dropped' };
      return { status: 'stored', refused: [...refused].map(([index, reason]): RefusedPoint => ({ index, reason })).sort((a, b) => a.index - b.index) };
    });
  }

  /** The first failure ends the others: the whole call is written again. */
  async #writeDatabases(byDatabase: ReadonlyMap<string, readonly Fate[]>, signal: AbortSignal | undefined): Promise<void> {
    const call = new CallSignal(signal);
    const failures: unknown[] = [];
    await Promise.all(
      [...byDatabase].map(async ([database, group]) => {
        try {
          await this.#writeDatabase(database, group, call.signal);
        } catch (error) {
          failures.push(error);
          call.stop();
        }
      }),
    );
    call.release();
    throwIfAborted(signal);
    if (failures.length > 0) throw failures[0];
  }

  async #writeDatabase(database: string, group: readonly Fate[], signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const open = await this.slots.run(() => this.databases.open(database), signal);
        if (open === 'dropped') for (const fate of group) fate.dropped = true;
        else await this.#writePoints(open, group, signal);
        return;
      } catch (error) {
        // Dropped by another process meanwhile, or made away with by hand: look once more.
        if (attempt > 1 || !isMissing(error)) throw error;
        this.databases.forget(database);
      }
    }
  }

  async #writePoints(open: OpenDatabase, group: readonly Fate[], signal: AbortSignal): Promise<void> {
    const fresh = await this.slots.run(() => admit(open, group), signal);
    const path = this.dialect.writePath(open.encoded);
    const fateOf = new Map(group.map((fate) => [fate.written, fate]));
    const refuse = (slices: readonly Slice[], reason: string): void => {
      for (const slice of slices) {
        for (let i = slice.from; i < slice.to; i += 1) if (isWritten(slice, i)) refusePoint(fateOf.get(slice.batch), i, reason);
      }
    };
    // Numbered points may overtake each other. Keyed ones replace each other, in order.
    const numbered = cut(group.map((fate) => fate.written).filter((batch) => batch.points.identity.kind === 'numbered'), this.settings.maxBatchLines);
    const keyed = cut(group.map((fate) => fate.written).filter((batch) => batch.points.identity.kind === 'keyed'), this.settings.maxBatchLines);
    const send = (slices: readonly Slice[]) => () => this.#send(path, slices, refuse, signal);
    const inOrder = async (): Promise<void> => {
      for (const slices of keyed) await this.slots.run(send(slices), signal);
    };
    await allOrFirstFailure([this.slots.all(numbered.map(send), signal), inOrder()]);
    if (fresh.length === 0) return;
    const stored = storedKeys(group);
    const added = fresh.filter((key) => stored.has(key));
    const seenPath = this.dialect.seenPath(open.encoded);
    if (seenPath !== null) await this.#writeSeen(seenPath, added, signal);
    open.series.add(added);
  }

  /** One point of each new series that never expires. Behind the points: a series of which nothing was stored was never seen. */
  async #writeSeen(path: string, keys: readonly string[], signal: AbortSignal): Promise<void> {
    const { maxBatchLines, timeoutMs } = this.settings;
    const requests: string[] = [];
    for (let from = 0; from < keys.length; from += maxBatchLines) requests.push(keys.slice(from, from + maxBatchLines).map((key) => `${key} ${FIELD}=1 0\n`).join(''));
    await this.slots.all(requests.map((body) => () => this.http.send({ method: 'POST', path, body, timeoutMs, signal })), signal);
  }

  async #send(path: string, slices: readonly Slice[], refuse: (slices: readonly Slice[], reason: string) => void, signal: AbortSignal): Promise<void> {
    const count = countOf(slices);
    if (count === 0) return;
    let text: string;
    try {
      await this.http.send({ method: 'POST', path, body: linesOf(slices), timeoutMs: this.settings.timeoutMs, signal });
      return;
    } catch (error) {
      const status = statusOf(error);
      if (status !== 400 && status !== 413 && status !== 422) throw error;
      text = textOf(error);
    }
    if (count === 1 || Number(DROPPED_COUNT.exec(text)?.[1] ?? 0) >= count) {
      refuse(slices, reasonOf(text));
      return;
    }
    for (const part of parted(slices, text, count)) await this.#send(path, part, refuse, signal);
  }
}

/** By the metric that the refusal names, where it does: its points may lie anywhere between the others. Else two halves. */
function parted(slices: readonly Slice[], text: string, count: number): [Slice[], Slice[]] {
  const measurement = NAMED_MEASUREMENT.exec(text)?.[1];
  if (measurement !== undefined) {
    const parts = apart(slices, measurement);
    const named = countOf(parts[0]);
    if (named > 0 && named < count) return parts;
  }
  return halve(slices);
}

/** Refuses what no InfluxDB could hold, or would delete at once. */
function refuseImpossible(fate: Fate, oldest: number): void {
  const { times, values } = fate.written.points;
  for (let i = 0; i < times.length; i += 1) {
    const time = times[i] ?? NaN;
    if (time >= oldest && time <= NEWEST_SECOND && Number.isInteger(time) && Number.isFinite(values[i])) continue;
    refusePoint(fate, i, time < oldest ? 'too_old' : time > NEWEST_SECOND ? 'too_new' : Number.isInteger(time) ? 'not_finite' : 'no_whole_second');
  }
}

/** Refuses points of series that are too many. The keys of the new ones that are not, each once. */
async function admit(open: OpenDatabase, group: readonly Fate[]): Promise<readonly string[]> {
  open.series.refresh();
  const fresh = new Set<string>();
  for (const { written } of group) {
    const { keys, refused } = written;
    if (open.series.knowsAll(keys)) continue;
    written.points.seriesIndex.forEach((index, i) => {
      const key = keys[index]?.text ?? '';
      if (refused?.[i] !== 1 && !open.series.isKnown(key)) fresh.add(key);
    });
  }
  const refused = await open.series.refuse([...fresh]);
  if (refused.size === 0) return [...fresh];
  for (const fate of group) {
    const { keys } = fate.written;
    fate.written.points.seriesIndex.forEach((index, i) => {
      if (refused.has(keys[index]?.text ?? '') && fate.written.refused?.[i] !== 1) refusePoint(fate, i, 'series_limit');
    });
  }
  return [...fresh].filter((key) => !refused.has(key));
}

/** The keys of the series of which points were stored. */
function storedKeys(group: readonly Fate[]): ReadonlySet<string> {
  const stored = new Set<string>();
  for (const { written } of group) {
    const { keys, refused } = written;
    written.points.seriesIndex.forEach((index, i) => {
      if (refused?.[i] !== 1) stored.add(keys[index]?.text ?? '');
    });
  }
  return stored;
}

function refusePoint(fate: Fate | undefined, index: number, reason: string): void {
  if (fate === undefined) return;
  const { written } = fate;
  written.refused ??= new Uint8Array(written.points.times.length);
  written.refused[index] = 1;
  fate.refused.set(index, reason);
}

function reasonOf(text: string): string {
  if (/max-series-per-database/i.test(text)) return 'series_limit';
  if (/beyond retention policy/i.test(text)) return 'too_old';
  return text.replace(/\s*dropped=\d+\s*$/, '').slice(0, 500);
}

/** The database, or a retention policy in it, is not there. */
function isMissing(error: unknown): boolean {
  return errorCode(error) === 'not_found' || (error instanceof CaveError && /retention policy not found/i.test(textOf(error)));
}

/** Waits for all of them, so that nothing goes on behind the caller's back. */
async function allOrFirstFailure(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}
