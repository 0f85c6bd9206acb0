import type { OptionsSchema } from '@cave/core';

/** Options of the embedded metrics store, as configuration names them; defaults are filled in. */
export interface MetricsStoreOptions {
  readonly directory: string;
  readonly 'memory-points': number;
  readonly 'memory-limit': string;
  readonly threads: number;
  readonly 'series-limit': number;
  readonly 'retention-days': number;
}

export const OPTION_DEFAULTS = {
  'memory-points': 8_000_000,
  'memory-limit': '256MB',
  threads: 2,
  'series-limit': 100_000,
  'retention-days': 90,
} as const;

export const SECONDS_PER_DAY = 86_400;

export const optionsSchema: OptionsSchema = {
  type: 'object',
  required: ['directory'],
  properties: {
    directory: { type: 'string', minLength: 1, description: 'Directory of the database file; created if absent.' },
    'memory-points': {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000_000,
      default: OPTION_DEFAULTS['memory-points'],
      description: 'The newest points kept in memory, 16 bytes each, so that alerts are evaluated without touching the disk. 0: none.',
    },
    'memory-limit': {
      type: 'string',
      pattern: '^[1-9][0-9]*(MB|GB)$',
      default: OPTION_DEFAULTS['memory-limit'],
      description: 'What the database itself may use for buffers, beside the points in memory.',
    },
    threads: { type: 'integer', minimum: 1, maximum: 64, default: OPTION_DEFAULTS.threads, description: 'Threads of the database.' },
    'series-limit': { type: 'integer', minimum: 1, default: OPTION_DEFAULTS['series-limit'], description: 'Series that one tenant may have; points of further ones are refused.' },
    'retention-days': { type: 'integer', minimum: 1, maximum: 36_500, default: OPTION_DEFAULTS['retention-days'], description: 'Points older than this are deleted.' },
  },
};
