import type { Clock } from '../../ports/clock.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';
import { DataGate, type Look } from './data-gate.js';

/**
 * A gate for each cluster. Each looks by itself, so that a cluster that is away, or is slow to
 * answer, holds up the checks of its own tenants only.
 */
export class DataGates {
  readonly #gates: ReadonlyMap<string | null, DataGate>;

  constructor(
    rawStream: RawStream,
    metricsStores: MetricsStores,
    clock: Clock,
    logger: Logger,
    onLook: (cluster: string | null, look: Look) => Promise<void>,
    pollMs: number,
  ) {
    this.#gates = new Map(
      [null, ...metricsStores.names()].map((cluster) => [cluster, new DataGate(cluster, rawStream, metricsStores, clock, logger, (look) => onLook(cluster, look), pollMs)]),
    );
  }

  start(): void {
    for (const gate of this.#gates.values()) gate.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#gates.values()].map((gate) => gate.stop()));
  }

  /** The cluster whose gate stands before a tenant's data: nothing waits for one that is not configured; the question put to it will say so. */
  of(cluster: string | null): string | null {
    return this.#gates.has(cluster) ? cluster : null;
  }

  /** The last look into one of the clusters that `of` returns. */
  look(cluster: string | null): Look {
    return (this.#gates.get(cluster) as DataGate).look;
  }

  /** The default cluster's as `stored_up_to_ms`, another's with its name behind a colon; null while nothing is known. */
  status(): Readonly<Record<string, number | null>> {
    return Object.fromEntries(
      [...this.#gates].map(([cluster, { look }]) => [named('stored_up_to_ms', cluster), Number.isFinite(look.storedUpToMs) ? look.storedUpToMs : null]),
    );
  }

  health(): Readonly<Record<string, Health>> {
    return Object.fromEntries([...this.#gates].map(([cluster, gate]) => [named('stored_up_to', cluster), gate.health()]));
  }
}

function named(what: string, cluster: string | null): string {
  return cluster === null ? what : `${what}:${cluster}`;
}
