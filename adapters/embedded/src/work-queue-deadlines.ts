/** Something that falls due; its place in the heap is kept in it, so that it can be withdrawn. */
export interface Due {
  /** Monotonic milliseconds. */
  dueAt: number;
  /** Index in the heap; -1 when it is not in one. */
  slot: number;
}

/** A binary min-heap by `dueAt` from which any item can be removed in O(log n). */
export class Deadlines<T extends Due> {
  readonly #heap: T[] = [];

  /** The earliest, or undefined. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Adds the item, or moves it when it is in already. */
  set(item: T, dueAt: number): void {
    this.delete(item);
    item.dueAt = dueAt;
    this.#heap.push(item);
    this.#up(this.#heap.length - 1, item);
  }

  delete(item: T): void {
    const { slot } = item;
    if (slot < 0) return;
    item.slot = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#up(slot, last);
    this.#down(last.slot, last);
  }

  #up(from: number, item: T): void {
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || parent.dueAt <= item.dueAt) break;
      this.#place(slot, parent);
      slot = above;
    }
    this.#place(slot, item);
  }

  #down(from: number, item: T): void {
    let slot = from;
    for (;;) {
      const left = this.#heap[2 * slot + 1];
      const right = this.#heap[2 * slot + 2];
      const child = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left;
      if (child === undefined || child.dueAt >= item.dueAt) break;
      const next = child.slot;
      this.#place(slot, child);
      slot = next;
    }
    this.#place(slot, item);
  }

  #place(slot: number, item: T): void {
    this.#heap[slot] = item;
    item.slot = slot;
  }
}
