import { deepStrictEqual as same, ok, strictEqual as equal } from 'node:assert/strict';
import { alert, commit, organization } from './fixtures.js';
import type { At, ConfigStoreCase } from './means.js';

/** What would grow for ever. */
export const pruningCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-32',
    title: 'what grows for ever is deleted by age and by number, the oldest first, and never a pending delivery',
    async run(at: At) {
      const store = await at.open({});
      const DAY = 86_400;
      const keepAll = { eventSeconds: DAY, eventsPerAlert: 1_000_000, auditSeconds: DAY, busySeconds: DAY };
      const { tenant } = await organization(store);
      const [many, few] = [await alert(store, tenant), await alert(store, tenant)];
      const fire = async ({ id, version }: { readonly id: string; readonly version: number }, ticks: readonly number[]): Promise<void> => {
        for (const tick of ticks) {
          const [work] = await store.alertStates.load([id]);
          ok(work !== undefined);
          same(await store.alertStates.commit([commit(work.state, version, tick)]), ['committed']);
        }
      };
      const ticks = async ({ id }: { readonly id: string }): Promise<number[]> => (await store.alertStates.events(id, { limit: 100, offset: 0 })).map(({ tick }) => tick);
      const told = async ({ id }: { readonly id: string }): Promise<string[]> => (await store.deliveries.ofEvents([160, 220, 280, 340, 400].map((tick) => `${id}-${tick}-triggered`))).map(({ eventId }) => eventId.split('-')[1] ?? '');
      await fire(many, [160, 220, 280, 340, 400]);
      await fire(few, [160, 220]);
      // The first two of the busy one are settled, with an attempt; the others are pending.
      for (let settled = 0; settled < 2; ) {
        for (const { id, alertId } of await store.deliveries.lease('pruner', 60, { limit: 1_000, perOrganization: 1_000 })) {
          const its = alertId === many.id;
          await store.deliveries.settle('pruner', { deliveryId: id, at: new Date(), outcome: its ? 'delivered' : 'retry', httpStatus: 200, answer: 'ok' }, its && settled < 2 ? { status: 'delivered' } : { status: 'pending', retryInSeconds: 3_600 });
          if (its) settled += 1;
        }
      }
      const audit = async (): Promise<number> => (await store.audit.list(100)).length;
      await store.audit.add({ who: 'a@example.org', what: at.unique('alert.update'), from: '127.0.0.1', details: {} });
      const kind = at.unique('late_pipeline');
      await store.status.open(kind, 'Points arrive late.');
      same(await store.pruning.prune(keepAll, 1_000), { events: 0, deliveries: 0, issues: 0, audit: 0 });
      // By number: only the busy one has too many.
      const byNumber = { ...keepAll, eventsPerAlert: 2 };
      equal((await store.pruning.prune(byNumber, 1)).events, 1);
      for (let gone = 1; gone > 0; ) gone = (await store.pruning.prune(byNumber, 1_000)).events;
      same(await ticks(many), [400, 340]);
      same(await ticks(few), [220, 160]);
      same(await told(many), ['400', '340', '280']);
      // By age, which is more than nothing.
      ok((await audit()) > 0);
      const byAge = await store.pruning.prune({ ...keepAll, eventSeconds: 0, auditSeconds: 0 }, 1_000);
      ok(byAge.events >= 4 && byAge.audit >= 1);
      same([await ticks(many), await ticks(few), await audit()], [[], [], 0]);
      same(await told(many), ['400', '340', '280']);
      same(await told(few), ['220', '160']);
      ok((await store.status.current()).some((issue) => issue.kind === kind));
      await store.status.close(kind);
      ok((await store.pruning.prune({ ...keepAll, eventSeconds: 0 }, 1_000)).issues >= 1);
      equal((await store.status.recent(100)).some((issue) => issue.kind === kind), false);
      equal((await store.alertStates.find(many.id))?.lastTick, 400);
    },
  },
];
