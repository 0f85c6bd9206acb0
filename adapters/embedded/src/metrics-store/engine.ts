import { CaveError } from '@cave/core';
import type { Answer, MetricSummary, Question, StoredUpTo, WriteResult } from '@cave/core';
import { answer, questionProblem, rangeOf } from './answer.js';
import { Catalog } from './catalog.js';
import { ColdReader } from './cold-reader.js';
import type { ColdQuestion } from './cold-reader.js';
import { ConnectionPool } from './connection-pool.js';
import { DuckDbFile, countPerSpan, readAllSince } from './duckdb-file.js';
import { databaseError, isFatal, toPlainError } from './errors.js';
import { HotTier } from './hot-tier.js';
import { Marks } from './marks.js';
import { Mutex } from './mutex.js';
import type { PlainAnswer, ThreadSettings, WriteRequest } from './protocol.js';
import { planWrite } from './write-plan.js';
import type { WritePlan } from './write-plan.js';

/** Share of the budget that is filled at start; the rest is room for what comes. */
const FILLED_AT_START = 0.75;
const SPAN_SECONDS = 10;

/**
 * The store itself, in its thread. Changes come one after another: first to disk, then, once
 * committed, to memory. Questions are answered from memory where that reaches back far
 * enough, else from disk, on connections of their own, which no writer holds up.
 */
export class Engine {
  #file: DuckDbFile | undefined;
  #readers: ConnectionPool | undefined;
  #catalog = new Catalog();
  #marks = new Marks();
  #hot: HotTier;
  /** While memory is being filled from disk: what is done to it afterwards. */
  #afterFilling: ((hot: HotTier) => void)[] | undefined;
  #filled: Promise<void> = Promise.resolve();
  #nextSid = 0;
  #lastFailure: string | null = null;
  #closing = false;
  readonly #changes = new Mutex();

  constructor(readonly settings: ThreadSettings) {
    this.#hot = new HotTier(settings.memoryPoints, Infinity);
  }

  async open(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      await this.#shut();
      throw databaseError(error, `Opening the metrics store in ${this.settings.directory}`);
    }
  }

  createDatabase(database: string): Promise<void> {
    return this.#change('Creating a database', async (file) => {
      if (this.#catalog.isDropped(database)) throw new CaveError('conflict', `The database ${database} was dropped; its name is never used again.`);
      if (this.#catalog.has(database)) return;
      await file.transaction(() => file.addDatabase(database));
      this.#catalog.addDatabase(database);
    });
  }

  dropDatabase(database: string): Promise<void> {
    return this.#change('Dropping a database', async (file) => {
      if (this.#catalog.isDropped(database)) return;
      await file.transaction(() => file.dropDatabase(database));
      const sids = this.#catalog.allSids(database);
      this.#catalog.dropDatabase(database);
      this.#toHot((hot) => hot.forget(sids));
    });
  }

  dropMetric(database: string, metric: string): Promise<boolean> {
    return this.#change('Dropping a metric', async (file) => {
      const sids = this.#catalog.match(database, metric, {});
      if (sids.length === 0) return false;
      await file.transaction(() => file.dropSeries(sids));
      this.#catalog.removeMetric(database, metric);
      this.#toHot((hot) => hot.forget(sids));
      return true;
    });
  }

  write(request: WriteRequest, nowMs: number): Promise<readonly WriteResult[]> {
    return this.#change('Writing points', async (file) => {
      const plan = planWrite(request, this.#catalog, this.#marks, {
        oldest: this.#oldest(nowMs),
        seriesLimit: this.settings.seriesLimit,
        nextSid: this.#nextSid,
      });
      if (plan.marks.length === 0) return plan.results;
      await file.transaction(async () => {
        for (const database of plan.newDatabases) await file.addDatabase(database);
        await file.addSeries(plan.newSeries);
        if (plan.keyedCount > 0) await this.#deleteReplaced(file, plan);
        if (plan.points.sids.length > 0) await file.appendPoints(plan.points);
        await file.setMarks(plan.marks);
      });
      this.#applied(plan);
      return plan.results;
    });
  }

  mark(incarnation: string, partition: string): bigint | null {
    this.#opened();
    return this.#marks.offset(incarnation, partition);
  }

  setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    return this.#change('Noting what is stored', async (file) => {
      const newer = marks.filter((mark) => this.#marks.advances(mark));
      if (newer.length === 0) return;
      await file.transaction(async () => {
        for (const { incarnation, partition, timeMs } of newer) await file.setStoredUpTo(incarnation, partition, timeMs);
      });
      for (const mark of newer) this.#marks.setTime(mark);
    });
  }

  storedUpTo(): readonly StoredUpTo[] {
    this.#opened();
    return this.#marks.times();
  }

  /** @param abandoned true once nobody waits for the answers. */
  async query(questions: readonly Question[], nowMs: number, abandoned: () => boolean): Promise<PlainAnswer[]> {
    this.#opened();
    const oldest = this.#oldest(nowMs);
    const answers = new Array<Answer>(questions.length);
    const cold: ColdQuestion[] = [];
    questions.forEach((question, i) => {
      const settle = (told: Answer): void => void (answers[i] = told);
      const problem = questionProblem(question);
      if (problem !== null) return settle({ kind: 'error', error: problem });
      const sids = this.#catalog.match(question.database, question.metric, question.tags);
      if (sids.length === 0) return settle({ kind: 'unknown_series' });
      const { from, to } = rangeOf(question, oldest);
      if (from >= to || this.#hot.covers(from)) settle(answer(question, sids.flatMap((sid) => this.#hot.points(sid) ?? []), oldest));
      else cold.push({ question, sids, settle });
    });
    if (cold.length > 0) await this.#pool().use((connection) => new ColdReader(connection, oldest, abandoned).answer(cold));
    return answers.map((told) => (told.kind === 'error' ? { kind: 'error', error: toPlainError(told.error) } : told));
  }

  listMetrics(database: string): MetricSummary[] {
    this.#opened();
    return this.#catalog.listMetrics(database);
  }

  tagValues(database: string, metric: string, key: string): string[] | null {
    this.#opened();
    return this.#catalog.tagValues(database, metric, key);
  }

  /** Deletes points that have expired or whose series was dropped. */
  async clean(nowMs: number): Promise<void> {
    await this.#filled; // a checkpoint gives space back only when nobody still reads what was deleted
    await this.#change('Deleting old points', async (file) => {
      const oldest = this.#oldest(nowMs);
      await file.clean(oldest);
      this.#toHot((hot) => hot.raiseHorizon(oldest));
    });
  }

  warm(): Promise<void> {
    return this.#filled;
  }

  async health(): Promise<string | null> {
    try {
      await this.#opened().probe();
    } catch (error) {
      return databaseError(error, 'The metrics database').message;
    }
    return this.#lastFailure;
  }

  /** @param hurry questions under way are interrupted. */
  async close(hurry: boolean): Promise<void> {
    this.#closing = true;
    if (hurry) this.#readers?.interrupt();
    await this.#changes.run(() => this.#shut());
  }

  #opened(): DuckDbFile {
    if (this.#file === undefined) throw new CaveError('unavailable', 'The metrics database is not open.');
    return this.#file;
  }

  #pool(): ConnectionPool {
    if (this.#readers === undefined) throw new CaveError('unavailable', 'The metrics database is not open.');
    return this.#readers;
  }

  #oldest(nowMs: number): number {
    return Math.max(0, Math.ceil(nowMs / 1000) - this.settings.retentionSeconds);
  }

  /** Runs a change alone. After one that broke the database it is opened again, here or before the next. */
  #change<T>(what: string, work: (file: DuckDbFile) => Promise<T>): Promise<T> {
    return this.#changes.run(async () => {
      try {
        if (this.#file === undefined && !this.#closing) await this.#load();
        const result = await work(this.#opened());
        this.#lastFailure = null;
        return result;
      } catch (error) {
        if (error instanceof CaveError) throw error;
        const told = databaseError(error, what);
        this.#lastFailure = told.message;
        await this.#reopenIfBroken(error);
        throw told;
      }
    });
  }

  async #reopenIfBroken(error: unknown): Promise<void> {
    const broken = isFatal(error) || (await this.#file?.probe().then(() => false, () => true)) === true;
    if (!broken || this.#closing) return;
    await this.#shut();
    // Should this fail as well, the next change tries again and tells.
    await this.#load().catch(() => this.#shut());
  }

  /** Reads what is known about databases, series and marks, and begins to fill the memory. */
  async #load(): Promise<void> {
    const file = await DuckDbFile.open(this.settings);
    this.#file = file;
    this.#catalog = new Catalog();
    for (const { database, dropped } of await file.readDatabases()) this.#catalog.addDatabase(database, dropped);
    for (const { sid, database, key } of await file.readSeries()) this.#catalog.addSeries(database, key, sid);
    this.#nextSid = await file.nextSid();
    this.#marks = new Marks();
    for (const mark of await file.readMarks()) this.#marks.setOffset(mark);
    for (const [incarnation, partition, timeMs] of await file.readStoredUpTo()) this.#marks.setTime({ incarnation, partition, timeMs });
    this.#readers = await ConnectionPool.open(file);
    await this.#beginFilling(file);
  }

  async #shut(): Promise<void> {
    const file = this.#file;
    const readers = this.#readers;
    this.#file = undefined;
    this.#readers = undefined;
    this.#stopFilling = true;
    await this.#filled;
    await readers?.close();
    file?.close();
  }

  #stopFilling = false;

  /**
   * Memory is filled in the background, from one snapshot of the disk; what is written
   * meanwhile is added behind it, so that the order of arrival stays. Until then questions
   * are answered from disk. Called while no change is under way.
   */
  async #beginFilling(file: DuckDbFile): Promise<void> {
    this.#stopFilling = false;
    this.#afterFilling = undefined;
    this.#hot = new HotTier(this.settings.memoryPoints, Infinity);
    if (this.settings.memoryPoints === 0) return;
    const connection = await file.connect();
    try {
      await connection.run('BEGIN');
      const hot = new HotTier(this.settings.memoryPoints, startOfMemory(await countPerSpan(connection, SPAN_SECONDS), this.settings.memoryPoints));
      this.#afterFilling = [];
      this.#filled = this.#fill(connection, hot).finally(() => connection.closeSync());
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  }

  async #fill(connection: Awaited<ReturnType<DuckDbFile['connect']>>, hot: HotTier): Promise<void> {
    try {
      await readAllSince(connection, hot.horizon, (sid, time, value) => hot.insert(sid, time, value), () => this.#stopFilling);
    } catch (error) {
      // Memory is only faster: everything is answered from disk until the next start.
      this.#lastFailure = databaseError(error, 'Reading the newest points into memory').message;
      this.#afterFilling = undefined;
      return;
    }
    for (const action of this.#afterFilling ?? []) action(hot);
    this.#afterFilling = undefined;
    if (!this.#stopFilling) this.#hot = hot;
  }

  #toHot(action: (hot: HotTier) => void): void {
    if (this.#afterFilling === undefined) action(this.#hot);
    else this.#afterFilling.push(action);
  }

  /** Takes from disk what keyed points replace. Memory tells for sure where it reaches. */
  async #deleteReplaced(file: DuckDbFile, plan: WritePlan): Promise<void> {
    const sids: number[] = [];
    const times: number[] = [];
    plan.replaces.forEach((replaces, i) => {
      const sid = plan.points.sids[i] ?? 0;
      const time = plan.points.times[i] ?? 0;
      if (replaces === 0 || sid >= this.#nextSid) return;
      if (this.#hot.covers(time) && this.#hot.points(sid)?.holds(time) !== true) return;
      sids.push(sid);
      times.push(time);
    });
    await file.deleteSeconds(sids, times);
  }

  /** After the commit: memory follows the disk. */
  #applied(plan: WritePlan): void {
    for (const database of plan.newDatabases) this.#catalog.addDatabase(database);
    for (const { sid, database, key } of plan.newSeries) this.#catalog.addSeries(database, key, sid);
    this.#nextSid += plan.newSeries.length;
    for (const mark of plan.marks) this.#marks.setOffset(mark);
    const { sids, times, values } = plan.points;
    this.#toHot((hot) => {
      for (let i = 0; i < sids.length; i += 1) {
        const sid = sids[i] ?? 0;
        const time = times[i] ?? 0;
        if (plan.replaces[i] === 1) hot.remove(sid, time);
        hot.insert(sid, time, values[i] ?? 0);
      }
      hot.shrink();
    });
  }
}

/** Where memory begins so that no more than its share of the budget is read. @param spans newest first. */
function startOfMemory(spans: readonly { span: number; count: number }[], budget: number): number {
  let left = budget * FILLED_AT_START;
  let start: number | undefined;
  for (const { span, count } of spans) {
    if (count > left) return start ?? (span + 1) * SPAN_SECONDS;
    left -= count;
    start = span * SPAN_SECONDS;
  }
  return 0;
}
