import { backoffMs, pause, toCaveError, unlessAborted, type AdapterContext, type LogSink } from '@cave/core';
import { LogQueue, type LogEvent } from './cloudwatch/log-queue.js';
import type { LogSinkOptions } from './log-sink-options.js';
import { LogStream } from './cloudwatch/log-stream.js';

/** A line is on its way within this. */
const GATHER_MS = 1_000;
/** Of lines that wait, because CloudWatch Logs is away or slower than they come. */
const MAX_QUEUED_BYTES = 8 * 1_048_576;
const REQUEST_WITHIN_MS = 15_000;
const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };
const CLOSE_WITHIN_MS = 2_000;
const CLOSE_AGAIN_MS = 200;
/** Lines that are lost are told this often at most. */
const TELL_EVERY_MS = 60_000;

/** `full`: over the bound; `rejected`: too old or too new; `refused`: with their whole batch; `unsent`: at the end. */
type LossReason = 'full' | 'rejected' | 'refused' | 'unsent';

/**
 * Ships log lines to CloudWatch Logs, in batches, beside whatever else the process does: a
 * line waits in bounded memory, and what goes wrong is said on standard output, once when it
 * begins and once when it is over. `context.logger` must not lead back here.
 *
 * ```
 *   idle ──line──▶ gathering ──1 s, or a full batch──▶ sending ──accepted──▶ idle, gathering
 *                                                       │   ▲
 *                                                failed ▼   │ 1 s to 1 min
 *                                                    backing off
 *   any ──close──▶ flushing, at most 2 s ──▶ closed
 * ```
 */
class CloudWatchLogSink implements LogSink {
  readonly #queue = new LogQueue(MAX_QUEUED_BYTES);
  readonly #stream: LogStream;
  readonly #lost = new Map<LossReason, number>();
  readonly #hurry = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #sending: Promise<void> | null = null;
  #failures = 0;
  #toldAt = -Infinity;
  /** Why a batch was refused, since losses were last told. */
  #refusal = '';
  #closing: Promise<void> | null = null;

  constructor(
    private readonly options: LogSinkOptions,
    private readonly context: AdapterContext,
  ) {
    this.#stream = new LogStream(options);
  }

  write(line: string): void {
    if (this.#closing !== null) return;
    this.#lose('full', this.#queue.add(line, Date.now()));
    if (this.#sending !== null || this.#failures > 0 || this.#isDue) return;
    if (this.#queue.hasBatch) this.#arm(0);
    else if (this.#timer === undefined) this.#arm(GATHER_MS);
  }

  close(): Promise<void> {
    this.#closing ??= this.#flush();
    return this.#closing;
  }

  /** Does not keep the process: who ends it calls close. */
  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#isDue = ms === 0;
    this.#timer = setTimeout(() => this.#run(), ms).unref();
  }

  #run(): void {
    this.#timer = undefined;
    this.#isDue = false;
    this.#sending = this.#send().then(() => {
      this.#sending = null;
      if (this.#closing !== null) return;
      if (this.#failures > 0) this.#arm(backoffMs(this.#failures, BACKOFF));
      else if (this.#queue.size > 0) this.#arm(this.#queue.hasBatch ? 0 : GATHER_MS);
    });
  }

  /** One batch. Never rejects. */
  async #send(): Promise<void> {
    const batch = this.#queue.take();
    if (batch.length === 0) return;
    try {
      const { rejected, refused } = await this.#put(batch);
      this.#lose('rejected', rejected);
      if (refused !== undefined) this.#lose('refused', batch.length, refused);
      else this.context.telemetry.count('cave_log_lines_shipped_total', batch.length - rejected);
      this.#recover();
    } catch (error) {
      this.#lose('full', this.#queue.putBack(batch));
      this.#fail(toCaveError(error).message);
    }
  }

  async #put(batch: readonly LogEvent[]) {
    const control = new AbortController();
    const abort = (): void => control.abort();
    const timer = setTimeout(abort, REQUEST_WITHIN_MS).unref();
    this.#hurry.signal.addEventListener('abort', abort, { once: true });
    if (this.#hurry.signal.aborted) abort();
    try {
      // The SDK's search for credentials heeds no signal.
      return await unlessAborted(this.#stream.put(batch, control.signal), control.signal);
    } finally {
      clearTimeout(timer);
      this.#hurry.signal.removeEventListener('abort', abort);
    }
  }

  #fail(reason: string): void {
    this.#failures += 1;
    if (this.#failures > 1 || this.#closing !== null) return;
    const { group, stream } = this.options;
    this.context.logger.warn('log_sink_failed', { group, stream, reason });
  }

  #recover(): void {
    const { group, stream } = this.options;
    const wasSick = this.#failures > 0;
    this.#failures = 0;
    if (wasSick) this.context.logger.info('log_sink_recovered', { group, stream });
    if (wasSick || this.context.clock.monotonicMs() - this.#toldAt >= TELL_EVERY_MS) this.#tell();
  }

  #lose(reason: LossReason, lines: number, why = ''): void {
    if (lines === 0) return;
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + lines);
    this.context.telemetry.count('cave_log_lines_dropped_total', lines, { reason });
    if (why !== '') this.#refusal = why;
  }

  #tell(): void {
    if (this.#lost.size === 0) return;
    const { group, stream } = this.options;
    this.context.logger.warn('log_lines_dropped', { group, stream, ...Object.fromEntries(this.#lost), ...(this.#refusal === '' ? {} : { reason: this.#refusal }) });
    this.#lost.clear();
    this.#refusal = '';
    this.#toldAt = this.context.clock.monotonicMs();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#hurry.abort(), CLOSE_WITHIN_MS);
    await this.#sending;
    while (this.#queue.size > 0 && !this.#hurry.signal.aborted) {
      const before = this.#failures;
      await this.#send();
      if (this.#failures > before) await pause(CLOSE_AGAIN_MS, this.#hurry.signal);
    }
    clearTimeout(timer);
    this.#lose('unsent', this.#queue.size);
    this.#tell();
    this.#stream.close();
  }
}

/** Throws `configuration`. No I/O before the first line is a second old. */
export default function openLogSink(options: LogSinkOptions, context: AdapterContext): LogSink {
  return new CloudWatchLogSink(options, context);
}
