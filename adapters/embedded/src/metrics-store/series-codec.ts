import type { Series, Tags } from '@cave/core';

/*
 * A series as one text: the JSON of [name, key, value, key, value, …], keys sorted. It is the
 * identity of the series, crosses to the thread as one string (an object with its tags costs
 * several times as much to clone) and is what the database keeps: pure ASCII-safe JSON, so no
 * name of a tenant, however odd, meets the database in any other form.
 */

export function encodeSeries(name: string, tags: Tags): string {
  const keys = Object.keys(tags);
  if (keys.length > 1) keys.sort();
  const parts = [name];
  for (const key of keys) parts.push(key, tags[key] ?? '');
  return JSON.stringify(parts);
}

export interface DecodedSeries {
  readonly name: Series['name'];
  /** Pairs, since `__proto__` is a legal tag key. */
  readonly tags: ReadonlyMap<string, string>;
}

export function decodeSeries(text: string): DecodedSeries {
  const [name = '', ...parts] = JSON.parse(text) as string[];
  const tags = new Map<string, string>();
  for (let i = 0; i + 1 < parts.length; i += 2) tags.set(parts[i] ?? '', parts[i + 1] ?? '');
  return { name, tags };
}
