import type { RawStream } from '@cave/core';
import type { TestFrame } from './harness.js';
import { declareKit, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { rawStreamDeliveryCases } from './raw-stream-delivery.js';
import type { RawStreamHarness, RawStreamSettings } from './raw-stream-harness.js';
import { rawStreamGroupCases } from './raw-stream-groups.js';
import { rawStreamOutageCases } from './raw-stream-outages.js';

/** Every case of the raw stream's contract. */
export const rawStreamKit: Kit<RawStream, RawStreamSettings, RawStreamHarness> = {
  port: 'raw-stream',
  prefix: 'RS',
  cases: [
    ...lifecycleCases<RawStream, RawStreamSettings, RawStreamHarness>('RS', {
      settings: { partitions: 2 },
      calls: [
        { name: 'incarnation', use: async (stream) => stream.incarnation() },
        { name: 'partitions', use: (stream) => stream.partitions() },
        { name: 'publish', use: (stream) => stream.publish([{ key: 'k', body: Buffer.from('b') }]) },
        { name: 'consume', use: async (stream) => (await stream.consume({ group: 'lifecycle', maxRecords: 1, maxBytes: 1 })).close() },
        { name: 'positions', use: (stream) => stream.positions('lifecycle') },
        { name: 'deadLetters', use: (stream) => stream.deadLetters(1) },
      ],
      blocks: async (stream, signal) => {
        const consumer = await stream.consume({ group: 'waits', maxRecords: 1, maxBytes: 1 });
        try {
          return await consumer.poll(600_000, signal);
        } finally {
          await consumer.close();
        }
      },
    }),
    ...rawStreamDeliveryCases,
    ...rawStreamGroupCases,
    ...rawStreamOutageCases,
  ],
};

export function runRawStreamConformance(frame: TestFrame, harness: RawStreamHarness): void {
  declareKit(frame, rawStreamKit, harness);
}
