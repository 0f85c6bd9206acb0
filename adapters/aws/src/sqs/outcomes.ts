import { CaveError } from '@cave/core';
import type { Told } from './calls.js';

export type Verdict = 'ok' | 'lost';

/** What becomes of each delivery of one call, in the order of the call. */
export class Outcomes<T> {
  readonly #told = new Map<T, Told>();

  /** Null stands for a lease that is lost already. */
  constructor(private readonly asked: readonly (T | null)[]) {}

  get pending(): readonly T[] {
    return this.asked.filter((delivery): delivery is T & {} => delivery !== null && !this.#told.has(delivery));
  }

  get failed(): ReadonlyMap<T, CaveError> {
    const failed = new Map<T, CaveError>();
    for (const [delivery, told] of this.#told) if (told instanceof CaveError) failed.set(delivery, told);
    return failed;
  }

  tell(delivery: T, told: Told): void {
    this.#told.set(delivery, told);
  }

  isLost(delivery: T): boolean {
    return this.#told.get(delivery) === 'lost';
  }

  /** Throws the first failure, once all others are settled. */
  verdicts(): readonly Verdict[] {
    return this.asked.map((delivery) => {
      const told = delivery === null ? 'lost' : this.#told.get(delivery);
      if (told instanceof CaveError) throw told;
      return told === 'ok' ? 'ok' : 'lost';
    });
  }
}
