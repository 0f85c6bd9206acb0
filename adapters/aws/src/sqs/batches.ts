/** Entries of one call to SQS. */
export const LONGEST_BATCH = 10;

/** Cuts a list into batches of at most ten which, beyond their first item, have no more than `bytes`. */
export function inBatches<T>(items: readonly T[], bytes = Infinity, size: (item: T) => number = () => 0): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let sum = 0;
  for (const item of items) {
    const next = size(item);
    if (batch.length > 0 && (batch.length >= LONGEST_BATCH || sum + next > bytes)) {
      batches.push(batch);
      batch = [];
      sum = 0;
    }
    batch.push(item);
    sum += next;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Lets so many calls run at once; the others wait for their turn. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
