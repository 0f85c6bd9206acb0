import type { Labels, Telemetry } from '@cave/core';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** From half a millisecond to a minute: what CAVE measures are mostly durations. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Telemetry in a Prometheus registry. A name is registered at its first use, with the label
 * names of that use; another set of label names under one name is a defect and throws.
 */
export class PrometheusTelemetry implements Telemetry {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  count(name: string, by = 1, labels: Labels = {}): void {
    const counter = obtain(this.#counters, name, () => new Counter(this.#description(name, labels)));
    counter.inc(labels, by);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    obtain(this.#gauges, name, () => new Gauge(this.#description(name, labels))).set(labels, value);
  }

  observe(name: string, value: number, labels: Labels = {}): void {
    obtain(this.#histograms, name, () => new Histogram({ ...this.#description(name, labels), buckets: BUCKETS })).observe(labels, value);
  }

  /** Prometheus text format, and its content type. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #description(name: string, labels: Labels): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return { name, help: name.replaceAll('_', ' '), labelNames: Object.keys(labels), registers: [this.#registry] };
  }
}

function obtain<T>(all: Map<string, T>, name: string, make: () => T): T {
  const existing = all.get(name);
  if (existing !== undefined) return existing;
  const made = make();
  all.set(name, made);
  return made;
}
