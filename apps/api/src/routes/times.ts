import { fieldErrors } from '../http/problem.js';

/**
 * Whole seconds since the epoch of an ISO 8601 time; a fraction is cut off. The schema has
 * checked its form; what is left are times that no clock of ours shows, such as leap seconds.
 */
export function toSeconds(parameter: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw fieldErrors([{ in: 'query', path: `/${parameter}`, message: 'is no time since the epoch' }]);
  return Math.floor(ms / 1000);
}

export function toIso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
