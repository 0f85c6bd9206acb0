import { toCaveError, type CaveError, type ErrorCode } from '../../errors.js';
import type { Condition } from '../../domain/condition.js';
import { parseCondition } from '../../domain/condition-parser.js';
import { relatedMetrics } from '../../domain/related-metrics.js';
import { backoffMs, pause } from '../../portable/backoff.js';
import type { Clock } from '../../ports/clock.js';
import type { AlertWork, CheckCommit, ConfigStore, Organization } from '../../ports/config-store.js';
import type { Health } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsStores } from '../../ports/metrics-store.js';
import type { RawStream } from '../../ports/raw-stream.js';
import type { Telemetry } from '../../ports/telemetry.js';
import type { WorkQueue } from '../../ports/work-queue.js';
import { evaluateAlert, type Evaluated } from './alert-evaluation.js';
import { planAlert, type AlertPlan, type CheckPlanLimits, type TickStep } from './check-plan.js';
import type { Look } from './data-gate.js';
import { DataGates } from './data-gates.js';
import { deliveriesOf } from './notifications.js';
import { Obligations, type Obligation, type ObligationsOptions } from './obligations.js';
import { QuestionBatcher } from './question-batcher.js';
import { StatusReporter } from './status-reporter.js';

export interface CheckRunnerDependencies {
  readonly configStore: ConfigStore;
  readonly workQueue: WorkQueue;
  readonly rawStream: RawStream;
  readonly metricsStores: MetricsStores;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Link to an alert in the web UI. */
  readonly alertUrl: (work: AlertWork) => string;
  /** Rows for the history relay, and deliveries, were committed. */
  readonly onCommitted: (what: { readonly history: number; readonly deliveries: number }) => void;
}

export interface CheckRunnerOptions extends CheckPlanLimits, ObligationsOptions {
  /** Alerts evaluated and committed together. */
  readonly batchSize: number;
  /** Batches under way at once: one can read while another commits. */
  readonly batches: number;
  /** Alerts whose definition and state are kept in memory. */
  readonly cachedAlerts: number;
  /** How often *stored up to* is read; milliseconds. */
  readonly gatePollMs: number;
}

interface Prepared {
  readonly obligation: Obligation;
  readonly tick: number;
  readonly work: AlertWork;
  readonly cluster: string | null;
  readonly plan: AlertPlan;
}

/** Where the obligations of a batch go when it is through: none goes anywhere before, so that a batch that fails leaves nothing behind. */
interface Sorted {
  readonly done: { readonly obligation: Obligation; readonly tick: number }[];
  readonly again: Obligation[];
  readonly waiting: (readonly [Obligation, Waiting])[];
}

/** For what an obligation waits, and at which cluster's gate. */
type Waiting = NonNullable<AlertPlan['waiting']> & { readonly cluster: string | null };

/** Failures of what lies around the checks: the same batch may succeed later. Any other is some alert's own. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'unknown_outcome', 'resource_exhausted', 'conflict', 'aborted', 'closed']);
const RETRY_FAULTY_MS = 5_000;
const CACHED_CONDITIONS = 50_000;
/** A tenant that moves to another cluster does not change its alerts' versions: what is cached is read again after this time, or up to twice as long. */
const CACHED_FOR_MS = 60_000;

/**
 * The worker's heart.
 *
 * ```
 *  work queue ─▶ obligation ─▶ ready ─▶ plan ─▶ read and evaluate ─▶ commit ─▶ met
 *                   ▲            ▲       │                             │
 *                   │            └─ waits until its data is stored     │
 *                   └───────────── stale: somebody was faster ◀────────┘
 * ```
 *
 * An alert is in one place at a time, so its ticks are recorded in order. Definition and state
 * are kept in memory between checks; the commit compares both with the config store, and what
 * turns out stale is read again.
 */
export class CheckRunner {
  readonly #obligations: Obligations;
  readonly #gates: DataGates;
  readonly #questions: QuestionBatcher;
  readonly #status: StatusReporter;
  readonly #ready = new Map<string, Obligation>();
  readonly #waiting = new Map<Obligation, Waiting>();
  readonly #works = new Map<string, { readonly work: AlertWork; readonly untilMs: number }>();
  readonly #conditions = new Map<string, Condition | null>();
  readonly #running = new Set<Promise<void>>();
  readonly #faulty = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #failures = 0;
  #failure: string | null = null;

  constructor(
    private readonly dependencies: CheckRunnerDependencies,
    private readonly options: CheckRunnerOptions,
  ) {
    const { workQueue, rawStream, metricsStores, configStore, clock, logger } = dependencies;
    this.#obligations = new Obligations(workQueue, clock, logger, (obligation) => this.#makeReady(obligation), options);
    this.#gates = new DataGates(rawStream, metricsStores, clock, logger, (cluster, look) => this.#onLook(cluster, look), options.gatePollMs);
    this.#questions = new QuestionBatcher(metricsStores);
    this.#status = new StatusReporter(configStore, clock, logger);
  }

  start(): void {
    this.#gates.start();
    this.#obligations.start();
  }

  status(): Readonly<Record<string, number | null>> {
    return {
      owed: this.#obligations.size,
      ready: this.#ready.size,
      waiting_for_data: this.#waiting.size,
      cached_alerts: this.#works.size,
      ...this.#gates.status(),
    };
  }

  health(): Readonly<Record<string, Health>> {
    return {
      jobs: this.#obligations.health(),
      ...this.#gates.health(),
      checks: this.#failure === null ? { healthy: true } : { healthy: false, detail: this.#failure },
    };
  }

  /** Takes no new jobs, lets running batches commit, gives back the rest. */
  async stop(): Promise<void> {
    await this.#obligations.stopReceiving();
    this.#stop.abort();
    this.#ready.clear();
    this.#waiting.clear();
    while (this.#running.size > 0) await Promise.all(this.#running);
    await Promise.all(this.#faulty);
    await this.#gates.stop();
    await this.#obligations.close();
  }

  #makeReady(obligation: Obligation): void {
    if (this.#stop.signal.aborted) return;
    this.#ready.set(obligation.alertId, obligation);
    if (this.#ready.size === 1) setImmediate(() => this.#pump());
  }

  async #onLook(cluster: string | null, look: Look): Promise<void> {
    this.#releaseWaiting(cluster, look);
    // No check can be late while the pipeline is nearer than the least patience.
    if (look.storedUpToMs >= look.atMs - this.options.minPatienceSeconds * 1000) await this.#status.pipelineIsCurrent(cluster);
  }

  #releaseWaiting(cluster: string | null, { atMs, storedUpToMs }: Look): void {
    for (const [obligation, { cluster: at, needMs, deadlineMs }] of this.#waiting) {
      if (at !== cluster || (needMs > storedUpToMs && atMs < deadlineMs)) continue;
      this.#waiting.delete(obligation);
      this.#makeReady(obligation);
    }
  }

  #pump(): void {
    while (this.#ready.size > 0 && this.#running.size < this.options.batches && !this.#stop.signal.aborted) {
      const batch: Obligation[] = [];
      for (const [alertId, obligation] of this.#ready) {
        batch.push(obligation);
        this.#ready.delete(alertId);
        if (batch.length >= this.options.batchSize) break;
      }
      const run = this.#runBatch(batch).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  async #runBatch(batch: readonly Obligation[]): Promise<void> {
    try {
      await this.#check(batch);
      this.#failures = 0;
      this.#failure = null;
    } catch (error) {
      for (const obligation of batch) this.#works.delete(obligation.alertId);
      await this.#afterFailure(batch, toCaveError(error));
    }
  }

  async #afterFailure(batch: readonly Obligation[], { code, message }: CaveError): Promise<void> {
    const { logger } = this.dependencies;
    if (PASSING.has(code)) {
      this.#failures += 1;
      this.#failure = `Checks cannot be read or recorded: ${message}`;
      logger.warn('checks_failed', { alerts: batch.length, reason: message, failures: this.#failures });
      await pause(backoffMs(this.#failures, { firstMs: 100, maxMs: 5_000 }), this.#stop.signal);
      for (const obligation of batch) this.#makeReady(obligation);
      return;
    }
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      logger.error('check_failed', { alert: first.alertId, code, reason: message });
      this.#retryLater(first);
      return;
    }
    // One of them may be at fault, and must not hold up the others.
    const middle = batch.length >> 1;
    await this.#runBatch(batch.slice(0, middle));
    await this.#runBatch(batch.slice(middle));
  }

  /** Outside of the running batches, so that an alert that fails each time takes no place among them. */
  #retryLater(obligation: Obligation): void {
    const wait = pause(RETRY_FAULTY_MS, this.#stop.signal).then(() => {
      this.#faulty.delete(wait);
      this.#makeReady(obligation);
    });
    this.#faulty.add(wait);
  }

  async #check(batch: readonly Obligation[]): Promise<void> {
    const { works, cached } = await this.#load(batch);
    const sorted: Sorted = { done: [], again: [], waiting: [] };
    const prepared: Prepared[] = [];
    for (const obligation of batch) {
      const { tick } = obligation;
      const work = works.get(obligation.alertId);
      if (work === undefined) {
        // Gone and settled: there is nothing left to evaluate.
        sorted.done.push({ obligation, tick });
        continue;
      }
      const cluster = this.#gates.of((work.tenant.team ?? work.tenant.organization).cluster);
      const plan = planAlert(work.state, work.versions, tick, this.#gates.look(cluster), this.options, (text) => this.#parse(text));
      if (plan.steps.length > 0 || plan.settledVersion > work.state.settledVersion) prepared.push({ obligation, tick, work, cluster, plan });
      else if (plan.waiting !== null) sorted.waiting.push([obligation, { ...plan.waiting, cluster }]);
      else if (cached.has(obligation.alertId)) {
        // Nothing to do as far as memory knows: the job may tell of an edit that it does not know.
        this.#works.delete(obligation.alertId);
        sorted.again.push(obligation);
      } else sorted.done.push({ obligation, tick });
    }
    await this.#evaluateAndCommit(prepared, sorted);
    for (const [obligation, waiting] of sorted.waiting) this.#waiting.set(obligation, waiting);
    for (const obligation of sorted.again) this.#makeReady(obligation);
    for (const obligation of await this.#obligations.allMet(sorted.done)) this.#makeReady(obligation);
  }

  /** Sorts those that are met now, those that wait, and those that somebody else was faster with. */
  async #evaluateAndCommit(prepared: readonly Prepared[], sorted: Sorted): Promise<void> {
    if (prepared.length === 0) return;
    const evaluated = await Promise.all(prepared.map(({ work, plan }) => evaluateAlert(work, plan, this.#questions)));
    const organizations = await this.#organizationsToTell(prepared, evaluated);
    const commits: CheckCommit[] = evaluated.map((result, i) => {
      const { work } = prepared[i] as Prepared;
      const organization = organizations.get(work.alert.organizationId) ?? work.tenant.organization;
      return { ...result, deliveries: result.events.flatMap((event) => deliveriesOf(event, work, organization, this.dependencies.alertUrl)) };
    });
    const outcomes = await this.dependencies.configStore.alertStates.commit(commits);
    let history = 0;
    let deliveries = 0;
    prepared.forEach(({ obligation, tick, work, cluster, plan }, i) => {
      const commit = commits[i] as CheckCommit;
      if (outcomes[i] !== 'committed') {
        this.#works.delete(obligation.alertId);
        sorted.again.push(obligation);
        return;
      }
      this.#remember({ ...work, state: commit.state }, this.#works.get(work.alert.id)?.untilMs);
      history += commit.ledger.length;
      deliveries += commit.deliveries.length;
      if (plan.waiting === null) sorted.done.push({ obligation, tick });
      else sorted.waiting.push([obligation, { ...plan.waiting, cluster }]);
    });
    this.#observe(commits, outcomes);
    this.dependencies.onCommitted({ history, deliveries });
    await this.#reportTroubles(prepared, commits);
  }

  /** One issue of CAVE itself tells of each cluster whose data is late, and one of each store that does not answer. */
  async #reportTroubles(prepared: readonly Prepared[], commits: readonly CheckCommit[]): Promise<void> {
    const late = new Set<string | null>();
    const failing = new Map<string | null, boolean>();
    prepared.forEach(({ cluster: at, plan }, i) => {
      const { cluster, ledger } = commits[i] as CheckCommit;
      if (plan.steps.some((step) => step.kind === 'late')) late.add(at);
      if (ledger.some((row) => row.verdict.kind === 'error' && row.verdict.reason === 'store')) failing.set(cluster, true);
      else if (!failing.has(cluster) && plan.steps.some(readsMetrics)) failing.set(cluster, false);
    });
    for (const cluster of late) await this.#status.pipelineIsLate(cluster);
    for (const [cluster, present] of failing) await this.#status.storeFails(cluster, present);
  }

  /** Who is told is read afresh: a changed URL or address does not change the alert's version. */
  async #organizationsToTell(prepared: readonly Prepared[], evaluated: readonly Evaluated[]): Promise<ReadonlyMap<string, Organization>> {
    const ids = new Set<string>();
    evaluated.forEach((result, i) => {
      if (result.events.length > 0) ids.add((prepared[i] as Prepared).work.alert.organizationId);
    });
    const found = new Map<string, Organization>();
    for (const id of ids) {
      const organization = await this.dependencies.configStore.organizations.findById(id);
      if (organization !== null) found.set(id, organization);
    }
    return found;
  }

  #observe(commits: readonly CheckCommit[], outcomes: readonly string[]): void {
    const { telemetry, clock } = this.dependencies;
    const nowMs = clock.nowMs();
    const verdicts = new Map<string, number>();
    commits.forEach((commit, i) => {
      if (outcomes[i] !== 'committed') return;
      for (const row of commit.ledger) verdicts.set(row.verdict.kind, (verdicts.get(row.verdict.kind) ?? 0) + 1);
      const last = commit.ledger.at(-1);
      if (last !== undefined) telemetry.observe('cave_worker_check_delay_seconds', Math.max(0, nowMs / 1000 - last.tick));
    });
    for (const [verdict, checks] of verdicts) telemetry.count('cave_worker_checks_total', checks, { verdict });
  }

  async #load(batch: readonly Obligation[]): Promise<{ readonly works: ReadonlyMap<string, AlertWork>; readonly cached: ReadonlySet<string> }> {
    const works = new Map<string, AlertWork>();
    const cached = new Set<string>();
    const missing: string[] = [];
    for (const { alertId } of batch) {
      const known = this.#works.get(alertId);
      if (known === undefined || known.untilMs <= this.dependencies.clock.monotonicMs()) missing.push(alertId);
      else {
        works.set(alertId, known.work);
        cached.add(alertId);
      }
    }
    if (missing.length > 0) {
      for (const work of await this.dependencies.configStore.alertStates.load(missing)) {
        works.set(work.alert.id, work);
        this.#remember(work, undefined);
      }
    }
    return { works, cached };
  }

  /** Bounded; the one that was not used for longest goes first. */
  #remember(work: AlertWork, untilMs: number | undefined): void {
    this.#works.delete(work.alert.id);
    if (work.deleted) return;
    // Spread, so that what was read together is not read again together.
    this.#works.set(work.alert.id, { work, untilMs: untilMs ?? this.dependencies.clock.monotonicMs() + CACHED_FOR_MS * (1 + Math.random()) });
    if (this.#works.size > this.options.cachedAlerts) {
      const oldest = this.#works.keys().next();
      if (oldest.done !== true) this.#works.delete(oldest.value);
    }
  }

  #parse(text: string): Condition | null {
    let condition = this.#conditions.get(text);
    if (condition !== undefined) return condition;
    try {
      condition = parseCondition(text);
    } catch (error) {
      this.dependencies.logger.error('condition_unreadable', { condition: text, reason: toCaveError(error).message });
      condition = null;
    }
    if (this.#conditions.size >= CACHED_CONDITIONS) this.#conditions.clear();
    this.#conditions.set(text, condition);
    return condition;
  }
}

/** Whether the step asks a store: `3 > 2` says nothing about one. */
function readsMetrics(step: TickStep): boolean {
  return step.kind === 'evaluate' && relatedMetrics(step.condition).length > 0;
}
