import { toCaveError } from '../../errors.js';
import type { ConfigStore, PendingStoreTask } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import { OutboxLoop, type OutboxRound } from '../../portable/outbox-loop.js';

export interface StoreTaskRunnerDependencies {
  readonly store: ConfigStore;
  readonly metricsStores: MetricsStores;
  readonly logger: Logger;
}

export interface StoreTaskRunnerOptions {
  readonly intervalMs: number;
  readonly batch: number;
}

export const STORE_TASK_DEFAULTS: StoreTaskRunnerOptions = { intervalMs: 2_000, batch: 500 };

/**
 * Creates and drops databases on the metrics stores, as committed changes owe it. No
 * transaction is held while a store works, since dropping may take long; two runners may
 * then do one task both, which is harmless: creating and dropping are idempotent, and the
 * name of a database is never used again.
 */
export class StoreTaskRunner {
  readonly #deps: StoreTaskRunnerDependencies;
  readonly #batch: number;
  readonly #loop: OutboxLoop;

  constructor(deps: StoreTaskRunnerDependencies, options: Partial<StoreTaskRunnerOptions> = {}) {
    const { batch, intervalMs } = { ...STORE_TASK_DEFAULTS, ...options };
    this.#deps = deps;
    this.#batch = batch;
    this.#loop = new OutboxLoop('store_tasks', () => this.runOnce(), deps.logger, intervalMs);
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  health(): Health {
    return this.#loop.health();
  }

  /** Tries each waiting task once; a store that is away holds up its own tasks only. */
  async runOnce(): Promise<OutboxRound> {
    const tasks = await this.#deps.store.transaction(({ storeTasks }) => storeTasks.take(this.#batch));
    const done: string[] = [];
    let failure: string | null = null;
    for (const task of tasks) {
      const problem = await this.#run(task);
      if (problem === null) done.push(task.id);
      else failure ??= problem;
    }
    if (done.length > 0) await this.#deps.store.storeTasks.delete(done);
    return { done: done.length, more: failure === null && tasks.length === this.#batch, failure };
  }

  async #run(task: PendingStoreTask): Promise<string | null> {
    try {
      const store = this.#deps.metricsStores.get(task.cluster);
      if (task.task === 'create_database') await store.createDatabase(task.database);
      else await store.dropDatabase(task.database);
      this.#deps.logger.info('store_task_done', { task: task.task, database: task.database });
      return null;
    } catch (error) {
      return `${task.task} ${task.database}: ${toCaveError(error).message}`;
    }
  }
}
