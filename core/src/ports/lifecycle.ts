/** Health of one part, as `/_internal_/healthcheck` shows it. */
export interface Health {
  readonly healthy: boolean;
  /** One sentence when sick: what is wrong, and since when if known. */
  readonly detail?: string;
}

/**
 * What every adapter has in common.
 *
 * - Created by `defineAdapter(...).create(...)` without any I/O; bad options have failed before.
 * - `start(signal)` connects. The signal covers connecting only. Calling it twice is a defect
 *   of the caller (`internal`). An unreachable server throws `unavailable`; start may then be
 *   called again.
 * - Every other call before `start` has resolved, or after `close`, throws `closed`.
 * - `close(signal)` is idempotent and safe before start, during start, twice and at once.
 *   Phase one takes nothing new and lets what is in flight finish; when the signal fires
 *   (the caller's patience ends) what is in flight is aborted. It resolves only when every
 *   timer, socket, file and thread of the adapter is gone.
 * - Calls that take an `AbortSignal` settle promptly when it fires, with `aborted`.
 * - Drivers never retry. They classify what went wrong (see errors.ts) and say so. They do
 *   reconnect by themselves, with bounded back-off, and `health` is truthful meanwhile: it
 *   looks at the real thing, within 2 s, and never throws.
 */
export interface Lifecycle {
  start(signal?: AbortSignal): Promise<void>;
  close(signal?: AbortSignal): Promise<void>;
  health(): Promise<Health>;
}
