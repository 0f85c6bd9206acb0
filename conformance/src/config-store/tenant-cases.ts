import { deepStrictEqual as same, ok, rejects, strictEqual as equal } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { organization, unique, user } from './fixtures.js';
import { fails, latch, type At, type ConfigStoreCase } from './means.js';

/** Organizations, teams, people, and transactions over them. */
export const tenantCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-10',
    title: 'names are unique without regard to case, and free again after deletion',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-11',
    title: 'each change of a tenant raises its version by one',
    async run(at: At) {
      const store = await at.open({});
      const { organization: made } = await organization(store);
      equal((await store.organizations.update(made.id, { email: 'new@example.org' })).version, 2);
      const team = await store.teams.insert({ organizationId: made.id, name: 'twain', cluster: null, database: unique('twain') });
      equal((await store.teams.update(team.id, { cluster: 'c1' })).version, 2);
      await fails('conflict', store.teams.insert({ ...team, name: 'TWAIN', database: unique('twain') }));
      await fails('not_found', store.teams.update('999999999', { cluster: null }));
    },
  },
  {
    id: 'CS-12',
    title: 'a transaction that throws leaves nothing behind',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-13',
    title: 'a statement that fails breaks no connection',
    async run(at: At) {
      const store = await at.open({});
      const { organization: made } = await organization(store);
      for (let n = 0; n < 15; n += 1) await fails('conflict', store.organizations.insert({ ...made, database: unique('db') }));
      equal((await store.organizations.findById(made.id))?.name, made.name);
    },
  },
  {
    id: 'CS-14',
    title: 'calling the store itself within a transaction is an internal error, also from a nested function',
    async run(at: At) {
      const store = await at.open({});
      await fails('internal', store.transaction(async () => store.organizations.findById('1')));
      await fails('internal', store.transaction(async () => store.transaction(async () => 1)));
      ok((await store.nowMs()) > 0);
    },
  },
  {
    id: 'CS-15',
    title: 'roles, invitations and what a user sees',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-16',
    title: 'two who demote the last two admins at once: one of them finds only one left',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-17',
    title: 'a confirmation is consumed once, whoever comes at once',
    async run(at: At) {
      const store = await at.open({});
      const hash = randomBytes(32);
      const now = new Date();
      await store.confirmations.insert({ hash, purpose: 'register', email: 'a@example.org', expiresAt: new Date(now.getTime() + 60_000) });
      equal(await store.confirmations.consume(hash, 'reset_password', now), null);
      const answers = await Promise.all([1, 2, 3, 4].map(() => store.confirmations.consume(hash, 'register', now)));
      equal(answers.filter((answer) => answer !== null).length, 1);
    },
  },
  {
    id: 'CS-18',
    title: 'tokens and sessions are found by hash, and gone when deleted',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-28',
    title: 'texts come back as they went in, whatever they look like; one that no database holds is invalid_argument',
    async run(at: At) {
      const store = await at.open({});
      const odd = ['Größe ✓', '温度', '🔥👩‍👩‍👧', "it's", '"quoted"', 'back\\slash', 'new\nline', "'; drop table users; --", '$1', '%s', '', ' '];
      for (const text of odd) {
        const made = await store.users.insert({ email: `${unique('odd')}@example.org`, firstName: text, lastName: text, passwordHash: 'x' });
        same((await store.users.findByEmail(made.email))?.firstName, text);
      }
      await fails('invalid_argument', store.users.insert({ email: `${unique('nul')}@example.org`, firstName: 'a\u0000b', lastName: '', passwordHash: 'x' }));
      ok((await store.nowMs()) > 0);
    },
  },
  {
    id: 'CS-29',
    title: 'many transactions at once all finish, more than a store has connections',
    async run(at: At) {
      const store = await at.open({});
      const found = await at.within(
        'all transactions',
        Promise.all(
          Array.from({ length: 60 }, () =>
            store.transaction(async (inner) => {
              const { organization: made } = await organization(inner);
              return (await inner.organizations.findById(made.id))?.name === made.name;
            }),
          ),
        ),
      );
      equal(found.filter((one) => one).length, 60);
    },
  },
  {
    id: 'CS-30',
    title: 'everything is there after a close and a new start',
    async run(at: At) {
      const store = await at.open({});
      const { organization: made } = await organization(store);
      const office = await store.offices.takeOffice('restart');
      const again = await at.reopen(store, {});
      same(await again.organizations.findById(made.id), made);
      same(await again.offices.find('restart'), office);
    },
  },
  {
    id: 'CS-31',
    title: 'two transactions that lock the same rows in opposite order both come through',
    async run(at: At) {
      const store = await at.open({});
      const ids = [(await organization(store)).organization.id, (await organization(store)).organization.id] as const;
      // Each holds one row before either asks for the other: the first attempts must collide.
      const held = [latch(), latch()] as const;
      const lock = (mine: 0 | 1): Promise<void> =>
        store.transaction(async (inner) => {
          await inner.organizations.update(ids[mine], { email: `first-${String(mine)}@example.org` });
          held[mine].open();
          await held[mine === 0 ? 1 : 0].opened;
          await inner.organizations.update(ids[mine === 0 ? 1 : 0], { email: `second-${String(mine)}@example.org` });
        });
      await at.within('both transactions', Promise.all([lock(0), lock(1)]));
      const versions = await Promise.all(ids.map(async (id) => (await store.organizations.findById(id))?.version));
      same(versions, [3, 3]);
    },
  },
];
