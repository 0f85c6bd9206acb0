import type { Value } from '../data/align.js';

/** One line of the tooltip. */
export interface HoverValue {
  readonly label: string;
  readonly value: number;
  /** Index of the series among all. */
  readonly index: number;
  /** The one next to the pointer. */
  readonly nearest: boolean;
}

export interface HoverValues {
  /** Highest first, as the lines lie above each other. */
  readonly values: readonly HoverValue[];
  /** How many more series have a value there. */
  readonly others: number;
}

/**
 * The values that the pointer is near to: at most `most`, those closest to the value under the
 * pointer. `indexes` says for each series which of its values is meant (null: none).
 */
export function nearestValues(labels: readonly string[], columns: readonly (readonly Value[])[], indexes: readonly (number | null | undefined)[], pointed: number, most: number): HoverValues {
  const candidates: { label: string; value: number; index: number }[] = [];
  labels.forEach((label, index) => {
    const at = indexes[index];
    const value = at === null || at === undefined ? undefined : columns[index]?.[at];
    if (value !== null && value !== undefined) candidates.push({ label, value, index });
  });
  const distance = ({ value }: { value: number }): number => Math.abs(value - pointed);
  const close = candidates.sort((a, b) => distance(a) - distance(b)).slice(0, most);
  const [nearest] = close;
  const values = close.map((one) => ({ ...one, nearest: one === nearest })).sort((a, b) => b.value - a.value);
  return { values, others: candidates.length - values.length };
}
