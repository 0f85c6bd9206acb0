import type { RefusedPoint } from '../../ports/metrics-store.js';

const MAX_LENGTH = 1_000;

/**
 * Which points of a record were refused and why, as the reason of its dead letter, such as
 * `series_limit: points 0-4, 9 (6); too_old: points 5 (1)`. Bounded: a long list of ranges
 * ends in `…`, the counts stay.
 */
export function describeRefusal(refused: readonly RefusedPoint[]): string {
  const byReason = new Map<string, number[]>();
  for (const { index, reason } of refused) {
    const indexes = byReason.get(reason);
    if (indexes === undefined) byReason.set(reason, [index]);
    else indexes.push(index);
  }
  const share = Math.floor(MAX_LENGTH / byReason.size);
  return [...byReason].map(([reason, indexes]) => `${reason.slice(0, share)}: points ${shorten(ranges(indexes), share)} (${indexes.length})`).join('; ');
}

function ranges(indexes: readonly number[]): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  let start = sorted[0] ?? 0;
  let end = start;
  const close = (): void => {
    parts.push(start === end ? String(start) : `${start}-${end}`);
  };
  for (const index of sorted.slice(1)) {
    if (index === end + 1) {
      end = index;
      continue;
    }
    close();
    start = index;
    end = index;
  }
  close();
  return parts.join(', ');
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
