import { pause } from '@cave/core';
import { CommandFailure } from '../failure.js';
import type { HostSampler } from './host-sampler.js';
import type { OutageBuffer } from './outage-buffer.js';

/** Rates are of the time between two readings; the first reading comes this long before the first points. */
const FIRST_RATE_MS = 1_000;

/** The last attempt at the end may take this long. */
const FAREWELL_MS = 5_000;

export interface FeedOptions {
  readonly sampler: Pick<HostSampler, 'sample'>;
  readonly buffer: OutageBuffer;
  readonly intervalMs: number;
  /** One reading, sent or failed. */
  readonly once: boolean;
  readonly say: (line: string) => void;
  /** Ends it after a last attempt to send. */
  readonly signal: AbortSignal;
}

/** Reads and sends until the signal fires. Throws when CAVE refuses the points for good; with `once` also when it cannot be reached. */
export async function feedHost({ sampler, buffer, intervalMs, once, say, signal }: FeedOptions): Promise<void> {
  const nowSeconds = (): number => Math.floor(Date.now() / 1000);
  await sampler.sample(nowSeconds());
  await pause(FIRST_RATE_MS, signal);
  let fault: { readonly error: unknown } | null = null;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  while (!ended.aborted) {
    const points = await sampler.sample(nowSeconds());
    buffer.add(points);
    // Not awaited: an answer that hangs must not hold up the next reading.
    const sending = buffer.flush().then(
      (sent) => {
        if (sent > 0) say(`${new Date().toISOString()}  published ${sent} points`);
      },
      (error: unknown) => {
        fault ??= { error };
        stop.abort();
      },
    );
    if (once) {
      await sending;
      break;
    }
    await pause(intervalMs, ended);
  }
  rethrow(fault);
  if (once && buffer.size > 0) throw new CommandFailure(`${buffer.size} points could not be published.`);
  if (buffer.size > 0) await farewell(buffer, say);
}

/** A last attempt; what then remains is lost, and said. */
async function farewell(buffer: OutageBuffer, say: (line: string) => void): Promise<void> {
  const patience = new AbortController();
  await Promise.race([buffer.flush({ now: true }), pause(FAREWELL_MS, patience.signal)]);
  patience.abort();
  if (buffer.size > 0) say(`${buffer.size} points could not be published and are lost.`);
}

/** Assigned in a callback, which the compiler's flow analysis does not see. */
function rethrow(fault: { readonly error: unknown } | null): void {
  if (fault !== null) throw fault.error;
}

