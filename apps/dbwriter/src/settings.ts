import { STORE_WRITER_DEFAULTS, type OptionsSchema } from '@cave/core';

/** The dbwriter's own settings, below `db-writer`. */
export const dbwriterSettings = {
  type: 'object',
  properties: {
    'read.records': { type: 'integer', minimum: 1, maximum: 100_000, default: STORE_WRITER_DEFAULTS.pollRecords, description: 'Most records of the raw stream read at once.' },
    'read.bytes': { type: 'integer', minimum: 1_024, default: STORE_WRITER_DEFAULTS.pollBytes, description: 'Most bytes of records read at once.' },
    'read.wait-ms': { type: 'integer', minimum: 1, maximum: 1_000, default: STORE_WRITER_DEFAULTS.pollWaitMs, description: 'How long a read of an empty stream waits; milliseconds.' },
    'read.max-pending-bytes': { type: 'integer', minimum: 1_048_576, default: STORE_WRITER_DEFAULTS.maxPendingBytes, description: 'Bytes read and not yet stored, for each cluster, beyond which reading for it pauses.' },
    'write.gather-ms': { type: 'integer', minimum: 0, maximum: 10_000, default: STORE_WRITER_DEFAULTS.gatherMs, description: 'At load, writes to a store begin at most this often; an idle dbwriter writes at once. Milliseconds.' },
    'write.max-points': { type: 'integer', minimum: 1, default: STORE_WRITER_DEFAULTS.maxPointsPerWrite, description: 'Points after which a write begins without waiting.' },
    'report-ms': { type: 'integer', minimum: 10, maximum: 10_000, default: STORE_WRITER_DEFAULTS.reportMs, description: 'How often checkpoints and "stored up to" are made known; milliseconds.' },
    'sick-after-seconds': { type: 'integer', minimum: 1, default: STORE_WRITER_DEFAULTS.sickAfterMs / 1_000, description: 'A store that takes nothing for this long makes the healthcheck fail.' },
  },
} as const satisfies OptionsSchema;

/** Validated settings, defaults filled in. */
export type DbwriterSettings = Readonly<Record<keyof (typeof dbwriterSettings)['properties'], number>>;
