import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { CaveError, type ErrorCode } from '@cave/core';

/** Repeats `probe` until it neither throws nor is false; its last failure is thrown once `patienceMs` are over. */
export async function eventually<T>(what: string, patienceMs: number, probe: () => T | Promise<T>): Promise<Exclude<T, false>> {
  const end = performance.now() + patienceMs;
  for (;;) {
    let failure = '';
    try {
      const value = await probe();
      if (value !== false) return value as Exclude<T, false>;
    } catch (error) {
      failure = ` (${String(error)})`;
    }
    if (performance.now() >= end) {
      throw new assert.AssertionError({ message: `Within ${patienceMs} ms this did not happen: ${what}${failure}` });
    }
    await delay(Math.min(10, Math.max(1, end - performance.now())));
  }
}

/** The promise's outcome, or an assertion failure once `patienceMs` are over. Leaves no timer. */
export async function within<T>(what: string, patienceMs: number, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = delay(patienceMs, undefined, { signal: stop.signal }).then(
    () => {
      throw new assert.AssertionError({ message: `Within ${patienceMs} ms this did not settle: ${what}` });
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

/** Passes when `call` fails with a CaveError of one of `codes`; anything else, success included, is a failure. */
export async function failsWith(codes: ErrorCode | readonly ErrorCode[], what: string, call: () => unknown): Promise<CaveError> {
  const wanted = typeof codes === 'string' ? [codes] : codes;
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof CaveError, `${what}: wanted a CaveError, got ${String(error)}`);
    assert.ok(wanted.includes(error.code), `${what}: wanted ${wanted.join(' or ')}, got ${error.code} (${error.message})`);
    return error;
  }
  throw new assert.AssertionError({ message: `${what}: wanted ${wanted.join(' or ')}, but the call succeeded` });
}
