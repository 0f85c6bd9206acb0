import { toCaveError } from '../../errors.js';
import type { PointBatch } from '../../domain/point-batch.js';
import { PointRecordDecoder } from '../../domain/point-record.js';

/** What one cluster's writer does with a record. `appendedAtMs` is null where the record does not say. */
export type Sifted =
  | { readonly kind: 'own'; readonly appendedAtMs: number; readonly points: PointBatch }
  /** Another cluster's writer sees to it. */
  | { readonly kind: 'foreign'; readonly appendedAtMs: number | null }
  | { readonly kind: 'dead'; readonly appendedAtMs: number | null; readonly reason: string };

/**
 * Sorts the records of the stream for the writer of one cluster. Each record has one writer
 * that sees to it, also one that cannot be read: what names no cluster that is configured is
 * the default one's.
 */
export class RecordSieve {
  readonly #decoder = new PointRecordDecoder();

  constructor(
    /** Null: the default one. */
    private readonly cluster: string | null,
    /** Names of all named clusters. */
    private readonly clusters: readonly string[],
  ) {}

  sift(body: Uint8Array): Sifted {
    const head: { named: string | null } = { named: null };
    try {
      const { appendedAtMs, points } = this.#decoder.sift(body, (cluster) => {
        head.named = cluster;
        return cluster === this.cluster;
      });
      if (points !== null) return { kind: 'own', appendedAtMs, points };
      if (this.#isMine(head.named)) return { kind: 'dead', appendedAtMs, reason: `cluster_not_configured: ${String(head.named)}` };
      return { kind: 'foreign', appendedAtMs };
    } catch (error) {
      if (!this.#isMine(head.named)) return { kind: 'foreign', appendedAtMs: null };
      return { kind: 'dead', appendedAtMs: null, reason: `undecodable: ${toCaveError(error).message}` };
    }
  }

  #isMine(named: string | null): boolean {
    return (named !== null && this.clusters.includes(named) ? named : null) === this.cluster;
  }
}
