/** Tags of a series or a filter, 0 to 10 of them. Order carries no meaning. */
export type Tags = Readonly<Record<string, string>>;

/** A metric name with one full set of tags. */
export interface Series {
  readonly name: string;
  readonly tags: Tags;
}

/**
 * How a store recognises a point that it already has.
 *
 * - `numbered`: point i of the batch has the number `firstNumber + i`, unique over all of
 *   CAVE. Two points of one series in one second are two points.
 * - `keyed`: CAVE's own points (history, KPI). Series and time are the identity: a later
 *   arrival replaces the earlier one, so it is stored once however often it is relayed.
 */
export type PointIdentity =
  | { readonly kind: 'numbered'; readonly firstNumber: number }
  | { readonly kind: 'keyed' };

/**
 * Points of one database in columns: cheap to encode, to hand to a thread and to append.
 * Point i is `series[seriesIndex[i]]` at `times[i]` (whole seconds since the epoch) with
 * `values[i]` (finite).
 */
export interface PointBatch {
  readonly database: string;
  /** Named metrics store; null is the default one. */
  readonly cluster: string | null;
  readonly identity: PointIdentity;
  readonly series: readonly Series[];
  readonly seriesIndex: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}
