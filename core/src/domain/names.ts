/**
 * Names of tenants, metrics and tags.
 *
 * A "character" is a Unicode code point: a limit in UTF-16 units would cut an emoji's owner
 * short, one in graphemes would change with each Unicode version.
 */

/** Metric name, tag name and tag value are each shorter than 128 characters. */
export const MAX_NAME_CHARACTERS = 127;

/** A series has at most this many tags. */
export const MAX_TAGS = 10;

/** Metric names that CAVE keeps for itself: nobody can publish them. */
export const RESERVED_METRICS: ReadonlySet<string> = new Set(['alertsHistory']);

const TENANT_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;
const RESERVED_TENANT = /^cave-/i;

/** What is wrong with the name of an organization or team, as the end of a sentence; null: nothing. */
export function tenantNameProblem(name: string): string | null {
  if (!TENANT_NAME.test(name)) {
    return 'must have 1 to 63 letters, digits, "-" or "_", and begin and end with a letter or digit';
  }
  if (RESERVED_TENANT.test(name)) return 'must not begin with "cave-", which is reserved';
  return null;
}

// With the u flag a surrogate matches only where it stands alone: such text has no UTF-8 form.
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;

/** What is wrong with a metric name, tag name or tag value, as the end of a sentence; null: nothing. */
export function nameProblem(text: string): string | null {
  if (isShortAscii(text)) return null;
  if (text === '') return 'must not be empty';
  if (text.length > 2 * MAX_NAME_CHARACTERS || codePoints(text) > MAX_NAME_CHARACTERS) {
    return 'must be shorter than 128 characters';
  }
  if (FORBIDDEN.test(text)) return 'must not contain control characters or broken Unicode';
  return null;
}

/** The common case, without the cost of a regular expression. */
function isShortAscii(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > MAX_NAME_CHARACTERS) return false;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Number of Unicode code points. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
