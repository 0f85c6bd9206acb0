import { MAX_TAGS, nameProblem, type Tags } from '@cave/core';
import { fieldErrors } from '../http/problem.js';

/**
 * The `tags` parameter: `k:v,k:v`, each part percent-escaped by itself, so that parts may hold
 * `:` and `,`. A client that escapes the parameter once more as a whole (as form encoders do)
 * means the same. So where `:` was sent plain, the text is cut before it is unescaped; where
 * it was not, after the whole has been.
 *
 * @param rawQuery the query string as it was sent.
 */
export function parseTagFilter(rawQuery: string): Tags {
  const raw = rawValue(rawQuery);
  if (raw === '') return {};
  const plain = raw.includes(':');
  const text = plain ? raw : unescape(raw, true);
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  const pairs = text.split(',');
  if (pairs.length > MAX_TAGS) throw wrong(`names ${pairs.length} tags; a series has at most ${MAX_TAGS}`);
  for (const pair of pairs) {
    const [key, value, ...rest] = pair.split(':').map((part) => unescape(part, plain));
    if (key === undefined || value === undefined || rest.length > 0) throw wrong('must be a list like host:a,env:b; escape ":" and "," inside a part as %3A and %2C');
    const problem = nameProblem(key) ?? nameProblem(value);
    if (problem !== null) throw wrong(`holds a part that ${problem}`);
    if (key in tags) throw wrong(`names the tag "${key}" twice`);
    tags[key] = value;
  }
  return { ...tags };
}

/** As it was sent. The name may be escaped, as any name in a query may. */
function rawValue(rawQuery: string): string {
  const pair = rawQuery.split('&').find((candidate) => new URLSearchParams(candidate).has('tags'));
  return pair === undefined || !pair.includes('=') ? '' : pair.slice(pair.indexOf('=') + 1);
}

function unescape(text: string, plusIsSpace: boolean): string {
  try {
    return decodeURIComponent(plusIsSpace ? text.replaceAll('+', ' ') : text);
  } catch {
    throw wrong('holds a "%" that is not followed by two hexadecimal digits; escape it as %25');
  }
}

function wrong(message: string): Error {
  return fieldErrors([{ in: 'query', path: '/tags', message }]);
}
