/** What the command line gives to a benchmark; each has its own defaults. */
export interface BenchOptions {
  readonly seconds?: number;
  readonly alerts?: number;
}
