import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { CaveError, backoffMs, errorCode } from '@cave/core';
import type {
  AdapterContext,
  Answer,
  Health,
  MetricSummary,
  MetricsStore,
  MetricsStoreCapabilities,
  OriginatedBatch,
  Question,
  StoredUpTo,
  WriteResult,
} from '@cave/core';
import { causeText, fromPlainError } from './errors.js';
import type { CallName, Calls, ThreadSettings } from './protocol.js';
import { StoreThread } from './store-thread.js';
import type { CallOptions } from './store-thread.js';
import { columnBuffers, toWriteRequest } from './write-request.js';

const RESTART = { firstMs: 100, maxMs: 10_000 };
const CLEAN_EVERY_MS = 3_600_000;
const HEALTH_PATIENCE_MS = 1_500;

/** Directories open in this process: DuckDB's own lock keeps out other processes only. */
const openDirectories = new Set<string>();

/**
 * The metrics store as the port wants it: a thin stand-in on the main thread for the thread
 * that owns the database.
 *
 *     new ──start──▶ starting ──▶ open ◀──▶ (thread died: restarting)
 *      ▲                │fails      │
 *      └────────────────┘           └─close──▶ closed        close from anywhere ──▶ closed
 */
export class EmbeddedMetricsStore implements MetricsStore {
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new';
  #thread: StoreThread | undefined;
  #heldDirectory: string | undefined;
  /** The start or restart under way, if any. */
  #starting: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #restarts = 0;
  #cleanTimer: NodeJS.Timeout | undefined;
  readonly #background = new AbortController();
  #down: string | null = null;

  constructor(
    readonly capabilities: MetricsStoreCapabilities,
    readonly settings: ThreadSettings,
    readonly context: AdapterContext,
  ) {}

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw closedError('was closed');
    if (this.#state !== 'new') throw new CaveError('internal', 'The metrics store was started twice.');
    if (signal?.aborted === true) throw new CaveError('aborted', 'Starting was aborted.', { cause: signal.reason });
    this.#state = 'starting';
    this.#starting = this.#start(signal);
    await this.#starting;
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closed ??= this.#close(signal);
    return this.#closed;
  }

  async health(): Promise<Health> {
    if (this.#state !== 'open') return { healthy: false, detail: `The metrics store is ${this.#state === 'new' ? 'not started' : this.#state}.` };
    if (this.#down !== null) return { healthy: false, detail: this.#down };
    try {
      const detail = await this.#call('health', {}, { signal: AbortSignal.timeout(HEALTH_PATIENCE_MS) });
      return detail === null ? { healthy: true } : { healthy: false, detail };
    } catch (error) {
      const told = errorCode(error) === 'aborted' ? `The metrics store did not answer within ${HEALTH_PATIENCE_MS} ms.` : (error as Error).message;
      return { healthy: false, detail: told };
    }
  }

  async createDatabase(database: string): Promise<void> {
    await this.#call('createDatabase', { database });
  }

  async dropDatabase(database: string): Promise<void> {
    await this.#call('dropDatabase', { database });
    this.#clean();
  }

  async write(batches: readonly OriginatedBatch[], signal?: AbortSignal): Promise<readonly WriteResult[]> {
    const thread = this.#serving();
    const request = toWriteRequest(batches);
    return thread.call('write', { ...request, nowMs: this.context.clock.nowMs() }, { signal, transfer: columnBuffers(request) });
  }

  async mark(incarnation: string, partition: string): Promise<bigint | null> {
    return this.#call('mark', { incarnation, partition });
  }

  async setStoredUpTo(marks: readonly StoredUpTo[]): Promise<void> {
    await this.#call('setStoredUpTo', { marks });
  }

  async storedUpTo(): Promise<readonly StoredUpTo[]> {
    return this.#call('storedUpTo', {});
  }

  async query(questions: readonly Question[], signal?: AbortSignal): Promise<readonly Answer[]> {
    const answers = await this.#call('query', { questions, nowMs: this.context.clock.nowMs() }, { signal });
    return answers.map((told): Answer => (told.kind === 'error' ? { kind: 'error', error: fromPlainError(told.error) } : told));
  }

  async listMetrics(database: string): Promise<readonly MetricSummary[]> {
    return this.#call('listMetrics', { database });
  }

  async tagValues(database: string, metric: string, tagKey: string): Promise<readonly string[] | null> {
    return this.#call('tagValues', { database, metric, tagKey });
  }

  async dropMetric(database: string, metric: string): Promise<boolean> {
    const dropped = await this.#call('dropMetric', { database, metric });
    this.#clean();
    return dropped;
  }

  /** Resolves once the newest points are in memory, which start does not wait for. */
  async warm(): Promise<void> {
    await this.#call('warm', {});
  }

  #serving(): StoreThread {
    if (this.#state !== 'open') throw closedError(this.#state === 'closed' ? 'was closed' : 'has not started');
    if (this.#thread === undefined) throw new CaveError('unavailable', this.#down ?? 'The metrics store is being started again.');
    return this.#thread;
  }

  async #call<C extends CallName>(call: C, request: Calls[C]['request'], options?: CallOptions): Promise<Calls[C]['response']> {
    return this.#serving().call(call, request, options);
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const stop = AbortSignal.any([this.#background.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      this.#hold();
      await this.#openThread(stop);
    } catch (error) {
      this.#release();
      if (this.#isClosed()) throw closedError('was closed while it started');
      this.#state = 'new';
      throw error;
    }
    if (this.#isClosed()) throw closedError('was closed while it started'); // close waits for us and ends the thread
    this.#state = 'open';
    this.#cleanTimer = setInterval(() => this.#clean(), CLEAN_EVERY_MS);
    this.#clean();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Starts a thread and waits until it serves; leaves none behind when that fails. */
  async #openThread(signal: AbortSignal): Promise<void> {
    const thread = new StoreThread(this.settings);
    try {
      await thread.call('open', {}, { signal });
    } catch (error) {
      await thread.close(true);
      throw error;
    }
    this.#thread = thread;
    void thread.ended.then((cause) => this.#onThreadEnd(thread, cause));
  }

  #onThreadEnd(thread: StoreThread, cause: unknown): void {
    if (this.#thread !== thread || this.#state !== 'open') return;
    this.#thread = undefined;
    this.#down = `The thread of the metrics store ended at ${new Date(this.context.clock.nowMs()).toISOString()}${cause === undefined ? '' : ` (${causeText(cause)})`}; it is being started again.`;
    this.context.logger.error('metrics_store_thread_ended', { cause: String(cause) });
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    this.#restarts += 1;
    this.#restartTimer = setTimeout(() => {
      this.#starting = this.#restart();
    }, backoffMs(this.#restarts, RESTART));
  }

  async #restart(): Promise<void> {
    try {
      await this.#openThread(this.#background.signal);
      this.#down = null;
      this.#restarts = 0;
      this.context.logger.info('metrics_store_thread_restarted');
    } catch (error) {
      if (this.#isClosed()) return;
      this.context.logger.warn('metrics_store_restart_failed', { error: String(error) });
      this.#scheduleRestart();
    }
  }

  /** Deletes what has expired or was dropped, in the background. */
  #clean(): void {
    this.#call('clean', { nowMs: this.context.clock.nowMs() }).catch((error: unknown) => {
      const code = errorCode(error);
      if (code !== 'closed' && code !== 'aborted') this.context.logger.warn('metrics_store_clean_failed', { code, error: String(error) });
    });
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#restartTimer);
    clearInterval(this.#cleanTimer);
    this.#background.abort();
    await this.#starting?.catch(() => undefined); // told to whoever started it
    const thread = this.#thread;
    if (thread !== undefined) {
      const hurried = signal?.aborted === true || (await firedBefore(thread.idle(), signal));
      if (hurried) thread.rejectAll(new CaveError('aborted', 'The metrics store was closed before the call had finished.'));
      await thread.close(hurried);
    }
    this.#release();
  }

  #hold(): void {
    const path = realDirectory(this.settings.directory);
    if (openDirectories.has(path)) throw new CaveError('configuration', `The metrics store in ${path} is open in this process already.`);
    openDirectories.add(path);
    this.#heldDirectory = path;
  }

  #release(): void {
    if (this.#heldDirectory !== undefined) openDirectories.delete(this.#heldDirectory);
    this.#heldDirectory = undefined;
  }
}

function closedError(how: string): CaveError {
  return new CaveError('closed', `The metrics store ${how}.`);
}

/** Two spellings of one directory are one; one that does not exist yet has only its own. */
function realDirectory(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return resolve(directory);
  }
}

/** Whether the signal fired before `work` was done. */
function firedBefore(work: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((settle) => {
    const fired = (): void => settle(true);
    signal?.addEventListener('abort', fired, { once: true });
    void work.then(() => {
      signal?.removeEventListener('abort', fired);
      settle(false);
    });
  });
}
