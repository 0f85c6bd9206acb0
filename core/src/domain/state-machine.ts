import { createHash } from 'node:crypto';
import { CaveError } from '../errors.js';
import type { AlertEvent, AlertEventType, ReadValue } from './alert-event.js';
import type { AlertHealth, AlertState, Verdict } from './alert-state.js';
import type { AlertSettings } from './alert.js';

/** The settings of an alert that decide what is told. */
export type TellingSettings = Pick<AlertSettings, 'notify' | 'repeatIntervalSeconds' | 'notifyNoData' | 'notifyError'>;

export interface Step {
  readonly state: AlertState;
  /** In the order in which they are told; at most one of each type. */
  readonly events: readonly AlertEvent[];
}

/** A step that records a tick. */
export interface RecordedStep extends Step {
  readonly ledger: { readonly tick: number; readonly verdict: Verdict; readonly value: 1 | 0 | -1 };
}

/** Bad health is told after this many checks in a row. */
export const SICK_CHECKS_TO_TELL = 3;

/**
 * Faults of CAVE itself: one status issue tells of them for all alerts, so no alert does.
 * `missed` is a gap after an outage.
 */
const TOLD_BY_STATUS: ReadonlySet<string> = new Set(['store', 'late_pipeline', 'missed']);

export function initialState(alertId: string): AlertState {
  return {
    alertId,
    lastTick: null,
    state: 'ok',
    since: null,
    health: 'fine',
    sickChecks: 0,
    sickTold: false,
    lastReminder: null,
    toldState: 'ok',
    settledVersion: 0,
  };
}

/**
 * The one way in which a verdict changes an alert.
 *
 * ```
 *                  true / triggered
 *        ┌────┐ ─────────────────────────▶ ┌────────┐ ─┐ reminder: `repeat_interval` passed,
 *        │ ok │                            │ firing │  │ or true with `notify: every_check`
 *        └────┘ ◀───────────────────────── └────────┘ ◀┘
 *           false, disabled, deleted / resolved
 *
 *   no_data, error: ok and firing stay as they are; beside them
 *
 *        ┌──────┐  no_data / error  ┌──────────────────┐ ─┐ the 3rd in a row: told once,
 *        │ fine │ ────────────────▶ │ no_data or error │  │ if the alert asks for it
 *        └──────┘ ◀──────────────── └──────────────────┘ ◀┘
 *                    true / false      (from one to the other: counted anew)
 * ```
 *
 * An alert that fires without data goes on reminding: nobody has said that it is over.
 *
 * @throws `internal` when `tick` is not after the last recorded one.
 */
export function advance(state: AlertState, tick: number, verdict: Verdict, values: readonly ReadValue[], settings: TellingSettings): RecordedStep {
  requireLater(state, tick);
  const events: AlertEvent[] = [];
  let next: AlertState = { ...state, ...healthAfter(state, verdict), lastTick: tick };
  const emit = (type: AlertEventType, reason: string): void => {
    events.push(newEvent(next, tick, type, reason, values));
  };

  if (verdict.kind === 'true' && state.state === 'ok') {
    next = { ...next, state: 'firing', since: tick, lastReminder: tick, toldState: 'firing' };
    emit('triggered', 'condition');
  } else if (verdict.kind === 'false' && state.state === 'firing') {
    next = { ...next, state: 'ok', since: tick, lastReminder: null, toldState: 'ok' };
    emit('resolved', 'condition');
  } else if (state.state === 'firing' && reminderDue(state, tick, verdict, settings)) {
    next = { ...next, lastReminder: tick };
    emit('reminder', 'condition');
  }

  if ((verdict.kind === 'no_data' || verdict.kind === 'error') && healthToBeTold(next, verdict, settings)) {
    next = { ...next, sickTold: true };
    emit(verdict.kind, verdict.reason);
  }
  return { state: next, events, ledger: { tick, verdict, value: ledgerValue(verdict) } };
}

/**
 * Records one gap for all due ticks up to `tick` that are too old to be caught up. It says
 * nothing about the condition, so state and health stay.
 */
export function recordGap(state: AlertState, tick: number): RecordedStep {
  requireLater(state, tick);
  const verdict: Verdict = { kind: 'error', reason: 'missed' };
  return { state: { ...state, lastTick: tick }, events: [], ledger: { tick, verdict, value: -1 } };
}

/**
 * The end of ticking, after what was due has been finished: a firing alert is resolved with
 * that reason, and health is forgotten.
 *
 * @param at second from which the alert is disabled or deleted, its version's `effectiveFrom`.
 */
export function closeAlert(state: AlertState, at: number, reason: 'disabled' | 'deleted'): Step {
  const closed: AlertState = { ...state, health: 'fine', sickChecks: 0, sickTold: false, lastReminder: null };
  if (state.state === 'ok') return { state: closed, events: [] };
  const resolved: AlertState = { ...closed, state: 'ok', since: at, toldState: 'ok' };
  return { state: resolved, events: [newEvent(resolved, at, 'resolved', reason, [])] };
}

/**
 * Marks what a catch-up found too late: of the changes of state only the last is told, and
 * only if the receiver was last told otherwise; of reminders only the last, if no change is
 * told and it still fires; of bad health only what still is so.
 *
 * @param events of one run over several ticks, in order.
 * @param toldState `toldState` before the run.
 * @param final the state after the run.
 */
export function supersede(events: readonly AlertEvent[], toldState: AlertState['toldState'], final: AlertState): readonly AlertEvent[] {
  const lastChange = events.findLast(isChange);
  const toldChange = final.state === toldState ? undefined : lastChange;
  const lastReminder = events.findLast((event) => event.type === 'reminder');
  const toldReminder = toldChange === undefined && final.state === 'firing' ? lastReminder : undefined;
  const toldHealth = events.findLast((event) => event.type === final.health && final.sickTold);
  return events.map((event) => (event === toldChange || event === toldReminder || event === toldHealth ? event : { ...event, superseded: true }));
}

/** A pure function of (alert, tick, type), in the form of a UUID: whoever receives it twice can tell. */
export function eventId(alertId: string, tick: number, type: AlertEventType): string {
  const hex = createHash('sha256').update(`${alertId}/${tick}/${type}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function isChange(event: AlertEvent): boolean {
  return event.type === 'triggered' || event.type === 'resolved';
}

function reminderDue(state: AlertState, tick: number, verdict: Verdict, settings: TellingSettings): boolean {
  if (settings.notify === 'every_check' && verdict.kind === 'true') return true;
  const last = state.lastReminder ?? state.since;
  return settings.repeatIntervalSeconds !== null && last !== null && tick - last >= settings.repeatIntervalSeconds;
}

function healthAfter(state: AlertState, verdict: Verdict): Pick<AlertState, 'health' | 'sickChecks' | 'sickTold'> {
  const health: AlertHealth = verdict.kind === 'true' || verdict.kind === 'false' ? 'fine' : verdict.kind;
  if (health === 'fine') return { health, sickChecks: 0, sickTold: false };
  if (health !== state.health) return { health, sickChecks: 1, sickTold: false };
  return { health, sickChecks: state.sickChecks + 1, sickTold: state.sickTold };
}

function healthToBeTold(state: AlertState, verdict: Verdict & { readonly reason: string }, settings: TellingSettings): boolean {
  if (state.sickTold || state.sickChecks < SICK_CHECKS_TO_TELL || TOLD_BY_STATUS.has(verdict.reason)) return false;
  return verdict.kind === 'no_data' ? settings.notifyNoData : settings.notifyError;
}

function ledgerValue(verdict: Verdict): 1 | 0 | -1 {
  if (verdict.kind === 'true') return 1;
  return verdict.kind === 'false' ? 0 : -1;
}

/** `state` is the one after the event. */
function newEvent(state: AlertState, tick: number, type: AlertEventType, reason: string, values: readonly ReadValue[]): AlertEvent {
  return {
    id: eventId(state.alertId, tick, type),
    alertId: state.alertId,
    tick,
    type,
    state: state.state,
    health: state.health,
    since: state.since,
    values,
    reason,
    superseded: false,
  };
}

function requireLater(state: AlertState, tick: number): void {
  if (state.lastTick !== null && tick <= state.lastTick) {
    throw new CaveError('internal', `Tick ${tick} of alert ${state.alertId} is not after ${state.lastTick}, the last recorded one.`);
  }
}
