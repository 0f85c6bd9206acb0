/** What one check found. `reason` is a short word (`late_pipeline`, `unknown_series`, `store`, `missed`, …). */
export type Verdict =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'no_data'; readonly reason: string }
  | { readonly kind: 'error'; readonly reason: string };

export type AlertHealth = 'fine' | 'no_data' | 'error';

/**
 * The state of one alert after `lastTick`. All times are whole seconds since the epoch.
 *
 * ```
 *            true                        any verdict true/false
 *   ok ───────────────▶ firing        sick ─────────────────────▶ fine
 *    ◀─────────────────               no_data / error keep ok and firing as they are
 *            false, disabled, deleted
 * ```
 */
export interface AlertState {
  readonly alertId: string;
  /** Last recorded tick; null before the first. Strictly grows. */
  readonly lastTick: number | null;
  readonly state: 'ok' | 'firing';
  /** Tick of the last change of `state`; null while it never changed. */
  readonly since: number | null;
  readonly health: AlertHealth;
  /** Checks in a row with this health, when it is not `fine`. */
  readonly sickChecks: number;
  /** A notification of the present bad health went out. */
  readonly sickTold: boolean;
  /** Tick of the last triggered or reminder event while firing. */
  readonly lastReminder: number | null;
  /** State that the receiver was last told of. */
  readonly toldState: 'ok' | 'firing';
  /** Highest alert version whose effect (finish, resolve on disable) was worked off. */
  readonly settledVersion: number;
}

/** What people are shown of a state; the rest is the worker's own. */
export type AlertStatus = Pick<AlertState, 'state' | 'since' | 'health' | 'lastTick'>;
