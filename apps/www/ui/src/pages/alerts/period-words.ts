import { CaveError, parseDuration, parsePeriod } from '@cave/core/language';
import { durationWords } from '../../condition/plain-words.js';

/** `every 5 minutes`, `daily at 08:30 UTC`; the text itself where it cannot be read. */
export function periodWords(text: string): string {
  if (faultOf(() => parsePeriod(text)) !== null) return text;
  const period = parsePeriod(text);
  if (period.kind === 'every') return `every ${durationWords(period.seconds).replace(/^1 /, '')}`;
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  const { secondOfDay } = period;
  const seconds = secondOfDay % 60;
  return `daily at ${two(secondOfDay / 3_600)}:${two((secondOfDay / 60) % 60)}${seconds === 0 ? '' : `:${two(seconds)}`} UTC`;
}

/** Seconds between two checks; null where the text is no period. */
export function secondsOfPeriod(text: string): number | null {
  if (faultOf(() => parsePeriod(text)) !== null) return null;
  const period = parsePeriod(text);
  return period.kind === 'every' ? period.seconds : 86_400;
}

/** What is wrong with a period, as a sentence; null: nothing. */
export function periodFault(text: string): string | null {
  return faultOf(() => parsePeriod(text));
}

/** What is wrong with a duration, as a sentence; null: nothing. An empty one stands for "not set". */
export function durationFault(text: string): string | null {
  return text === '' ? null : faultOf(() => parseDuration(text));
}

/** `4 hours` for `4h`; the text itself where it cannot be read. */
export function durationTextWords(text: string): string {
  return durationFault(text) === null && text !== '' ? durationWords(parseDuration(text)) : text;
}

function faultOf(parse: () => unknown): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (error instanceof CaveError) return error.message;
    throw error;
  }
}
