import { Scanner } from './scanner.js';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
export const INTEGER = /[0-9]+/y;
export const UNIT = /[smhd](?![A-Za-z0-9_])/y;

/** How an error offers a duration. */
export const EXPECTED_DURATION = 'a duration such as 5m';

/** Longest duration that can be written: more than any store keeps. */
export const MAX_DURATION_SECONDS = 366 * SECONDS.d;

/** Seconds of a text such as `30s`, `5m`, `2h`, `1d`. Throws `invalid_argument` with a `SyntaxFault`. */
export function parseDuration(text: string): number {
  const scanner = new Scanner(text, 'The duration');
  const seconds = scanDuration(scanner);
  scanner.expectEnd();
  return seconds;
}

/** Reads a duration in the middle of a longer text. */
export function scanDuration(scanner: Scanner): number {
  const start = scanner.mark();
  const digits = scanner.match('duration', INTEGER, EXPECTED_DURATION) ?? scanner.fail();
  const unit = scanner.match('duration', UNIT, '"s"', '"m"', '"h"', '"d"') ?? scanner.fail();
  return durationSeconds(digits, unit) ?? scanner.failAt(start, ['a duration of 1s to 366d']);
}

/** Seconds of so many `s`, `m`, `h` or `d`; null when out of bounds or of another unit. */
export function durationSeconds(digits: string, unit: string): number | null {
  const seconds = Number(digits) * (SECONDS[unit as keyof typeof SECONDS] ?? NaN);
  return seconds >= 1 && seconds <= MAX_DURATION_SECONDS ? seconds : null;
}

/** The shortest text of a whole number of seconds: 7200 is `2h`, 90 is `90s`. */
export function printDuration(seconds: number): string {
  if (seconds % SECONDS.d === 0) return `${seconds / SECONDS.d}d`;
  if (seconds % SECONDS.h === 0) return `${seconds / SECONDS.h}h`;
  if (seconds % SECONDS.m === 0) return `${seconds / SECONDS.m}m`;
  return `${seconds}s`;
}
