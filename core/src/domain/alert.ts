/** `period` of the grammar: every so many seconds, or daily at a time of day (UTC). */
export type Period =
  | { readonly kind: 'every'; readonly seconds: number }
  | { readonly kind: 'daily'; readonly secondOfDay: number };

/** What the user sets. Text forms are kept as typed; parsed forms are made from them. */
export interface AlertSettings {
  readonly description: string;
  readonly enabled: boolean;
  /** Text of a Period, such as `5m` or `@08:30`. */
  readonly period: string;
  /** Text of a Condition. */
  readonly condition: string;
  readonly handbookUrl: string | null;
  readonly routing: Readonly<Record<string, string>> | null;
  /** Reminder while firing, in seconds; null: none. */
  readonly repeatIntervalSeconds: number | null;
  /** `every_check`: a notification at each true check, as the first CAVE did. */
  readonly notify: 'changes' | 'every_check';
  readonly notifyNoData: boolean;
  readonly notifyError: boolean;
  /** Look-back L in seconds; null: 10 periods, at least one hour. */
  readonly lookbackSeconds: number | null;
}

export interface Alert extends AlertSettings {
  /** Decimal text, unique over all tenants. */
  readonly id: string;
  readonly organizationId: string;
  /** Null: the alert is the organization's own. */
  readonly teamId: string | null;
  /** Grows with every saved change of any setting. */
  readonly version: number;
  /** Seconds in [0, period): ticks are offset + k·period. */
  readonly offsetSeconds: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Period, offset, enabled and condition as they were in force for ticks later than
 * `effectiveFrom` (whole seconds) until the next version's `effectiveFrom` inclusive.
 */
export interface AlertVersion {
  readonly version: number;
  readonly effectiveFrom: number;
  readonly enabled: boolean;
  /** True: the alert was deleted with this version (enabled is then false). */
  readonly deleted: boolean;
  readonly period: Period;
  readonly offsetSeconds: number;
  readonly condition: string;
  readonly lookbackSeconds: number | null;
}
