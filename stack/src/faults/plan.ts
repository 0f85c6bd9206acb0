/*
 * Which victim meets which fault when: random, but every victim once before any comes again,
 * so that even a short run reaches every one.
 */

export type Fault = 'kill' | 'freeze';

/** mulberry32 (Tommy Ettinger, public domain): the same seed, the same run. Uniform in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Endless: a round with one fault for each victim, then a round with the other fault for each, and so on. */
export function* faultPlan<V>(victims: readonly V[], random: () => number): Generator<{ readonly victim: V; readonly fault: Fault }, never> {
  const killedFirst = new Set(victims.filter(() => random() < 0.5));
  for (let round = 0; ; round += 1) {
    for (const victim of shuffled(victims, random)) {
      yield { victim, fault: killedFirst.has(victim) === (round % 2 === 0) ? 'kill' : 'freeze' };
    }
  }
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const keyed = list.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
