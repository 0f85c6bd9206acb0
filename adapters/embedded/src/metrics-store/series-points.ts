/*
 * Points of one series in columns, in order of time and, within a second, of arrival.
 * Numbers of arrival are 32 bits wide and wrap; they are compared by distance, which holds
 * as long as two points in memory are less than 2³¹ arrivals apart.
 */

const FIRST_CAPACITY = 16;

/** Whether arrival `a` was before arrival `b`. */
export function arrivedBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export class SeriesPoints {
  times = new Uint32Array(0);
  values = new Float64Array(0);
  arrivals = new Uint32Array(0);
  #start = 0;
  #end = 0;
  /** Everything in [#start, #sorted) is in order; the rest arrived late and is put in place when somebody reads. */
  #sorted = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(time: number, value: number, arrival: number): void {
    if (this.#end === this.times.length) this.#makeRoom();
    const inOrder = this.#sorted === this.#end && (this.length === 0 || time >= (this.times[this.#end - 1] ?? 0));
    this.times[this.#end] = time;
    this.values[this.#end] = value;
    this.arrivals[this.#end] = arrival;
    this.#end += 1;
    if (inOrder) this.#sorted = this.#end;
  }

  /** Index of the first point at or after `time`. Indexes are valid until the next change. */
  lowerBound(time: number): number {
    this.#sort();
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  holds(time: number): boolean {
    const at = this.lowerBound(time);
    return at < this.#end && this.times[at] === time;
  }

  /** Takes out every point of that second. @returns how many. */
  remove(time: number): number {
    const from = this.lowerBound(time);
    const to = this.lowerBound(time + 1);
    for (const column of [this.times, this.values, this.arrivals]) column.copyWithin(from, to, this.#end);
    this.#end -= to - from;
    this.#sorted = this.#end;
    return to - from;
  }

  /** Forgets what lies before `time`. @returns how many. */
  dropBefore(time: number): number {
    const from = this.lowerBound(time);
    const dropped = from - this.#start;
    this.#start = from;
    if (this.times.length > FIRST_CAPACITY && this.length * 4 < this.times.length) this.#resize(this.length * 2);
    return dropped;
  }

  #makeRoom(): void {
    // Room in front (points that were forgotten) is used again before more memory is taken.
    this.#resize(this.#start * 2 > this.times.length ? this.times.length : Math.max(FIRST_CAPACITY, Math.ceil(this.length * 1.5)));
  }

  #resize(capacity: number): void {
    const late = this.#end - this.#sorted;
    const copy = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from.subarray(this.#start, this.#end));
      return to;
    };
    this.times = copy(this.times, new Uint32Array(capacity));
    this.values = copy(this.values, new Float64Array(capacity));
    this.arrivals = copy(this.arrivals, new Uint32Array(capacity));
    this.#end = this.length;
    this.#start = 0;
    this.#sorted = this.#end - late;
  }

  /** Sorts the late ones and merges them in: one pass however many they are. */
  #sort(): void {
    if (this.#sorted === this.#end) return;
    const { times, values, arrivals } = this;
    const late = Uint32Array.from({ length: this.#end - this.#sorted }, (_, i) => this.#sorted + i);
    late.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
    const n = this.length;
    const [newTimes, newValues, newArrivals] = [new Uint32Array(n), new Float64Array(n), new Uint32Array(n)];
    let early = this.#start;
    let next = 0;
    for (let i = 0; i < n; i += 1) {
      const lateAt = late[next] ?? -1;
      // On a tie the early one goes first: it arrived before.
      const takeLate = lateAt >= 0 && (early === this.#sorted || (times[lateAt] ?? 0) < (times[early] ?? 0));
      const from = takeLate ? lateAt : early;
      if (takeLate) next += 1;
      else early += 1;
      newTimes[i] = times[from] ?? 0;
      newValues[i] = values[from] ?? 0;
      newArrivals[i] = arrivals[from] ?? 0;
    }
    [this.times, this.values, this.arrivals] = [newTimes, newValues, newArrivals];
    this.#start = 0;
    this.#end = n;
    this.#sorted = n;
  }
}
