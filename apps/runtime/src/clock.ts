import type { Clock } from '@cave/core';

/** Read every 30 s: a quartz clock drifts less than 3 ms in that time. */
const CALIBRATION_INTERVAL_MS = 30_000;
/** A correction is spread: time runs at most this much faster or slower than it is. */
const MAX_SLEW = 0.02;

export interface ClockSource {
  /** The config store's clock, milliseconds since the epoch. */
  nowMs(): Promise<number>;
}

/**
 * Time by the config store's clock, carried by this process's monotonic clock.
 *
 * The offset between the two is read once before the services start and set at once; later
 * readings only bend it, by at most 2 %, so that time never jumps and never runs backwards,
 * whatever the wall clock of this machine does. A service without a config store (dbwriter)
 * takes the wall clock once, at start: it uses time only for marks of what it has stored, and
 * those carry the time at which the api appended.
 *
 * A reading is the store's time at half of the round trip; one that took longer than a second
 * says too little and is left out.
 */
export class CalibratedClock implements Clock {
  readonly #monotonic: () => number;
  #offset: number;
  #target: number;
  #bentAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(wallMs: () => number = Date.now, monotonicMs: () => number = () => performance.now()) {
    this.#monotonic = monotonicMs;
    this.#bentAt = monotonicMs();
    this.#offset = wallMs() - this.#bentAt;
    this.#target = this.#offset;
  }

  monotonicMs(): number {
    return this.#monotonic();
  }

  nowMs(): number {
    const now = this.#monotonic();
    const most = (now - this.#bentAt) * MAX_SLEW;
    this.#offset += Math.max(-most, Math.min(most, this.#target - this.#offset));
    this.#bentAt = now;
    return now + this.#offset;
  }

  /** One reading. The first sets the clock; later ones bend it. False: the answer took too long to say anything. */
  async calibrate(source: ClockSource, set: boolean): Promise<boolean> {
    const before = this.#monotonic();
    const stored = await source.nowMs();
    const after = this.#monotonic();
    if (after - before > 1000 && !set) return false;
    this.nowMs();
    this.#target = stored - (before + after) / 2;
    if (set) this.#offset = this.#target;
    return true;
  }

  /** Keeps calibrating until `stop`. `failed` is told of readings that threw. */
  follow(source: ClockSource, failed: (error: unknown) => void): void {
    this.#timer = setInterval(() => {
      this.calibrate(source, false).catch(failed);
    }, CALIBRATION_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
