import { deepStrictEqual as same, ok, strictEqual as equal } from 'node:assert/strict';
import { alert, commit, organization, SETTINGS, VERSION } from './fixtures.js';
import type { At, ConfigStoreCase } from './means.js';

/** Alerts, their versions, the commit of checks, deliveries. */
/** All that is due. */
const ALL = { limit: 1_000, perOrganization: 1_000 };

export const alertCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-19',
    title: 'alerts keep every version; an edit that changes the ticking is unsettled',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      const made = await alert(store, tenant);
      const { organizationId, teamId, id, version, offsetSeconds, createdAt, updatedAt, ...settings } = made;
      same(settings, SETTINGS);
      same([organizationId, teamId, version, offsetSeconds], [tenant.organizationId, null, 1, Number(id) % 60]);
      ok(createdAt instanceof Date && updatedAt instanceof Date);
      const own = async (): Promise<unknown> => (await store.alerts.unsettled(1_000)).find((owed) => owed.alertId === id);
      await store.alerts.update(id, { ...SETTINGS, description: 'other words' }, { ...VERSION, effectiveFrom: 150, offsetSeconds });
      equal(await own(), undefined);
      await store.alerts.update(id, { ...SETTINGS, enabled: false }, { ...VERSION, enabled: false, effectiveFrom: 200, offsetSeconds });
      same(await own(), { alertId: id, tick: 200, version: 3 });
      same((await store.alerts.scheduledByIds([id]))[0]?.enabled, false);
      await store.alerts.delete(id, 300);
      equal(await store.alerts.find(tenant, id), null);
      const work = (await store.alertStates.load([id]))[0];
      equal(work?.deleted, true);
      same(work.versions.map((v) => [v.version, v.effectiveFrom, v.enabled, v.deleted]), [[1, 100, true, false], [2, 150, true, false], [3, 200, false, false], [4, 300, false, true]]);
    },
  },
  {
    id: 'CS-20',
    title: 'commits are compare-and-set: a stale one writes nothing, the others of its batch everything',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      const [a, b, c] = [await alert(store, tenant), await alert(store, tenant), await alert(store, tenant)];
      const states = new Map((await store.alertStates.load([a.id, b.id, c.id])).map((work) => [work.alert.id, work.state]));
      const of = (id: string) => states.get(id) ?? (() => { throw new Error('no state'); })();
      const first = commit(of(a.id), 1, 120);
      const outcomes = await store.alertStates.commit([first, commit({ ...of(b.id), lastTick: 60 }, 1, 120), commit(of(c.id), 2, 120)]);
      same(outcomes, ['committed', 'stale', 'stale']);
      same(await store.alertStates.find(a.id), first.state);
      for (const stale of [b, c]) {
        equal((await store.alertStates.find(stale.id))?.lastTick, null);
        same(await store.alertStates.events(stale.id, { limit: 10, offset: 0 }), []);
      }
      same(await store.alertStates.commit([first]), ['stale']);
      same(await store.alertStates.events(a.id, { limit: 10, offset: 0 }), first.events);
      const rows = await store.transaction(async (inner) => {
        const taken = await inner.historyOutbox.take(10_000);
        await inner.historyOutbox.delete(taken.map((row) => row.id));
        return taken.filter((row) => [a.id, b.id, c.id].includes(row.alertId));
      });
      same(rows.map(({ alertId, tick, value, error, database, cluster }) => ({ alertId, tick, value, error, database, cluster })), [
        { alertId: a.id, tick: 120, value: 1, error: null, database: 'database', cluster: null },
      ]);
    },
  },
  {
    id: 'CS-21',
    title: 'deliveries keep their order; a dispatcher that lost its lease settles nothing',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      const made = await alert(store, tenant);
      const state = (await store.alertStates.find(made.id)) ?? (() => { throw new Error('no state'); })();
      const one = commit(state, 1, 120);
      same(await store.alertStates.commit([one, commit(one.state, 1, 180)]), ['committed', 'committed']);
      const own = async (dispatcher: string, seconds: number) => (await store.deliveries.lease(dispatcher, seconds, ALL)).filter((d) => d.alertId === made.id);
      const [leased] = await own('first', 0);
      equal(leased?.eventId, one.events[0]?.id);
      const [again] = await own('second', 60);
      equal(again?.id, leased?.id);
      same(await own('third', 60), []);
      const attempt = { deliveryId: again?.id ?? '', at: new Date(), outcome: 'delivered', httpStatus: 200, answer: 'ok' } as const;
      equal(await store.deliveries.settle('first', attempt, { status: 'delivered' }), false);
      equal(await store.deliveries.settle('second', attempt, { status: 'delivered' }), true);
      equal((await own('third', 60))[0]?.eventId, `${made.id}-180-triggered`);
      const log = await store.deliveries.ofEvents([again?.eventId ?? '']);
      same(log.map((d) => [d.status, d.attempts, d.log]), [['delivered', 1, [attempt]]]);
    },
  },
  {
    id: 'CS-49',
    title: 'organizations take turns at the places of a dispatcher, and none has more than its share',
    async run(at: At) {
      const store = await at.open({});
      await store.deliveries.lease('of others', 600, ALL);
      equal(((await store.deliveries.nextDueSeconds()) ?? Infinity) > 0, true, 'nothing is due now');
      const withDue = async (alerts: number): Promise<readonly string[]> => {
        const { tenant } = await organization(store);
        const made = await Promise.all(Array.from({ length: alerts }, () => alert(store, tenant)));
        for (const { id } of made) {
          const state = await store.alertStates.find(id);
          if (state === null) throw new Error('no state');
          same(await store.alertStates.commit([commit(state, 1, 120)]), ['committed']);
        }
        return made.map(({ id }) => id);
      };
      const many = await withDue(6);
      const few = await withDue(1);
      const counts = async (dispatcher: string, limit: number, perOrganization: number): Promise<readonly number[]> => {
        const leased = await store.deliveries.lease(dispatcher, 600, { limit, perOrganization });
        return [many, few].map((alerts) => leased.filter(({ alertId }) => alerts.includes(alertId)).length);
      };
      equal(await store.deliveries.nextDueSeconds(), 0, 'something is due');
      same(await counts('first', 2, 6), [1, 1], 'one each, although the other has been due for longer');
      same(await counts('first', 6, 3), [2, 0], 'what it holds already counts');
      same(await counts('first', 6, 3), [0, 0], 'it has its share');
      same(await counts('second', 6, 3), [3, 0], 'a share is that of one dispatcher');
    },
  },
];
