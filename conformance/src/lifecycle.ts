import assert from 'node:assert/strict';
import type { Lifecycle } from '@cave/core';
import type { Harness } from './harness.js';
import type { Case, CaseContext } from './kit.js';
import { failsWith } from './wait.js';

/** What the cases that all ports share need to know about one port. */
export interface LifecycleProbe<D extends Lifecycle, S extends object> {
  readonly settings: S;
  /** One cheap call of each kind that needs a started driver. */
  readonly calls: readonly { readonly name: string; use(driver: D): Promise<unknown> }[];
  /** Brings about a call that stays in flight until its signal fires; absent where the port has none. */
  readonly blocks?: (driver: D, signal: AbortSignal) => Promise<unknown>;
}

/** Cases `<prefix>-01` to `<prefix>-09`: what every adapter of every port must do. */
export function lifecycleCases<D extends Lifecycle, S extends object, H extends Harness<D, S>>(prefix: string, probe: LifecycleProbe<D, S>): Case<D, S, H>[] {
  type At = CaseContext<D, S, H>;
  const { settings } = probe;
  const cases: Case<D, S, H>[] = [
    {
      id: `${prefix}-01`,
      title: 'a started adapter is healthy and serves; before start every call fails with closed',
      async run(at: At) {
        const driver = await at.create(settings);
        for (const call of probe.calls) await failsWith('closed', `${call.name} before start`, () => call.use(driver));
        const before = await at.within('health before start', driver.health());
        assert.equal(before.healthy, false, 'an adapter that was never started must not say that it is healthy');
        await at.within('start', driver.start());
        for (const call of probe.calls) await at.within(call.name, call.use(driver));
        assert.deepEqual(await at.within('health', driver.health()), { healthy: true });
      },
    },
    {
      id: `${prefix}-02`,
      title: 'close before start is safe, and start afterwards fails with closed',
      async run(at: At) {
        const driver = await at.create(settings);
        await at.within('close before start', driver.close());
        await failsWith('closed', 'start after close', () => driver.start());
      },
    },
    {
      id: `${prefix}-03`,
      title: 'close during start settles both and leaves the adapter closed',
      async run(at: At) {
        const driver = await at.create(settings);
        const starting = driver.start().then(
          () => null,
          (error: Error) => error,
        );
        await at.within('close during start', driver.close());
        const failure = await at.within('start that was overtaken by close', starting);
        if (failure !== null) await failsWith(['closed', 'aborted'], 'start that was overtaken by close', () => Promise.reject(failure));
        for (const call of probe.calls) await failsWith('closed', `${call.name} after close`, () => call.use(driver));
      },
    },
    {
      id: `${prefix}-04`,
      title: 'close twice at once and once more later all resolve',
      async run(at: At) {
        const driver = await at.open(settings);
        await at.within('two closes at once', Promise.all([driver.close(), driver.close()]));
        await at.within('a later close', driver.close());
      },
    },
    {
      id: `${prefix}-05`,
      title: 'after close every call fails with closed, and health says so without throwing',
      async run(at: At) {
        const driver = await at.open(settings);
        await at.within('close', driver.close());
        for (const call of probe.calls) await failsWith('closed', `${call.name} after close`, () => at.within(call.name, call.use(driver)));
        assert.equal((await at.within('health after close', driver.health())).healthy, false);
      },
    },
    {
      id: `${prefix}-07`,
      title: 'bad options fail before any I/O',
      needs: ['badOptions'],
      async run(at: At) {
        for (const bad of at.harness.badOptions ?? []) await failsWith('configuration', bad.title, () => bad.attempt());
      },
    },
    {
      id: `${prefix}-08`,
      title: 'the signal of start covers connecting only',
      async run(at: At) {
        const never = await at.create(settings, at.unique(at.place));
        await failsWith('aborted', 'start with a signal that has fired', () => at.within('start', never.start(AbortSignal.abort())));
        const driver = await at.create(settings);
        const control = new AbortController();
        await at.within('start', driver.start(control.signal));
        control.abort();
        for (const call of probe.calls) await at.within(call.name, call.use(driver));
      },
    },
  ];
  const { blocks } = probe;
  if (blocks !== undefined) {
    cases.push(
      {
        id: `${prefix}-06`,
        title: 'a call in flight settles with aborted when its signal fires',
        async run(at: At) {
          const driver = await at.open(settings);
          const control = new AbortController();
          const call = blocks(driver, control.signal);
          call.catch(() => undefined); // looked at below
          setImmediate(() => control.abort());
          await failsWith('aborted', 'the aborted call', () => at.within('the aborted call', call));
          await failsWith('aborted', 'a call whose signal has fired already', () => at.within('the call', blocks(driver, AbortSignal.abort())));
        },
      },
      {
        id: `${prefix}-09`,
        title: 'close ends a call that waits',
        async run(at: At) {
          const driver = await at.open(settings);
          const call = blocks(driver, new AbortController().signal).then(
            () => null,
            (error: Error) => error,
          );
          await at.within('close while a call waits', driver.close(AbortSignal.abort()));
          const failure = await at.within('the call that waited', call);
          if (failure !== null) await failsWith(['closed', 'aborted'], 'the call that waited', () => Promise.reject(failure));
        },
      },
    );
  }
  return cases;
}
