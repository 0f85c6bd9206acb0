export type Labels = Readonly<Record<string, string>>;

/**
 * CAVE's own measurements, shown at `/_internal_/metrics` in Prometheus text. Names are
 * `cave_<part>_<what>_<unit>`; label values come from small fixed sets, never from tenants.
 */
export interface Telemetry {
  /** Adds to a counter. */
  count(name: string, by?: number, labels?: Labels): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Records a duration or size in a histogram. Durations in seconds. */
  observe(name: string, value: number, labels?: Labels): void;
}
