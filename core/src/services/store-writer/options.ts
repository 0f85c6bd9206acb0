export interface StoreWriterOptions {
  /** Bounds of one poll. */
  readonly pollRecords: number;
  readonly pollBytes: number;
  readonly pollWaitMs: number;
  /** Bytes read and not yet stored, for each cluster; beyond, nothing more is read. */
  readonly maxPendingBytes: number;
  readonly gatherMs: number;
  readonly maxPointsPerWrite: number;
  /** How often checkpoints and *stored up to* are made known. */
  readonly reportMs: number;
  /** A store that takes nothing for this long makes the service unhealthy. */
  readonly sickAfterMs: number;
}

export const STORE_WRITER_DEFAULTS: StoreWriterOptions = {
  pollRecords: 2_000,
  pollBytes: 4 * 1024 * 1024,
  pollWaitMs: 100,
  maxPendingBytes: 64 * 1024 * 1024,
  gatherMs: 100,
  maxPointsPerWrite: 100_000,
  reportMs: 1_000,
  sickAfterMs: 5_000,
};
