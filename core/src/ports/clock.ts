/**
 * Time. `nowMs` is milliseconds since the epoch by the config store's clock, read as an
 * offset to this process's monotonic clock, so that a step of the local wall clock moves
 * nothing. `monotonicMs` only ever grows and is for durations.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
}
