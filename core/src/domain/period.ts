import type { Period } from './alert.js';
import { printDuration, scanDuration } from './duration.js';
import { Scanner } from './scanner.js';

const TWO_DIGITS = /[0-9]{2}(?![0-9])/y;
const DAY_SECONDS = 86_400;

/** `5m`, or `@HH[:MM[:SS]]` for daily at that time, UTC. Throws `invalid_argument` with a `SyntaxFault`. */
export function parsePeriod(text: string): Period {
  const scanner = new Scanner(text, 'The period');
  const period: Period = scanner.symbol('@') ? { kind: 'daily', secondOfDay: timeOfDay(scanner) } : { kind: 'every', seconds: scanDuration(scanner) };
  scanner.expectEnd();
  return period;
}

export function printPeriod(period: Period): string {
  if (period.kind === 'every') return printDuration(period.seconds);
  const second = period.secondOfDay % 60;
  const minute = Math.floor(period.secondOfDay / 60) % 60;
  const hour = Math.floor(period.secondOfDay / 3_600);
  return `@${pad(hour)}:${pad(minute)}${second === 0 ? '' : `:${pad(second)}`}`;
}

/** Seconds from one tick to the next. */
export function periodSeconds(period: Period): number {
  return period.kind === 'every' ? period.seconds : DAY_SECONDS;
}

function timeOfDay(scanner: Scanner): number {
  const hour = twoDigits(scanner, 23, 'hours from 00 to 23');
  if (!scanner.symbol(':')) return hour * 3_600;
  const minute = twoDigits(scanner, 59, 'minutes from 00 to 59');
  if (!scanner.symbol(':')) return hour * 3_600 + minute * 60;
  return hour * 3_600 + minute * 60 + twoDigits(scanner, 59, 'seconds from 00 to 59');
}

function twoDigits(scanner: Scanner, max: number, label: string): number {
  const start = scanner.mark();
  const value = Number(scanner.match('number', TWO_DIGITS, label) ?? scanner.fail());
  if (value > max) scanner.failAt(start, [label]);
  return value;
}

function pad(part: number): string {
  return String(part).padStart(2, '0');
}
