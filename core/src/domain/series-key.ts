import type { Tags } from './point-batch.js';

/**
 * The same text for the same series, whatever the order of its tags, and never for two
 * different ones: each part is preceded by its length.
 */
export function seriesKey(name: string, tags: Tags): string {
  let key = `${name.length}:${name}`;
  for (const tag of Object.keys(tags).sort()) {
    const value = tags[tag] ?? '';
    key += `${tag.length}:${tag}${value.length}:${value}`;
  }
  return key;
}
