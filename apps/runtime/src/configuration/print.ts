import type { Entry } from './types.js';

/** The effective configuration, a line for each value: `key: value  # source`. Secrets are masked. */
export function printConfiguration(entries: readonly Entry[]): string {
  const lines = entries.map((entry) => [`${entry.key}: ${shown(entry)}`, entry.source.text] as const);
  const width = Math.min(60, Math.max(0, ...lines.map(([left]) => left.length)));
  return lines.map(([left, source]) => `${left.padEnd(width)}  # ${source}`).join('\n');
}

function shown(entry: Entry): string {
  if (entry.secret) return entry.value === '' ? '""' : '********';
  return JSON.stringify(entry.value);
}
