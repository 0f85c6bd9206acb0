import { deepStrictEqual as same, ok, rejects, strictEqual as equal } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { CaveError, type ConfigStore, type ErrorCode } from '@cave/core';
import { alert, commit, organization, SETTINGS, unique, user, VERSION } from './fixtures.js';

export interface StoreCase {
  readonly title: string;
  /** Needs two transactions open at once, which a store on one connection cannot have. */
  readonly concurrent?: boolean;
  readonly run: (store: ConfigStore) => Promise<void>;
}

const fails = (code: ErrorCode, promise: Promise<unknown>): Promise<void> => rejects(promise, (error: unknown) => error instanceof CaveError && error.code === code);

/** A latch that a test opens, so that transactions overlap by order and not by time. */
function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** What every config store must do; run on each adapter, on a store that is empty or not. */
export const CONFIG_STORE_CASES: readonly StoreCase[] = [
  {
    title: 'names are unique without regard to case, and free again after deletion',
    run: async (store) => {
      const { organization: made } = await organization(store);
      await fails('conflict', store.organizations.insert({ ...made, name: made.name.toUpperCase(), database: unique('db') }));
      equal((await store.organizations.findByName(made.name.toUpperCase()))?.id, made.id);
      const gone = await store.organizations.delete(made.id);
      equal(gone.version, made.version + 1);
      equal(await store.organizations.findById(made.id), null);
      const again = await store.organizations.insert({ ...made, database: unique('db') });
      ok(again.id !== made.id);
      await fails('conflict', store.organizations.insert({ ...made, name: unique('other') })); // the database key is never used again
    },
  },
  {
    title: 'each change of a tenant raises its version by one',
    run: async (store) => {
      const { organization: made } = await organization(store);
      equal((await store.organizations.update(made.id, { email: 'new@example.org' })).version, 2);
      const team = await store.teams.insert({ organizationId: made.id, name: 'twain', cluster: null, database: unique('twain') });
      equal((await store.teams.update(team.id, { cluster: 'c1' })).version, 2);
      await fails('conflict', store.teams.insert({ ...team, name: 'TWAIN', database: unique('twain') }));
      await fails('not_found', store.teams.update('999999999', { cluster: null }));
    },
  },
  {
    title: 'a transaction that throws leaves nothing behind',
    run: async (store) => {
      const email = `${unique('u')}@example.org`;
      await rejects(
        store.transaction(async (inner) => {
          await user(inner, email);
          throw new Error('thrown by the work');
        }),
        /thrown by the work/,
      );
      equal(await store.users.findByEmail(email), null);
    },
  },
  {
    title: 'a statement that fails breaks no connection',
    run: async (store) => {
      const { organization: made } = await organization(store);
      for (let n = 0; n < 15; n += 1) await fails('conflict', store.organizations.insert({ ...made, database: unique('db') }));
      equal((await store.organizations.findById(made.id))?.name, made.name);
    },
  },
  {
    title: 'calling the store itself within a transaction is an internal error, also from a nested function',
    run: async (store) => {
      await fails('internal', store.transaction(async () => store.organizations.findById('1')));
      await fails('internal', store.transaction(async () => store.transaction(async () => 1)));
      ok((await store.nowMs()) > 0);
    },
  },
  {
    title: 'roles, invitations and what a user sees',
    run: async (store) => {
      const { organization: made, tenant } = await organization(store);
      const team = await store.teams.insert({ organizationId: made.id, name: 'twain', cluster: null, database: unique('twain') });
      const email = `${unique('Late')}@example.org`;
      await store.memberships.invite(tenant, email, 'viewer');
      await store.memberships.invite(tenant, email.toUpperCase(), 'admin');
      await store.memberships.invite({ organizationId: made.id, teamId: team.id }, email, 'member');
      const late = await user(store, email);
      equal(await store.memberships.acceptInvitations(email, late.id), 2);
      equal(await store.memberships.acceptInvitations(email, late.id), 0);
      equal(await store.memberships.role(tenant, late.id), 'admin');
      equal(await store.memberships.inAnyTeam(made.id, late.id), true);
      await fails('conflict', store.memberships.add(tenant, late.id, 'viewer'));
      equal(await store.memberships.remove(tenant, late.id), true);
      same(await store.memberships.organizationsOf(late.id), [{ name: made.name, role: 'team' }]);
      same(await store.memberships.teamsOf(late.id, made.id), [{ name: 'twain', role: 'member' }]);
    },
  },
  {
    title: 'two who demote the last two admins at once: one of them finds only one left',
    run: async (store) => {
      const { tenant } = await organization(store);
      const people = [await user(store), await user(store)];
      for (const person of people) await store.memberships.add(tenant, person.id, 'admin');
      const seen = await Promise.all(
        people.map((person) =>
          store.transaction(async (inner) => {
            const admins = await inner.memberships.lockAdmins(tenant);
            if (admins.length > 1) await inner.memberships.setRole(tenant, person.id, 'viewer');
            return admins.length;
          }),
        ),
      );
      same([...seen].sort(), [1, 2]);
    },
  },
  {
    title: 'a confirmation is consumed once, whoever comes at once',
    run: async (store) => {
      const hash = randomBytes(32);
      const now = new Date();
      await store.confirmations.insert({ hash, purpose: 'register', email: 'a@example.org', expiresAt: new Date(now.getTime() + 60_000) });
      equal(await store.confirmations.consume(hash, 'reset_password', now), null);
      const answers = await Promise.all([1, 2, 3, 4].map(() => store.confirmations.consume(hash, 'register', now)));
      equal(answers.filter((answer) => answer !== null).length, 1);
    },
  },
  {
    title: 'tokens and sessions are found by hash, and gone when deleted',
    run: async (store) => {
      const { tenant } = await organization(store);
      const hash = randomBytes(32);
      const token = await store.tokens.insert({ tenant, description: 'default', hint: 'abcd', hash });
      same(await store.tokens.findByHash(hash), token);
      equal(await store.transaction((inner) => inner.tokens.lockAndCount(tenant)), 1);
      equal(await store.tokens.delete(tenant, 'not an id'), false);
      equal(await store.tokens.delete(tenant, token.id), true);
      equal(await store.tokens.findByHash(hash), null);
      const person = await user(store);
      const session = randomBytes(32);
      const expiresAt = new Date(1_000);
      await store.sessions.insert({ hash: session, userId: person.id, expiresAt });
      same(await store.sessions.findByHash(session), { userId: person.id, expiresAt });
      ok((await store.sessions.deleteExpired(new Date(2_000))) >= 1);
      equal(await store.sessions.findByHash(session), null);
    },
  },
  {
    title: 'alerts keep every version; an edit that changes the ticking is unsettled',
    run: async (store) => {
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
    title: 'commits are compare-and-set: a stale one writes nothing, the others of its batch everything',
    run: async (store) => {
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
    title: 'deliveries keep their order; a dispatcher that lost its lease settles nothing',
    run: async (store) => {
      const { tenant } = await organization(store);
      const made = await alert(store, tenant);
      const state = (await store.alertStates.find(made.id)) ?? (() => { throw new Error('no state'); })();
      const one = commit(state, 1, 120);
      same(await store.alertStates.commit([one, commit(one.state, 1, 180)]), ['committed', 'committed']);
      const own = async (dispatcher: string, seconds: number) => (await store.deliveries.lease(dispatcher, seconds, 1_000)).filter((d) => d.alertId === made.id);
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
    title: 'a deposed holder of an office moves no watermark, and none moves backwards',
    run: async (store) => {
      const office = unique('scheduler');
      const mine = await store.offices.takeOffice(office);
      equal(await store.offices.advanceWatermark(office, mine.epoch, 100), true);
      equal(await store.offices.advanceWatermark(office, mine.epoch, 50), true);
      const theirs = await store.offices.takeOffice(office);
      same(theirs, { epoch: mine.epoch + 1, watermark: 100 });
      equal(await store.offices.advanceWatermark(office, mine.epoch, 200), false);
      same(await store.offices.find(office), theirs);
    },
  },
  {
    title: 'blocks of numbers never overlap, whoever reserves at once',
    run: async (store) => {
      const firsts = await Promise.all(Array.from({ length: 20 }, () => store.numbers.reserve(1_000)));
      const sorted = [...firsts].sort((a, b) => a - b);
      sorted.slice(1).forEach((first, i) => ok(first >= (sorted[i] ?? 0) + 1_000));
    },
  },
  {
    title: 'outbox rows are taken oldest first, whatever their ids look like as text',
    run: async (store) => {
      // Enough that the number of digits grows.
      const ids = Array.from({ length: 1_100 }, () => unique('row'));
      await store.changeOutbox.add(ids.map((id) => ({ entity: 'alert', id, operation: 'created', version: 1 })));
      const taken = await store.transaction((inner) => inner.changeOutbox.take(10_000));
      same(taken.map((row) => row.change.id).filter((id) => id.startsWith('row-')), ids);
      await store.changeOutbox.delete(taken.map((row) => row.id));
    },
  },
  {
    title: 'an outbox row whose transaction commits later than a newer row is still taken',
    concurrent: true,
    run: async (store) => {
      const ids = [unique('late'), unique('early')] as const;
      const added = latch();
      const goOn = latch();
      const late = store.transaction(async (inner) => {
        await inner.changeOutbox.add([{ entity: 'alert', id: ids[0], operation: 'created', version: 1 }]);
        added.open();
        await goOn.opened;
      });
      await added.opened;
      await store.changeOutbox.add([{ entity: 'alert', id: ids[1], operation: 'created', version: 1 }]);
      const relay = (): Promise<string[]> =>
        store.transaction(async (inner) => {
          const taken = await inner.changeOutbox.take(10_000);
          await inner.changeOutbox.delete(taken.map((row) => row.id));
          return taken.map((row) => row.change.id).filter((id) => (ids as readonly string[]).includes(id));
        });
      same(await relay(), [ids[1]]);
      goOn.open();
      await late;
      same(await relay(), [ids[0]]);
    },
  },
  {
    title: 'two relays share the outbox: neither waits for nor repeats what the other holds',
    concurrent: true,
    run: async (store) => {
      const id = unique('shared');
      await store.changeOutbox.add([{ entity: 'team', id, operation: 'updated', version: 2 }]);
      const held = latch();
      const goOn = latch();
      const holder = store.transaction(async (inner) => {
        const taken = await inner.changeOutbox.take(10_000);
        held.open();
        await goOn.opened;
        return taken.some((row) => row.change.id === id);
      });
      await held.opened;
      same((await store.transaction((inner) => inner.changeOutbox.take(10_000))).filter((row) => row.change.id === id), []);
      goOn.open();
      equal(await holder, true);
      equal((await store.transaction((inner) => inner.changeOutbox.take(10_000))).some((row) => row.change.id === id), true);
    },
  },
  {
    title: 'audit, status issues and store tasks come back as they went in',
    run: async (store) => {
      const what = unique('alert.update');
      await store.audit.add({ who: 'a@example.org', what, from: '127.0.0.1', details: { nested: { a: [1, 'ü'] } } });
      same((await store.audit.list(100)).find((record) => record.what === what)?.details, { nested: { a: [1, 'ü'] } });
      const kind = unique('late_pipeline');
      await store.status.open(kind, 'Points arrive late.');
      await store.status.open(kind, 'Points arrive very late.');
      same((await store.status.current()).filter((issue) => issue.kind === kind).map((issue) => issue.message), ['Points arrive late.']);
      await store.status.close(kind);
      ok((await store.status.recent(100)).some((issue) => issue.kind === kind && issue.closedAt instanceof Date));
      const database = unique('database');
      await store.storeTasks.add([{ task: 'create_database', database, cluster: 'c' }]);
      const tasks = (await store.transaction((inner) => inner.storeTasks.take(1_000))).filter((task) => task.database === database);
      same(tasks.map(({ task, cluster }) => ({ task, cluster })), [{ task: 'create_database', cluster: 'c' }]);
    },
  },
  {
    title: 'what grows for ever is deleted by age and by number, the oldest first, and never a pending delivery',
    run: async (store) => {
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
        for (const { id, alertId } of await store.deliveries.lease('pruner', 60, 1_000)) {
          const its = alertId === many.id;
          await store.deliveries.settle('pruner', { deliveryId: id, at: new Date(), outcome: its ? 'delivered' : 'retry', httpStatus: 200, answer: 'ok' }, its && settled < 2 ? { status: 'delivered' } : { status: 'pending', retryInSeconds: 3_600 });
          if (its) settled += 1;
        }
      }
      const audit = async (): Promise<number> => (await store.audit.list(100)).length;
      await store.audit.add({ who: 'a@example.org', what: unique('alert.update'), from: '127.0.0.1', details: {} });
      const kind = unique('late_pipeline');
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
