import type { AlertHealth } from './alert-state.js';

export type AlertEventType =
  /** ok → firing */
  | 'triggered'
  /** firing → ok; also on disabling and deleting, with that reason */
  | 'resolved'
  /** still firing, `repeat_interval` passed, or `notify: every_check` */
  | 'reminder'
  /** health has been bad for 3 checks */
  | 'no_data'
  | 'error';

/** One pair that was compared, newest first. */
export interface ReadValue {
  /** Time of the point, or start of the window, in seconds; null for a number. */
  readonly time: number | null;
  readonly left: number | null;
  readonly right: number | null;
}

export interface AlertEvent {
  /** Pure function of (alert, tick, type). */
  readonly id: string;
  readonly alertId: string;
  readonly tick: number;
  readonly type: AlertEventType;
  /** State after the event. */
  readonly state: 'ok' | 'firing';
  readonly health: AlertHealth;
  /** Tick since which this state holds. */
  readonly since: number | null;
  readonly values: readonly ReadValue[];
  /** `condition`, `disabled`, `deleted`, or the verdict's reason. */
  readonly reason: string;
  /** Found in a catch-up and already overtaken by a later event: recorded, not told. */
  readonly superseded: boolean;
}
