import type { RawStream } from '@cave/core';
import type { Harness } from './harness.js';

export interface RawStreamSettings {
  /** Number of partitions when the place is new. */
  readonly partitions: number;
}

export type RawStreamHarness = Harness<RawStream, RawStreamSettings>;
