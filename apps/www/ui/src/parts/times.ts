/** How times are written. All in the zone and language of the browser, except UTC. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function localTime(at: Date): string {
  return LOCAL.format(at);
}

/** `2026-03-01 08:30:00 UTC`. */
export function utcTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `3 minutes ago`, `in 2 hours`; `just now` within five seconds. */
export function relativeTime(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return 'just now';
  if (distance < MINUTE) return RELATIVE.format(seconds, 'second');
  if (distance < HOUR) return RELATIVE.format(Math.round(seconds / MINUTE), 'minute');
  if (distance < DAY) return RELATIVE.format(Math.round(seconds / HOUR), 'hour');
  return RELATIVE.format(Math.round(seconds / DAY), 'day');
}
