import { randomBytes } from 'node:crypto';
import type { Lifecycle, PortName } from '@cave/core';
import type { Harness, TestFrame } from './harness.js';
import { nothingLeftOpen, settledHandles, type OpenHandles } from './leaks.js';
import { writeReport, type CaseReport, type KitReport } from './report.js';
import { eventually, within } from './wait.js';

/** Names of the harness's optional members that a case cannot do without. */
export type Means<H> = Extract<keyof H, string> | Extract<keyof Harness<Lifecycle>, string>;

export interface Case<D extends Lifecycle, S extends object, H extends Harness<D, S>> {
  /** Stable for ever: reports, excuses and broken adapters refer to it. */
  readonly id: string;
  readonly title: string;
  readonly needs?: readonly Means<H>[];
  run(at: CaseContext<D, S, H>): Promise<void>;
}

export interface Kit<D extends Lifecycle, S extends object, H extends Harness<D, S>> {
  readonly port: PortName;
  /** First letters of its case ids, such as `WQ`. */
  readonly prefix: string;
  readonly cases: readonly Case<D, S, H>[];
}

const DEFAULT_PATIENCE_MS = 15_000;
const DEFAULT_TICK_MS = 100;

/** What a case works with: its own place, drivers that are closed behind it, and waiting. */
export class CaseContext<D extends Lifecycle, S extends object, H extends Harness<D, S>> {
  /** Unique for this run of this case. */
  readonly place: string;
  readonly patienceMs: number;
  readonly tickMs: number;
  readonly #drivers: D[] = [];
  readonly #places = new Set<string>();
  readonly #cleanups: (() => unknown)[] = [];

  constructor(readonly id: string, readonly harness: H) {
    this.place = this.unique(id.toLowerCase());
    this.patienceMs = harness.patienceMs ?? DEFAULT_PATIENCE_MS;
    this.tickMs = harness.tickMs ?? DEFAULT_TICK_MS;
  }

  unique(prefix: string): string {
    return `${prefix}-${randomBytes(5).toString('hex')}`;
  }

  /** A driver that has not been started; closed after the case. */
  async create(settings: S, place: string = this.place): Promise<D> {
    this.#places.add(place);
    const driver = await this.harness.create(place, settings);
    this.#drivers.push(driver);
    return driver;
  }

  /** A started driver; closed after the case. */
  async open(settings: S, place: string = this.place): Promise<D> {
    const driver = await this.create(settings, place);
    await within('start', this.patienceMs, driver.start());
    return driver;
  }

  /** Closes `driver` and opens another one on the same place. */
  async reopen(driver: D, settings: S, place: string = this.place): Promise<D> {
    await within('close', this.patienceMs, driver.close());
    return this.open(settings, place);
  }

  /** Run after the case, last one first, before the drivers are closed. */
  cleanup(action: () => unknown): void {
    this.#cleanups.push(action);
  }

  eventually<T>(what: string, probe: () => T | Promise<T>): Promise<Exclude<T, false>> {
    return eventually(what, this.patienceMs, probe);
  }

  within<T>(what: string, promise: Promise<T>): Promise<T> {
    return within(what, this.patienceMs, promise);
  }

  /** The kit's own: releases everything; the first failure is thrown once all has been tried. */
  async dispose(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (action: () => unknown): Promise<void> => {
      try {
        await action();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const cleanup of this.#cleanups.reverse()) await attempt(cleanup);
    for (const driver of this.#drivers) await attempt(() => within('close after the case', this.patienceMs, driver.close(AbortSignal.abort())));
    for (const place of this.#places) await attempt(() => this.harness.remove?.(place));
    if (failures.length > 0) throw failures[0];
  }
}

/** Why a case is not run, or null: then it is. */
function excuse<D extends Lifecycle, S extends object, H extends Harness<D, S>>(kase: Case<D, S, H>, harness: H): Pick<CaseReport, 'status' | 'reason'> | null {
  const differs = harness.differs?.[kase.id];
  if (differs !== undefined) return { status: 'differs', reason: differs };
  const lies = harness.testServerLies?.[kase.id];
  if (lies !== undefined) return { status: 'not_proven', reason: `The test server: ${lies}` };
  const absent = (kase.needs ?? []).filter((means) => harness[means as keyof H] === undefined);
  return absent.length === 0 ? null : { status: 'not_proven', reason: `The harness gives no ${absent.join(', ')}.` };
}

/** Runs one case with everything cleared away behind it. Throws what failed. */
async function runCase<D extends Lifecycle, S extends object, H extends Harness<D, S>>(kase: Case<D, S, H>, harness: H): Promise<void> {
  const context = new CaseContext<D, S, H>(kase.id, harness);
  let failed = false;
  try {
    await within(`case ${kase.id}`, context.patienceMs * 4, kase.run(context));
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    // A failure of the case itself says more than what its clearing away runs into afterwards.
    await context.dispose().catch((error: unknown) => {
      if (!failed) throw error;
    });
  }
}

/** The case that comes last in every kit: what earlier ones opened is closed. */
const leakCaseId = (prefix: string): string => `${prefix}-99`;
const LEAK_TITLE = 'no timer, socket, file or thread is left open after the last case';

function refuseUnknownExcuses<D extends Lifecycle, S extends object, H extends Harness<D, S>>(kit: Kit<D, S, H>, harness: H): void {
  const ids = new Set([...kit.cases.map((kase) => kase.id), leakCaseId(kit.prefix)]);
  if (ids.size !== kit.cases.length + 1) throw new Error(`The ${kit.port} kit has two cases with one id.`);
  for (const id of [...Object.keys(harness.differs ?? {}), ...Object.keys(harness.testServerLies ?? {})]) {
    if (!ids.has(id)) throw new Error(`The harness of ${harness.name} excuses ${id}, which is no case of the ${kit.port} kit.`);
  }
}

/** Runs `action`, noting its outcome in `reports`. Rethrows a failure. */
async function record(reports: CaseReport[], id: string, title: string, action: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const milliseconds = (): number => Math.round(performance.now() - began);
  try {
    await action();
  } catch (error) {
    reports.push({ id, title, status: 'failed', reason: error instanceof Error ? error.message : String(error), milliseconds: milliseconds() });
    throw error;
  }
  reports.push({ id, title, status: 'passed', milliseconds: milliseconds() });
}

/**
 * Declares the kit's cases as tests. A case that is not run becomes a pending test whose
 * title says why. The report is written after the last one.
 */
export function declareKit<D extends Lifecycle, S extends object, H extends Harness<D, S>>(frame: TestFrame, kit: Kit<D, S, H>, harness: H): void {
  refuseUnknownExcuses(kit, harness);
  const reports: CaseReport[] = [];
  frame.describe(`${kit.port} conformance: ${harness.name}`, () => {
    let baseline: OpenHandles | undefined;
    frame.before(async () => {
      baseline = await settledHandles();
    });
    for (const kase of kit.cases) {
      const reason = excuse(kase, harness);
      if (reason !== null) {
        reports.push({ id: kase.id, title: kase.title, ...reason });
        frame.it(`${kase.id} ${kase.title} [${reason.status === 'differs' ? 'differs' : 'not proven'}: ${reason.reason ?? ''}]`);
        continue;
      }
      frame.it(`${kase.id} ${kase.title}`, () => record(reports, kase.id, kase.title, () => runCase(kase, harness)));
    }
    const leakId = leakCaseId(kit.prefix);
    frame.it(`${leakId} ${LEAK_TITLE}`, () =>
      record(reports, leakId, LEAK_TITLE, () => nothingLeftOpen(baseline ?? new Map(), harness.patienceMs ?? DEFAULT_PATIENCE_MS)),
    );
    frame.after(async () => {
      writeReport(report(kit, harness, reports));
    });
  });
}

function report<D extends Lifecycle, S extends object, H extends Harness<D, S>>(kit: Kit<D, S, H>, harness: H, cases: readonly CaseReport[]): KitReport {
  const ordered = [...cases].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { port: kit.port, adapter: harness.name, capabilities: harness.capabilities, cases: ordered };
}

/**
 * Runs the kit, or the cases named in `only`, without a test runner. Never throws for a
 * failing case; writes no file.
 */
export async function runKit<D extends Lifecycle, S extends object, H extends Harness<D, S>>(kit: Kit<D, S, H>, harness: H, only?: readonly string[]): Promise<KitReport> {
  refuseUnknownExcuses(kit, harness);
  const leakId = leakCaseId(kit.prefix);
  const unknown = (only ?? []).filter((id) => id !== leakId && !kit.cases.some((kase) => kase.id === id));
  if (unknown.length > 0) throw new Error(`The ${kit.port} kit has no case ${unknown.join(', ')}.`);
  const wanted = (id: string): boolean => only === undefined || only.includes(id);
  const reports: CaseReport[] = [];
  const noted = async (id: string, title: string, action: () => Promise<void>): Promise<void> => {
    await record(reports, id, title, action).catch(() => undefined); // the failure is in the report
  };
  const baseline = await settledHandles();
  for (const kase of kit.cases) {
    if (!wanted(kase.id)) continue;
    const reason = excuse(kase, harness);
    if (reason !== null) reports.push({ id: kase.id, title: kase.title, ...reason });
    else await noted(kase.id, kase.title, () => runCase(kase, harness));
  }
  if (wanted(leakId)) await noted(leakId, LEAK_TITLE, () => nothingLeftOpen(baseline, harness.patienceMs ?? DEFAULT_PATIENCE_MS));
  return report(kit, harness, reports);
}
