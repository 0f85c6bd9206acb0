import type { ScheduledAlert } from '../../ports/config-store.js';
import { latestTick, nextTick } from '../../domain/tick.js';

/** A duty to evaluate every due tick of the alert up to `tick` (whole seconds). */
export interface OwedJob {
  readonly alertId: string;
  readonly tick: number;
  /** The version of the alert that owes the job; left out where a tick itself is due. */
  readonly version?: number;
}

const NONE = -1;
const WHEEL_SIZE = 4096;
const FIRST_CAPACITY = 1024;

/**
 * Every enabled alert in columns, and a hashed timing wheel over their next ticks (source:
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 6). An alert costs
 * about 36 bytes of columns and one entry of a Map, so that a million fit easily; insert, remove
 * and reschedule are O(1). One wheel slot is one second; an alert whose next tick lies further
 * away than the wheel is long stays in its slot and is passed over until its round has come.
 *
 * Ids are decimal numbers below 2^53 (contract of the config store).
 */
export class Schedule {
  #capacity = FIRST_CAPACITY;
  #used = 0;
  #free: number[] = [];
  readonly #slotOf = new Map<number, number>();

  #id = new Float64Array(FIRST_CAPACITY);
  #version = new Uint32Array(FIRST_CAPACITY);
  #period = new Uint32Array(FIRST_CAPACITY);
  #offset = new Uint32Array(FIRST_CAPACITY);
  #effectiveFrom = new Uint32Array(FIRST_CAPACITY);
  #dueAt = new Uint32Array(FIRST_CAPACITY);
  #generation = new Uint32Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  #previous = new Int32Array(FIRST_CAPACITY);
  readonly #head = new Int32Array(WHEEL_SIZE).fill(NONE);

  /** Ticks up to this second were handed out; 0 before `restart`. */
  #cursor = 0;
  #currentGeneration = 0;

  get size(): number {
    return this.#slotOf.size;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Version that is held of this alert; null when it is not scheduled. */
  versionOf(alertId: string): number | null {
    const slot = this.#slotOf.get(Number(alertId));
    return slot === undefined ? null : (this.#version[slot] as number);
  }

  /**
   * Takes over what the config store says of an alert, unless what is held is as new. Answers
   * the job that is owed at once, if any: ticks under the former version that were not handed
   * out yet, ticks of the new one that lie at or before the cursor (the change came late), and
   * the settling of an alert that ticks no more.
   */
  apply(alert: ScheduledAlert): OwedJob | null {
    const id = Number(alert.id);
    const slot = this.#slotOf.get(id);
    if (slot !== undefined) {
      this.#generation[slot] = this.#currentGeneration;
      if ((this.#version[slot] as number) >= alert.version) return null;
    }
    const formerDue = slot === undefined ? Number.POSITIVE_INFINITY : (this.#dueAt[slot] as number);
    if (!alert.enabled) {
      if (slot !== undefined) this.#release(id, slot);
      return { alertId: alert.id, tick: alert.effectiveFrom, version: alert.version };
    }
    const at = slot ?? this.#claim(id);
    if (slot !== undefined) this.#unlink(at);
    this.#generation[at] = this.#currentGeneration;
    this.#version[at] = alert.version;
    this.#period[at] = alert.periodSeconds;
    this.#offset[at] = alert.offsetSeconds;
    this.#effectiveFrom[at] = alert.effectiveFrom;
    this.#link(at, nextTick(Math.max(alert.effectiveFrom, this.#cursor), alert.periodSeconds, alert.offsetSeconds));

    const late = latestTick(this.#cursor, alert.periodSeconds, alert.offsetSeconds);
    if (late > alert.effectiveFrom) return { alertId: alert.id, tick: late, version: alert.version };
    return formerDue <= alert.effectiveFrom ? { alertId: alert.id, tick: alert.effectiveFrom, version: alert.version } : null;
  }

  /** Begins a full reload: what `apply` does not touch until `sweep` is gone from the store. */
  beginSnapshot(): void {
    this.#currentGeneration += 1;
  }

  /** Ends a full reload; answers the settling jobs of what was removed. */
  sweep(nowSeconds: number): OwedJob[] {
    const owed: OwedJob[] = [];
    for (const [id, slot] of this.#slotOf) {
      if (this.#generation[slot] === this.#currentGeneration) continue;
      const version = this.#version[slot] as number;
      this.#release(id, slot);
      owed.push({ alertId: String(id), tick: nowSeconds, version });
    }
    return owed;
  }

  /**
   * A new leader begins: everything later than `watermark` and not later than `nowSeconds` is
   * owed (one job for each alert obliges to all its ticks before), the rest waits in the wheel.
   */
  restart(watermark: number, nowSeconds: number, visit: (alertId: string, tick: number) => void): void {
    this.#head.fill(NONE);
    this.#cursor = nowSeconds;
    for (const [id, slot] of this.#slotOf) {
      const period = this.#period[slot] as number;
      const offset = this.#offset[slot] as number;
      const from = this.#effectiveFrom[slot] as number;
      const latest = latestTick(nowSeconds, period, offset);
      if (latest > Math.max(watermark, from)) visit(String(id), latest);
      this.#link(slot, nextTick(Math.max(from, nowSeconds), period, offset));
    }
  }

  /**
   * Hands out every alert with a tick in (cursor, nowSeconds], once, with its newest tick in
   * there, and moves the cursor. A step back of the time does nothing.
   */
  advance(nowSeconds: number, visit: (alertId: string, tick: number) => void): void {
    // A pause longer than the wheel visits each slot once: every alert that is due is in one of them.
    const first = Math.max(this.#cursor + 1, nowSeconds - WHEEL_SIZE + 1);
    const from = this.#cursor;
    if (nowSeconds <= from) return;
    this.#cursor = nowSeconds;
    for (let second = first; second <= nowSeconds; second += 1) {
      let slot = this.#head[second % WHEEL_SIZE] as number;
      while (slot !== NONE) {
        const following = this.#next[slot] as number;
        if ((this.#dueAt[slot] as number) <= nowSeconds) {
          const period = this.#period[slot] as number;
          const offset = this.#offset[slot] as number;
          visit(String(this.#id[slot]), latestTick(nowSeconds, period, offset));
          this.#unlink(slot);
          this.#link(slot, nextTick(nowSeconds, period, offset));
        }
        slot = following;
      }
    }
  }

  #claim(id: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#capacity) this.#grow();
    this.#slotOf.set(id, slot);
    this.#id[slot] = id;
    return slot;
  }

  #release(id: number, slot: number): void {
    this.#unlink(slot);
    this.#slotOf.delete(id);
    this.#free.push(slot);
  }

  #link(slot: number, dueAt: number): void {
    const bucket = dueAt % WHEEL_SIZE;
    const head = this.#head[bucket] as number;
    this.#dueAt[slot] = dueAt;
    this.#next[slot] = head;
    this.#previous[slot] = NONE;
    if (head !== NONE) this.#previous[head] = slot;
    this.#head[bucket] = slot;
  }

  #unlink(slot: number): void {
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    if (previous === NONE) this.#head[(this.#dueAt[slot] as number) % WHEEL_SIZE] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * 1.5);
    const wider = <T extends Float64Array | Uint32Array | Int32Array>(column: T): T => {
      const copy = new (column.constructor as new (length: number) => T)(this.#capacity);
      copy.set(column);
      return copy;
    };
    this.#id = wider(this.#id);
    this.#version = wider(this.#version);
    this.#period = wider(this.#period);
    this.#offset = wider(this.#offset);
    this.#effectiveFrom = wider(this.#effectiveFrom);
    this.#dueAt = wider(this.#dueAt);
    this.#generation = wider(this.#generation);
    this.#next = wider(this.#next);
    this.#previous = wider(this.#previous);
  }
}
