import type { Alert } from './alert.js';

type Firing = Pick<Alert, 'id' | 'description' | 'status'>;

/** What has begun to fire between two looks; of the first look nothing is news. */
export function newlyFired<T extends Firing>(before: readonly T[] | null, now: readonly T[]): readonly T[] {
  if (before === null) return [];
  const known = new Map(before.map(({ id, status }) => [id, status.since]));
  return now.filter(({ id, status }) => !known.has(id) || known.get(id) !== status.since);
}

/** Read out by screen readers. */
export function firedWords(fired: readonly Firing[]): string {
  const [first, ...others] = fired;
  if (first === undefined) return '';
  if (others.length === 0) return `Now firing: ${first.description}`;
  return `Now firing: ${fired.map(({ description }) => description).join('; ')} (${fired.length} alerts)`;
}
