import type { TimeRange } from '../types.js';
import { timeOfWall, wallOf, type Zone } from '../zone.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Offsets of zones change on quarters of an hour, so that the local clock shows a round time on one of them. */
const QUARTER = 900;

/** Steps on the clock, in seconds. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
/** Steps on the calendar: days, from a Monday where they are weeks. */
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
const SHORTEST_MONTH = 28 * DAY;
/** 1970 began on a Thursday; its first Monday was three days before. */
const EPOCH_DAY_FROM_MONDAY = 3;

/**
 * At most `most` times within the range that are round on the zone's own clock: at 00:00, 06:00,
 * 12:00 on both sides of a change to summer time, an hour nearer or farther from each other there.
 */
export function timeTicks(range: TimeRange, most: number, zone: Zone): number[] {
  const span = range.end - range.start;
  if (most < 1 || span <= 0) return [];
  const fits = (step: number): boolean => span / step <= most;
  const clock = CLOCK_STEPS.find(fits);
  if (clock !== undefined) return clockTicks(range, clock, zone);
  const days = DAY_STEPS.find((step) => fits(step * DAY));
  if (days !== undefined) return dayTicks(range, days, zone);
  return monthTicks(range, MONTH_STEPS.find((step) => fits(step * SHORTEST_MONTH)) ?? 1200, zone);
}

function clockTicks({ start, end }: TimeRange, step: number, zone: Zone): number[] {
  const stride = Math.min(step, QUARTER);
  const ticks: number[] = [];
  for (let time = Math.ceil(start / stride) * stride; time < end; time += stride) {
    if (wallOf(zone, time) % step !== 0) continue;
    // Where the clock is set back it shows the same time twice; steps of hours would stand on each other.
    const last = ticks.at(-1);
    if (last === undefined || step <= HOUR || time - last > step / 2) ticks.push(time);
  }
  return ticks;
}

function dayTicks({ start, end }: TimeRange, step: number, zone: Zone): number[] {
  const ticks: number[] = [];
  const first = Math.floor(wallOf(zone, start) / DAY);
  for (let day = first - ((first + EPOCH_DAY_FROM_MONDAY) % step); ; day += step) {
    const time = timeOfWall(zone, day * DAY);
    if (time >= end) return ticks;
    if (time >= start) ticks.push(time);
  }
}

function monthTicks({ start, end }: TimeRange, step: number, zone: Zone): number[] {
  const ticks: number[] = [];
  const date = new Date(wallOf(zone, start) * 1000);
  const first = date.getUTCFullYear() * 12 + date.getUTCMonth();
  for (let month = first - (first % step); ; month += step) {
    const time = timeOfWall(zone, Date.UTC(Math.floor(month / 12), month % 12, 1) / 1000);
    if (time >= end) return ticks;
    if (time >= start) ticks.push(time);
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/**
 * What stands at each tick: the time, and below it the date at the first tick and wherever it
 * changes; for ticks of days the date alone, and of months the month and year.
 */
export function timeTickLabels(ticks: readonly number[], zone: Zone): string[] {
  const dates = ticks.map((tick) => new Date(wallOf(zone, tick) * 1000));
  const narrowest = Math.min(...ticks.slice(1).map((tick, i) => tick - (ticks[i] as number)));
  let before = '';
  return dates.map((date) => {
    const month = MONTHS[date.getUTCMonth()] as string;
    const day = `${date.getUTCDate()} ${month}`;
    const year = String(date.getUTCFullYear());
    // A day's change of clock makes it an hour shorter at most.
    const [above, below] = narrowest >= SHORTEST_MONTH ? [month, year] : narrowest >= DAY - 2 * HOUR ? [day, year] : [clockOf(date, narrowest < MINUTE), day];
    const label = below === before ? above : `${above}\n${below}`;
    before = below;
    return label;
  });
}

function clockOf(date: Date, seconds: boolean): string {
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return seconds ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}
