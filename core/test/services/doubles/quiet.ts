import type { Clock, Logger, Labels, Telemetry } from '../../../src/index.js';

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
  /** By name, the labels of each value that was set, as JSON. */
  readonly gauges = new Map<string, Set<string>>();
  readonly #labelNames = new Map<string, string>();

  count(name: string, by = 1, labels: Labels = {}): void {
    this.#judge(name, labels);
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }
  gauge(name: string, _value: number, labels: Labels = {}): void {
    this.#judge(name, labels);
    this.gauges.set(name, (this.gauges.get(name) ?? new Set()).add(JSON.stringify(labels)));
  }
  observe(name: string, _value: number, labels: Labels = {}): void {
    this.#judge(name, labels);
  }

  /** As Prometheus does: one name has one set of label names. */
  #judge(name: string, labels: Labels): void {
    const names = Object.keys(labels).sort().join();
    const first = this.#labelNames.get(name) ?? names;
    if (first !== names) throw new Error(`${name} had the labels [${first}] and now has [${names}].`);
    this.#labelNames.set(name, first);
  }
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
