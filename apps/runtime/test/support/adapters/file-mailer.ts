import { existsSync } from 'node:fs';
import { CaveError, defineAdapter } from '@cave/core';

interface Options {
  /** Sick while this file exists. */
  readonly 'sick-file': string;
  /** Unreachable at the first so many starts. */
  readonly 'refused-starts': number;
}

/** A mailer whose health and reachability the tests control. */
export default defineAdapter<'mailer', Options>({
  port: 'mailer',
  name: 'file-mailer',
  capabilities: { delivers: false, maxMessageBytes: 1000 },
  options: {
    type: 'object',
    properties: {
      'sick-file': { type: 'string', description: 'Sick while it exists.' },
      'refused-starts': { type: 'integer', default: 0, description: 'Starts that fail first.' },
      'api-key': { type: 'string', 'x-secret': true, description: 'A secret.' },
    },
    required: ['sick-file'],
  },
  create(options) {
    let starts = 0;
    return {
      capabilities: { delivers: false, maxMessageBytes: 1000 },
      start() {
        starts += 1;
        if (starts <= options['refused-starts']) return Promise.reject(new CaveError('unavailable', 'Connection refused by mail.test:25.'));
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
      health: () => Promise.resolve(existsSync(options['sick-file']) ? { healthy: false, detail: 'The sick file is there.' } : { healthy: true }),
      send: () => Promise.resolve({ accepted: [], rejected: [] }),
    };
  },
});
