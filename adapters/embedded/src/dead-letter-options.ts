import { CaveError, type AdapterContext, type OptionSchema } from '@cave/core';
import type { DeadLetterLimit } from './dead-letter-box.js';

const DEFAULT_BYTES = 64 * 1024 * 1024;
const MIN_BYTES = 1024 * 1024;

export interface DeadLetterOptions {
  readonly 'dead-letter-max-bytes'?: number;
}

export const DEAD_LETTER_SCHEMA = {
  'dead-letter-max-bytes': {
    type: 'integer',
    minimum: MIN_BYTES,
    default: DEFAULT_BYTES,
    description: 'Bytes of dead letters kept at most. Beyond, the oldest are dropped, which the log and a counter tell.',
  },
} as const satisfies Readonly<Record<string, OptionSchema>>;

/** `what`: the part as messages name it. Throws `configuration`. */
export function checkDeadLetterOptions(what: string, { 'dead-letter-max-bytes': maxBytes = DEFAULT_BYTES }: DeadLetterOptions): void {
  if (!Number.isInteger(maxBytes) || maxBytes < MIN_BYTES) {
    throw new CaveError('configuration', `The option "dead-letter-max-bytes" of the ${what} is ${String(maxBytes)}; it must be a whole number of at least ${MIN_BYTES}.`);
  }
}

export function deadLetterLimit(part: 'stream' | 'queue', { 'dead-letter-max-bytes': maxBytes = DEFAULT_BYTES }: DeadLetterOptions, { logger, telemetry }: AdapterContext): DeadLetterLimit {
  return {
    maxBytes,
    dropped: (letters) => {
      telemetry.count('cave_embedded_dead_letters_dropped_total', letters, { part });
      logger.warn('dead_letters_dropped', { part, letters, maxBytes });
    },
  };
}
