import type { AlertVersion } from '../../domain/alert.js';
import type { AlertState } from '../../domain/alert-state.js';
import type { Condition } from '../../domain/condition.js';
import { periodSeconds } from '../../domain/period.js';
import { settledBy } from '../../domain/plan.js';
import { dueTicks, latestDueTick } from '../../domain/tick.js';
import type { Look } from './data-gate.js';

/** What is to be done for one due tick, in order. */
export type TickStep =
  /** Everything it reads has been stored. */
  | { readonly kind: 'evaluate'; readonly tick: number; readonly condition: Condition; readonly version: AlertVersion }
  /** The pipeline was too far behind for too long. */
  | { readonly kind: 'late'; readonly tick: number }
  /** The saved condition is not one (any more). */
  | { readonly kind: 'unreadable'; readonly tick: number }
  /** Ticks up to this one are too old to be caught up: one recorded gap. */
  | { readonly kind: 'gap'; readonly tick: number }
  /** The alert was disabled or deleted from this second on. */
  | { readonly kind: 'close'; readonly at: number; readonly reason: 'disabled' | 'deleted' };

export interface CheckPlanLimits {
  /** Due ticks older than this become a gap; seconds. */
  readonly catchUpSeconds: number;
  /** Least patience with a late pipeline; seconds. */
  readonly minPatienceSeconds: number;
  /** Ticks of one alert evaluated in one run. */
  readonly maxTicks: number;
}

export interface AlertPlan {
  readonly steps: readonly TickStep[];
  /** Highest version whose effect the steps complete. */
  readonly settledVersion: number;
  /**
   * Null: with these steps the obligation is met. Else a tick waits until `needMs` is stored,
   * or until `deadlineMs`; both in milliseconds since the epoch. With both in the past there is
   * more to do at once (`maxTicks` cut it).
   */
  readonly waiting: { readonly needMs: number; readonly deadlineMs: number } | null;
}

/**
 * Plans what an obligation up to `upTo` still asks of one alert: a pure function. Ticks are
 * strictly in order: where one has to wait, all later ones wait behind it.
 */
export function planAlert(
  state: AlertState,
  versions: readonly AlertVersion[],
  upTo: number,
  look: Look,
  limits: CheckPlanLimits,
  parse: (condition: string) => Condition | null,
): AlertPlan {
  const steps: TickStep[] = [];
  const now = Math.floor(look.atMs / 1000);
  const gapEnd = latestDueTick(versions, state.lastTick, Math.min(upTo, now - limits.catchUpSeconds - 1));
  const closings = versions
    .filter((version) => !version.enabled && version.version > state.settledVersion && version.effectiveFrom <= upTo)
    .sort((a, b) => a.version - b.version);
  let closed = 0;
  const closeBefore = (tick: number): void => {
    for (let next = closings[closed]; next !== undefined && next.effectiveFrom < tick; next = closings[closed]) {
      steps.push({ kind: 'close', at: next.effectiveFrom, reason: next.deleted ? 'deleted' : 'disabled' });
      closed += 1;
    }
  };
  if (gapEnd !== null) {
    closeBefore(gapEnd);
    steps.push({ kind: 'gap', tick: gapEnd });
  }

  let waitingTick: number | null = null;
  let waiting: AlertPlan['waiting'] = null;
  let ticks = 0;
  for (const tick of dueTicks(versions, gapEnd ?? state.lastTick, upTo)) {
    const version = inForce(versions, tick);
    const condition = parse(version.condition);
    const patience = Math.min(Math.max(limits.minPatienceSeconds, periodSeconds(version.period)), limits.catchUpSeconds);
    const needMs = condition === null ? Number.NEGATIVE_INFINITY : settledBy(condition, tick) * 1000;
    // Patience begins when somebody watches: after an outage the dbwriter gets its time to come up as well.
    const deadlineMs = Math.max(tick * 1000, look.watchedSinceMs) + patience * 1000;
    const stored = needMs <= look.storedUpToMs;
    if (ticks >= limits.maxTicks || (!stored && look.atMs < deadlineMs)) {
      waitingTick = tick;
      waiting = { needMs, deadlineMs };
      break;
    }
    closeBefore(tick);
    ticks += 1;
    if (condition === null) steps.push({ kind: 'unreadable', tick });
    else if (stored) steps.push({ kind: 'evaluate', tick, condition, version });
    else steps.push({ kind: 'late', tick });
  }
  closeBefore(waitingTick ?? Number.POSITIVE_INFINITY);

  let settledVersion = state.settledVersion;
  for (const version of versions) {
    if (version.effectiveFrom <= upTo && (waitingTick === null || version.effectiveFrom < waitingTick)) settledVersion = Math.max(settledVersion, version.version);
  }
  return { steps, settledVersion, waiting };
}

/** The version in force at a due tick: the latest that took effect before it. */
function inForce(versions: readonly AlertVersion[], tick: number): AlertVersion {
  const version = versions.filter((candidate) => candidate.effectiveFrom < tick).reduce((a, b) => (a.version > b.version ? a : b));
  return version;
}
