/** A place's clock: how far it is ahead of UTC, which changes when summer time begins and ends. */
export interface Zone {
  readonly name: string;
  /** Seconds that the local clock is ahead of UTC at a time (seconds since the epoch). */
  readonly offsetAt: (seconds: number) => number;
}

/** The zone of an IANA name; without one that of the browser. RangeError for a name that it does not know. */
export function zoneOf(name = new Intl.DateTimeFormat().resolvedOptions().timeZone): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  const quarters = new Map<number, number>();
  const offsetAt = (seconds: number): number => {
    // All changes of today's zones happen on a quarter of an hour; formatting each time would be slow.
    const quarter = Math.floor(seconds / 900);
    let offset = quarters.get(quarter);
    if (offset === undefined) {
      const part = Object.fromEntries(format.formatToParts(quarter * 900_000).map(({ type, value }) => [type, value])) as Record<string, string>;
      const wall = Date.UTC(Number(part['year']), Number(part['month']) - 1, Number(part['day']), Number(part['hour']), Number(part['minute']), Number(part['second'])) / 1000;
      offset = wall - quarter * 900;
      quarters.set(quarter, offset);
    }
    return offset;
  };
  return { name, offsetAt };
}

/** What the local clock shows, as the seconds at which a clock in UTC shows the same. */
export function wallOf(zone: Zone, seconds: number): number {
  return seconds + zone.offsetAt(seconds);
}

/**
 * The first time at which the local clock shows `wall` or, where it jumps over it, the time of the
 * jump: there is a day's beginning even where summer time begins at midnight.
 */
export function timeOfWall(zone: Zone, wall: number): number {
  // No zone is more than 14 hours from UTC, and no clock is set twice within two days.
  const [before, after] = [zone.offsetAt(wall - 86_400), zone.offsetAt(wall + 86_400)];
  const early = wall - Math.max(before, after);
  const late = wall - Math.min(before, after);
  if (wallOf(zone, early) === wall) return early;
  if (wallOf(zone, late) === wall) return late;
  // Jumped over: the clock goes on from `early`'s offset to a later one at a quarter between them.
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallOf(zone, middle) < wall) low = middle;
    else high = middle;
  }
  return high;
}
