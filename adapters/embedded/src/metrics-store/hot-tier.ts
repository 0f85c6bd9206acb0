import { SeriesPoints } from './series-points.js';

/** Granularity at which the oldest points leave, in seconds. */
const BUCKET_SECONDS = 10;
/** Share of the budget that stays when points leave; so that they leave seldom, many at once. */
const KEPT_SHARE = 0.9;

/**
 * The newest points of all series, in memory. One horizon for all: every stored point at or
 * after it is here, so a question that begins there needs no disk.
 *
 * The oldest seconds leave first, whoever's they are. A tenant that writes much therefore
 * shortens how far back memory reaches, for all; older questions are then answered from disk.
 */
export class HotTier {
  readonly #series = new Map<number, SeriesPoints>();
  readonly #perBucket = new Map<number, number>();
  #horizon: number;
  #count = 0;
  #arrival = 0;

  /** @param budget most points to keep; 0: none. */
  constructor(readonly budget: number, horizon = 0) {
    this.#horizon = budget === 0 ? Infinity : horizon;
  }

  get horizon(): number {
    return this.#horizon;
  }

  get count(): number {
    return this.#count;
  }

  covers(from: number): boolean {
    return from >= this.#horizon;
  }

  points(sid: number): SeriesPoints | undefined {
    return this.#series.get(sid);
  }

  insert(sid: number, time: number, value: number): void {
    if (time < this.#horizon) return;
    let points = this.#series.get(sid);
    if (points === undefined) this.#series.set(sid, (points = new SeriesPoints()));
    points.append(time, value, this.#arrival);
    this.#arrival = (this.#arrival + 1) >>> 0;
    this.#add(time, 1);
  }

  /** Before a keyed point comes: takes out what its second holds. */
  remove(sid: number, time: number): void {
    const points = this.#series.get(sid);
    if (points !== undefined && time >= this.#horizon) this.#add(time, -points.remove(time));
  }

  forget(sids: readonly number[]): void {
    for (const sid of sids) {
      const points = this.#series.get(sid);
      if (points === undefined) continue;
      const first = points.lowerBound(0);
      for (let i = first; i < first + points.length; i += 1) this.#add(points.times[i] ?? 0, -1);
      this.#series.delete(sid);
    }
  }

  /** After a write: lets the oldest go when there are too many. */
  shrink(): void {
    if (this.#count <= this.budget || this.budget === 0) return;
    let left = this.#count;
    let horizon = this.#horizon;
    for (const bucket of [...this.#perBucket.keys()].sort((a, b) => a - b)) {
      if (left <= this.budget * KEPT_SHARE) break;
      left -= this.#perBucket.get(bucket) ?? 0;
      horizon = (bucket + 1) * BUCKET_SECONDS;
    }
    this.raiseHorizon(horizon);
  }

  raiseHorizon(horizon: number): void {
    if (horizon <= this.#horizon) return;
    this.#horizon = horizon;
    for (const [sid, points] of this.#series) {
      const first = points.lowerBound(0);
      const end = points.lowerBound(horizon);
      for (let i = first; i < end; i += 1) this.#add(points.times[i] ?? 0, -1);
      points.dropBefore(horizon);
      if (points.length === 0) this.#series.delete(sid);
    }
  }

  #add(time: number, by: number): void {
    if (by === 0) return;
    const bucket = Math.floor(time / BUCKET_SECONDS);
    const count = (this.#perBucket.get(bucket) ?? 0) + by;
    if (count === 0) this.#perBucket.delete(bucket);
    else this.#perBucket.set(bucket, count);
    this.#count += by;
  }
}
