import { usageError } from '../failure.js';

/** Where CAVE listens unless it was told otherwise. */
export const DEFAULT_URL = 'http://127.0.0.1:7001';

/** The address without a trailing slash. Throws a usage error for anything but http and https. */
export function apiUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw usageError(`"${text}" is not the address of CAVE's api; it looks like ${DEFAULT_URL}.`);
  return text.replace(/\/+$/, '');
}
