import type { ConfigStore, ErrorCode } from '@cave/core';
import type { Harness } from '../harness.js';
import type { Case, CaseContext } from '../kit.js';
import { failsWith } from '../wait.js';

/** The options that cases set, in the port's words. Absent: the adapter's own default. */
export interface ConfigStoreSettings {
  /** How long the store waits for an answer of its server before it gives a call up, where it has a server. */
  readonly giveUpAfterMs?: number;
}

export interface ConfigStoreHarness extends Harness<ConfigStore, ConfigStoreSettings> {
  /** The server stops to answer, its connections stay open; the result lets it go on. */
  freezeBroker?(): Promise<() => Promise<void>>;
  /** A store of this place that logs in with the password `wrong-password`. */
  withWrongPassword?(place: string): Promise<ConfigStore>;
  /** A store whose database does not exist; `names` must be in the message. */
  withoutDatabase?(): Promise<{ readonly store: ConfigStore; readonly names: string }>;
  /** A store at whose address nobody listens; `names` (host:port) must be in the message. */
  unreachable?(): Promise<{ readonly store: ConfigStore; readonly names: string }>;
}

export type At = CaseContext<ConfigStore, ConfigStoreSettings, ConfigStoreHarness>;
export type ConfigStoreCase = Case<ConfigStore, ConfigStoreSettings, ConfigStoreHarness>;

export const fails = (code: ErrorCode | readonly ErrorCode[], promise: Promise<unknown> | undefined): Promise<unknown> => failsWith(code, 'the call', () => promise);

/** A latch that a case opens, so that transactions overlap by order and not by time. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
