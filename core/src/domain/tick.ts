import type { AlertVersion, Period } from './alert.js';
import { periodSeconds } from './period.js';

/*
 * Ticks of a period p with an offset o in [0, p) are the whole seconds o + k·p.
 */

/**
 * The offset of an alert's ticks, in [0, period): the time of day for a daily one, otherwise
 * spread evenly by a hash, so that a million alerts of one period do not tick at once.
 *
 * @param readKey alerts with the same one tick together (see `readKey`); left out, each ticks for itself.
 */
export function offsetFor(alertId: string, period: Period, readKey?: string): number {
  if (period.kind === 'daily') return period.secondOfDay;
  return Math.floor((hash32(readKey ?? alertId) / 2 ** 32) * period.seconds);
}

/** The first tick after second `after`. */
export function nextTick(after: number, period: number, offset: number): number {
  return latestTick(after, period, offset) + period;
}

/** The last tick at or before second `at`. */
export function latestTick(at: number, period: number, offset: number): number {
  return offset + Math.floor((at - offset) / period) * period;
}

/**
 * The ticks in (afterTick, upTo] that are due under the version in force at each, ascending.
 * In force at t is the latest version with `effectiveFrom` < t; a disabled or deleted one has
 * no ticks, and before the first version there are none. Lazy: a gap may hold millions.
 *
 * @param versions any order; at least those that govern ticks after `afterTick`.
 * @param afterTick the last recorded tick; null: none.
 */
export function* dueTicks(versions: readonly AlertVersion[], afterTick: number | null, upTo: number): Generator<number, void, undefined> {
  for (const reign of reigns(versions, afterTick, upTo)) {
    for (let tick = nextTick(reign.after, reign.period, reign.offset); tick <= reign.to; tick += reign.period) yield tick;
  }
}

/** The last of `dueTicks`, without walking through them; null when none is due. */
export function latestDueTick(versions: readonly AlertVersion[], afterTick: number | null, upTo: number): number | null {
  for (const reign of reigns(versions, afterTick, upTo).reverse()) {
    const tick = latestTick(reign.to, reign.period, reign.offset);
    if (tick > reign.after) return tick;
  }
  return null;
}

/** Part of the time in which one ticking version is in force: (after, to]. */
interface Reign {
  readonly after: number;
  readonly to: number;
  readonly period: number;
  readonly offset: number;
}

/**
 * In order of time. A version's time ends where that of any later one begins, also should a
 * clock that was set back have made their beginnings cross.
 */
function reigns(versions: readonly AlertVersion[], afterTick: number | null, upTo: number): Reign[] {
  const found: Reign[] = [];
  let to = upTo;
  for (const version of [...versions].sort((a, b) => b.version - a.version)) {
    const after = Math.max(version.effectiveFrom, afterTick ?? -Infinity);
    if (version.enabled && !version.deleted && after < to) {
      found.push({ after, to, period: periodSeconds(version.period), offset: version.offsetSeconds });
    }
    to = Math.min(to, version.effectiveFrom);
  }
  return found.reverse();
}

/** FNV-1a with murmur3's finaliser: decimal ids differ in few bits, which FNV alone leaves in few bits. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
