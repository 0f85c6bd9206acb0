import { setMaxListeners } from 'node:events';

/** Ends many calls at once. Each listens to the signal more than once, and Node warns of a leak beyond ten. */
export function stopOfMany(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}

/** Fires when one of them does, for many calls at once. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const any = AbortSignal.any(signals.filter((signal) => signal !== undefined));
  setMaxListeners(0, any);
  return any;
}
