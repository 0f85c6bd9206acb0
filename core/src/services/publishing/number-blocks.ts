import { CaveError } from '../../errors.js';
import type { NumberRepository } from '../../ports/config-store.js';

export interface NumberBlocksOptions {
  /** Numbers in one block. */
  readonly blockSize?: number;
  /** The next block is fetched when this share of the present one is left. */
  readonly prefetchBelow?: number;
}

interface Block {
  next: number;
  end: number;
}

/**
 * Numbers of points, from blocks reserved in the config store. No number is handed out
 * twice, over all instances and starts; what is left of a block at the end of a process, or
 * is too small for a request, is lost, which costs nothing: numbers are identities, not a count.
 *
 * The next block is fetched ahead, so that a short outage of the config store does not hold
 * up publishing, and so that `take` almost never waits.
 */
export class NumberBlocks {
  readonly #numbers: NumberRepository;
  readonly #blockSize: number;
  readonly #prefetchAt: number;
  #current: Block | null = null;
  #ahead: Block | null = null;
  #fetching: Promise<void> | null = null;

  constructor(numbers: NumberRepository, options: NumberBlocksOptions = {}) {
    this.#numbers = numbers;
    this.#blockSize = options.blockSize ?? 1_000_000;
    this.#prefetchAt = this.#blockSize * (options.prefetchBelow ?? 0.5);
  }

  /**
   * The first of `count` adjacent numbers. Throws `too_large` for more than a block holds and
   * whatever the config store throws when no block is at hand and none can be reserved.
   */
  async take(count: number): Promise<number> {
    if (count > this.#blockSize) {
      throw new CaveError('too_large', `A request may carry at most ${this.#blockSize} points.`);
    }
    for (;;) {
      const first = this.#fromHand(count);
      if (first !== null) return first;
      await this.#fetch();
    }
  }

  #fromHand(count: number): number | null {
    for (;;) {
      const block = this.#current;
      if (block !== null && block.end - block.next >= count) {
        const first = block.next;
        block.next += count;
        if (block.end - block.next < this.#prefetchAt && this.#ahead === null) this.#prefetch();
        return first;
      }
      if (this.#ahead === null) return null;
      this.#current = this.#ahead;
      this.#ahead = null;
    }
  }

  #prefetch(): void {
    // A failure ahead of need is no failure yet: whoever finds no block left asks again and is told.
    this.#fetch().catch(() => undefined);
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#reserve().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #reserve(): Promise<void> {
    const next = await this.#numbers.reserve(this.#blockSize);
    this.#ahead = { next, end: next + this.#blockSize };
  }
}
