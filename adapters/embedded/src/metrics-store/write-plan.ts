import type { RefusedPoint, WriteResult } from '@cave/core';
import type { Catalog } from './catalog.js';
import { END_OF_TIME } from './duckdb-file.js';
import type { PointColumns, StoredMark, StoredSeries } from './duckdb-file.js';
import type { Marks } from './marks.js';
import type { BatchHeader, WriteRequest } from './protocol.js';

export interface WritePlan {
  readonly results: readonly WriteResult[];
  readonly newDatabases: readonly string[];
  readonly newSeries: readonly StoredSeries[];
  readonly points: PointColumns;
  /** Whether point i replaces what its series has in that second. */
  readonly replaces: Uint8Array;
  readonly keyedCount: number;
  readonly marks: readonly StoredMark[];
}

export interface PlanLimits {
  /** Points before it are refused. */
  readonly oldest: number;
  readonly seriesLimit: number;
  /** Id of the next new series. */
  readonly nextSid: number;
}

/** Works out what a write call changes; changes nothing itself. */
export function planWrite(request: WriteRequest, catalog: Catalog, marks: Marks, limits: PlanLimits): WritePlan {
  return new Planner(request, catalog, marks, limits).plan();
}

class Planner {
  readonly #newDatabases = new Set<string>();
  readonly #newSeries: StoredSeries[] = [];
  /** Database → key → id, of series that this call brings. */
  readonly #fresh = new Map<string, Map<string, number>>();
  readonly #newMarks = new Map<string, StoredMark>();
  readonly #sids: Uint32Array;
  readonly #times: Uint32Array;
  readonly #values: Float64Array;
  readonly #replaces: Uint8Array;
  #count = 0;
  /** `series:second` of keyed points → where the latest of them is. */
  readonly #keyed = new Map<string, number>();

  constructor(
    readonly request: WriteRequest,
    readonly catalog: Catalog,
    readonly marks: Marks,
    readonly limits: PlanLimits,
  ) {
    const n = request.times.length;
    this.#sids = new Uint32Array(n);
    this.#times = new Uint32Array(n);
    this.#values = new Float64Array(n);
    this.#replaces = new Uint8Array(n);
  }

  plan(): WritePlan {
    const results: WriteResult[] = [];
    let at = 0;
    for (const batch of this.request.batches) {
      results.push(this.#batch(batch, at));
      at += batch.count;
    }
    const n = this.#count;
    return {
      results,
      newDatabases: [...this.#newDatabases],
      newSeries: this.#newSeries,
      points: { sids: this.#sids.subarray(0, n), times: this.#times.subarray(0, n), values: this.#values.subarray(0, n) },
      replaces: this.#replaces.subarray(0, n),
      keyedCount: this.#keyed.size,
      marks: [...this.#newMarks.values()],
    };
  }

  #batch(batch: BatchHeader, at: number): WriteResult {
    const { incarnation, partition, offset, database } = batch;
    const position = JSON.stringify([incarnation, partition]);
    const mark = this.#newMarks.get(position)?.[2] ?? this.marks.offset(incarnation, partition);
    if (mark !== null && offset <= mark) return { status: 'duplicate' };
    this.#newMarks.set(position, [incarnation, partition, offset]);
    if (this.catalog.isDropped(database)) return { status: 'dropped' };
    if (!this.catalog.has(database)) this.#newDatabases.add(database);
    return { status: 'stored', refused: this.#points(batch, at) };
  }

  #points(batch: BatchHeader, at: number): RefusedPoint[] {
    const { times, values, seriesIndex } = this.request;
    const refused: RefusedPoint[] = [];
    const sids = new Array<number | undefined>(batch.series.length);
    for (let i = 0; i < batch.count; i += 1) {
      const time = times[at + i] ?? NaN;
      const value = values[at + i] ?? NaN;
      const index = seriesIndex[at + i] ?? -1;
      const key = batch.series[index];
      const reason = key === undefined ? 'unknown_series_index' : pointProblem(time, value, this.limits.oldest);
      if (reason !== null || key === undefined) {
        refused.push({ index: i, reason: reason ?? '' });
        continue;
      }
      const sid = (sids[index] ??= this.#sid(batch.database, key));
      if (sid < 0) refused.push({ index: i, reason: 'series_limit' });
      else this.#add(sid, time, value, batch.keyed);
    }
    return refused;
  }

  #add(sid: number, time: number, value: number, keyed: boolean): void {
    let at = this.#count;
    if (keyed) {
      const key = `${sid}:${time}`;
      const earlier = this.#keyed.get(key);
      if (earlier === undefined) this.#keyed.set(key, at);
      else at = earlier;
    }
    this.#sids[at] = sid;
    this.#times[at] = time;
    this.#values[at] = value;
    this.#replaces[at] = keyed ? 1 : 0;
    if (at === this.#count) this.#count += 1;
  }

  /** The id of a series, a new one if need be; −1 when the database has as many as it may. */
  #sid(database: string, key: string): number {
    const known = this.catalog.sid(database, key);
    if (known !== undefined) return known;
    let fresh = this.#fresh.get(database);
    if (fresh === undefined) this.#fresh.set(database, (fresh = new Map<string, number>()));
    const planned = fresh.get(key);
    if (planned !== undefined) return planned;
    if (this.catalog.seriesCount(database) + fresh.size >= this.limits.seriesLimit) return -1;
    const sid = this.limits.nextSid + this.#newSeries.length;
    fresh.set(key, sid);
    this.#newSeries.push({ sid, database, key });
    return sid;
  }
}

/** Why a point cannot be stored, or null. */
function pointProblem(time: number, value: number, oldest: number): string | null {
  if (!Number.isInteger(time) || time < 0 || time >= END_OF_TIME) return 'time_out_of_range';
  if (time < oldest) return 'too_old';
  return Number.isFinite(value) ? null : 'value_not_finite';
}
