import type { Clock, Logger, Telemetry } from '../../../src/index.js';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
}

/** Keeps what was logged. */
export class KeptLog implements Logger {
  readonly lines: LoggedLine[] = [];
  debug = (event: string): void => void this.lines.push({ level: 'debug', event });
  info = (event: string): void => void this.lines.push({ level: 'info', event });
  warn = (event: string): void => void this.lines.push({ level: 'warn', event });
  error = (event: string): void => void this.lines.push({ level: 'error', event });
  child = (): Logger => this;
}

/** Keeps the sums of counters. */
export class KeptTelemetry implements Telemetry {
  readonly counters = new Map<string, number>();
  count(name: string, by = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }
  gauge(): void {}
  observe(): void {}
}

/** Real time, with an epoch that tests may shift. */
export class TestClock implements Clock {
  shiftMs = 0;
  nowMs(): number {
    return Date.now() + this.shiftMs;
  }
  monotonicMs(): number {
    return performance.now() + this.shiftMs;
  }
}

/** Polls until `probe` is true; fails after five seconds, saying what did not happen. */
export async function eventually(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`This did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
