import { fieldErrors, type FieldError } from './problem.js';

/**
 * Refuses texts and keys that no store can hold faithfully: Postgres has no NUL, and a lone
 * surrogate has no UTF-8. Recursion is safe: the depth of bodies was bounded before.
 */
export function refuseUnstorableText(value: unknown, part: FieldError['in']): void {
  const errors: FieldError[] = [];
  walk(value, '', part, errors);
  if (errors.length > 0) throw fieldErrors(errors);
}

function walk(value: unknown, path: string, part: FieldError['in'], errors: FieldError[]): void {
  if (errors.length >= 100) return;
  if (typeof value === 'string') {
    if (!isStorable(value)) errors.push({ in: part, path, message: 'holds a NUL character or half of a surrogate pair' });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => walk(item, `${path}/${index}`, part, errors));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (isStorable(key)) walk(item, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, part, errors);
      else errors.push({ in: part, path, message: 'has a key that holds a NUL character or half of a surrogate pair' });
    }
  }
}

/** True for texts without NUL and without lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}
