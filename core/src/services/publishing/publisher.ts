import { CaveError } from '../../errors.js';
import type { PointBatch } from '../../domain/point-batch.js';
import type { Clock } from '../../ports/clock.js';
import type { AppendResult, RawStream, StreamRecord } from '../../ports/raw-stream.js';
import type { Telemetry } from '../../ports/telemetry.js';
import type { NumberBlocks } from './number-blocks.js';
import { encodeWithin, spreadPoints, type UnnumberedPoints } from './split-batch.js';
import type { TenantQuota } from './tenant-quota.js';

export interface PublisherOptions {
  /**
   * Keys among which the series of one database are spread. With 1 a request is one record
   * and one append, so that its outcome is one, and a tenant's points pass through one
   * partition. With more, a tenant can outgrow a partition, but a request becomes up to that
   * many records, and a failure between them ends as `unknown_outcome`. Either way a series
   * always has the same key, so its points stay in order.
   */
  readonly spread?: number;
  /** Bytes handed to the stream and not yet answered; beyond, requests are pushed back. */
  readonly maxPendingBytes?: number;
}

export interface PublisherDependencies {
  readonly stream: RawStream;
  readonly numbers: NumberBlocks;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** None: tenants are not limited. */
  readonly quota: TenantQuota | null;
}

/** Turns a tenant's points into records of the raw stream and tells the truth about their fate. */
export class Publisher {
  readonly #deps: PublisherDependencies;
  readonly #spread: number;
  readonly #maxPendingBytes: number;
  #pendingBytes = 0;

  constructor(deps: PublisherDependencies, options: PublisherOptions = {}) {
    this.#deps = deps;
    this.#spread = options.spread ?? 1;
    this.#maxPendingBytes = options.maxPendingBytes ?? 64 * 1024 * 1024;
  }

  /**
   * Resolves only when all the points are durable in the stream. Otherwise throws:
   * `resource_exhausted` (over quota or pushed back) and `unavailable`, `too_large`: nothing
   * was appended; `unknown_outcome`: some of it may be in the stream.
   * No append is ever repeated here: a repetition could count twice.
   */
  async publish(points: UnnumberedPoints): Promise<void> {
    const { clock, numbers, quota, stream, telemetry } = this.#deps;
    const count = points.times.length;
    if (count === 0) return;
    if (this.#pendingBytes >= this.#maxPendingBytes) {
      throw new CaveError('resource_exhausted', 'The raw stream is slower than what is published. Nothing was stored; try again.', { retryAfterMs: 1000, reason: 'stream_busy' });
    }
    const waitMs = quota?.take(points.database, count) ?? 0;
    if (waitMs > 0) {
      throw new CaveError('resource_exhausted', 'The quota of points per second is used up. Nothing was stored; try again later.', { retryAfterMs: waitMs, reason: 'quota' });
    }
    const firstNumber = await numbers.take(count);
    const records = this.#records(points, firstNumber, clock.nowMs());
    const bytes = records.reduce((sum, record) => sum + record.body.byteLength, 0);
    this.#pendingBytes += bytes;
    let results: readonly AppendResult[];
    try {
      results = await stream.publish(records);
    } finally {
      this.#pendingBytes -= bytes;
    }
    settle(results, records.length);
    telemetry.count('cave_api_points_published_total', count);
  }

  #records(points: UnnumberedPoints, firstNumber: number, appendedAtMs: number): readonly StreamRecord[] {
    const max = this.#deps.stream.capabilities.maxRecordBytes;
    if (this.#spread === 1) {
      const numbered: PointBatch = { ...points, identity: { kind: 'numbered', firstNumber } };
      return encodeWithin(numbered, appendedAtMs, max).map((body) => ({ key: points.database, body }));
    }
    return spreadPoints(points, firstNumber, this.#spread).flatMap(({ bucket, points: part }) =>
      encodeWithin(part, appendedAtMs, max).map((body) => ({ key: `${points.database}/${bucket}`, body })));
  }
}

function settle(results: readonly AppendResult[], expected: number): void {
  if (results.length !== expected) {
    throw new CaveError('unknown_outcome', `The raw stream answered for ${results.length} of ${expected} records.`);
  }
  let appended = 0;
  let failure: CaveError | null = null;
  let unknown: CaveError | null = null;
  for (const result of results) {
    if (result.status === 'appended') appended += 1;
    else if (result.status === 'unknown') unknown ??= result.error;
    else failure = worse(failure, result.error);
  }
  if (unknown !== null || (failure !== null && appended > 0)) {
    throw new CaveError('unknown_outcome', 'It is not known whether the points were stored. Sending them again may count them twice.', { cause: unknown ?? failure });
  }
  if (failure === null) return;
  if (failure.code === 'resource_exhausted') {
    throw new CaveError('resource_exhausted', 'The raw stream pushes back. Nothing was stored; try again.', { cause: failure, retryAfterMs: failure.retryAfterMs ?? 1000, reason: 'stream_busy' });
  }
  if (failure.code === 'too_large') throw failure;
  throw new CaveError('unavailable', 'The raw stream cannot be reached. Nothing was stored; try again.', { cause: failure });
}

/** Of several reasons why nothing was appended, the one that a client can do least about. */
function worse(one: CaveError | null, other: CaveError): CaveError {
  if (one === null) return other;
  const rank = (error: CaveError): number => (error.code === 'too_large' ? 2 : error.code === 'resource_exhausted' ? 0 : 1);
  return rank(other) > rank(one) ? other : one;
}
