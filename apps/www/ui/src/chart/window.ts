import type { TimeRange } from './types.js';

/** As many windows as the api answers to one question. */
export const API_POINT_LIMIT = 1440;

const MINUTES_A_DAY = 1440;

/** Widths that people count in, in minutes; beyond them whole weeks. */
const WINDOW_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, MINUTES_A_DAY, 2 * MINUTES_A_DAY, 7 * MINUTES_A_DAY] as const;
const WEEK = 7 * MINUTES_A_DAY;

/** How many windows of that width, aligned to the epoch as the api aligns them, the range touches. */
export function windowsIn(range: TimeRange, minutes: number): number {
  const seconds = minutes * 60;
  return range.end <= range.start ? 0 : Math.ceil(range.end / seconds) - Math.floor(range.start / seconds);
}

/**
 * The narrowest window, in minutes, of which the range holds no more than the api answers and no
 * more than one a pixel: more would be asked for, sent and not seen. Steps between widths are
 * small enough that a chart still has a window every one to three pixels.
 */
export function windowMinutesFor(range: TimeRange, widthPixels: number): number {
  // Two windows may be cut by the range's ends; a chart of one pixel still shows those.
  const most = Math.max(2, Math.min(API_POINT_LIMIT, Math.floor(widthPixels)));
  const listed = WINDOW_MINUTES.find((minutes) => windowsIn(range, minutes) <= most);
  if (listed !== undefined) return listed;
  let weeks = 2;
  while (windowsIn(range, weeks * WEEK) > most) weeks *= 2;
  return weeks * WEEK;
}
