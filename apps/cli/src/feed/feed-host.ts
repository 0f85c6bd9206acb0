import { pause } from '@cave/core';
import type { PointJson } from '../client/types.js';
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
  readonly say: (line: string) => void;
  /** Ends it after a last attempt to send. */
  readonly signal: AbortSignal;
}

/** One reading with rates. */
export async function firstReading(sampler: Pick<HostSampler, 'sample'>, signal: AbortSignal): Promise<readonly PointJson[]> {
  await sampler.sample(nowSeconds());
  await pause(FIRST_RATE_MS, signal);
  return sampler.sample(nowSeconds());
}

/** Reads and sends until the signal fires. Throws when CAVE refuses the points for good. */
export async function feedHost({ sampler, buffer, intervalMs, say, signal }: FeedOptions): Promise<void> {
  let fault: { readonly error: unknown } | null = null;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let reading = await firstReading(sampler, signal);
  while (!ended.aborted) {
    buffer.add(reading);
    // Not awaited: an answer that hangs must not hold up the next reading.
    void buffer.flush().then(
      (sent) => {
        if (sent > 0) say(`${new Date().toISOString()}  published ${sent} points`);
      },
      (error: unknown) => {
        fault ??= { error };
        stop.abort();
      },
    );
    await pause(intervalMs, ended);
    if (!ended.aborted) reading = await sampler.sample(nowSeconds());
  }
  rethrow(fault);
  if (buffer.size > 0) await farewell(buffer, say);
}

/** A last attempt; what then remains is lost, and said. */
async function farewell(buffer: OutageBuffer, say: (line: string) => void): Promise<void> {
  const patience = new AbortController();
  const sent = await Promise.race([buffer.flush({ now: true }), pause(FAREWELL_MS, patience.signal).then(() => 0)]);
  patience.abort();
  if (sent > 0) say(`${new Date().toISOString()}  published ${sent} points`);
  if (buffer.size > 0) say(`${buffer.size} points could not be published and are lost.`);
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Assigned in a callback, which the compiler's flow analysis does not see. */
function rethrow(fault: { readonly error: unknown } | null): void {
  if (fault !== null) throw fault.error;
}

