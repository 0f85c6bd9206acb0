import { withDefect } from '@cave/conformance';
import { CaveError, errorCode, type CheckCommit, type ConfigStore } from '@cave/core';

export interface BrokenConfigStore {
  readonly defect: string;
  /** The case that must fail. */
  readonly fails: string;
  /** Takes a sound store and breaks one thing; `round` is 1 for the first store of a place. */
  readonly break: (store: ConfigStore, round: number) => Partial<ConfigStore>;
}

export const brokenConfigStores: readonly BrokenConfigStore[] = [
  {
    defect: 'answers after close',
    fails: 'CS-05',
    break: (store) => ({ nowMs: () => store.nowMs().catch(() => Date.now()) }),
  },
  {
    defect: 'finds a name in one spelling only',
    fails: 'CS-10',
    break: (store) => ({ organizations: withDefect(store.organizations, { findByName: async (name) => spelled(name, await store.organizations.findByName(name)) }) }),
  },
  {
    defect: 'raises no version',
    fails: 'CS-11',
    break: (store) => ({ organizations: withDefect(store.organizations, { update: async (id, change) => ({ ...(await store.organizations.update(id, change)), version: 1 }) }) }),
  },
  {
    defect: 'keeps what a failed transaction wrote',
    fails: 'CS-12',
    break: (store) => ({ transaction: (work) => work(store) }),
  },
  {
    defect: 'serves nothing after a statement that failed',
    fails: 'CS-13',
    break: (store) => {
      let broken = false;
      const insert: ConfigStore['organizations']['insert'] = async (one) => {
        if (broken) throw new CaveError('unavailable', 'The connection is broken.');
        return store.organizations.insert(one).catch((error: unknown) => {
          broken = true;
          throw error;
        });
      };
      return { organizations: withDefect(store.organizations, { insert }) };
    },
  },
  {
    defect: 'lets itself be called within a transaction',
    fails: 'CS-14',
    break: (store) => ({ transaction: (work) => store.transaction(work).catch((error: unknown) => (errorCode(error) === 'internal' ? (undefined as never) : Promise.reject(error))) }),
  },
  {
    defect: 'hides the organization from members of its teams',
    fails: 'CS-15',
    break: (store) => ({ memberships: withDefect(store.memberships, { organizationsOf: async (user) => (await store.memberships.organizationsOf(user)).filter(({ role }) => role !== 'team') }) }),
  },
  {
    defect: 'counts one admin for all',
    fails: 'CS-16',
    break: (store) => ({ transaction: (work) => store.transaction((inner) => work({ ...inner, memberships: withDefect(inner.memberships, { setRole: async () => true }) })) }),
  },
  {
    defect: 'consumes a confirmation as often as asked',
    fails: 'CS-17',
    break: (store) => {
      let kept: Awaited<ReturnType<ConfigStore['confirmations']['consume']>> = null;
      return { confirmations: withDefect(store.confirmations, { consume: async (hash, purpose, now) => (kept = (await store.confirmations.consume(hash, purpose, now)) ?? kept) }) };
    },
  },
  {
    defect: 'deletes no token',
    fails: 'CS-18',
    break: (store) => ({ tokens: withDefect(store.tokens, { delete: async (_tenant, id) => /^\d+$/.test(id) }) }),
  },
  {
    defect: 'keeps only the newest version of an alert',
    fails: 'CS-19',
    break: (store) => ({ alertStates: withDefect(store.alertStates, { load: async (ids) => (await store.alertStates.load(ids)).map((work) => ({ ...work, versions: work.versions.slice(-1) })) }) }),
  },
  {
    defect: 'commits without comparing the last tick',
    fails: 'CS-20',
    break: (store) => ({ alertStates: withDefect(store.alertStates, { commit: async (commits) => store.alertStates.commit(await Promise.all(commits.map((one) => upToDate(store, one)))) }) }),
  },
  {
    defect: 'lets a dispatcher settle without a lease',
    fails: 'CS-21',
    break: (store) => {
      let holder = '';
      return {
        deliveries: withDefect(store.deliveries, {
          lease: (dispatcher, seconds, places) => store.deliveries.lease((holder = dispatcher), seconds, places),
          settle: (_dispatcher, ...rest) => store.deliveries.settle(holder === 'third' ? 'second' : holder, ...rest),
        }),
      };
    },
  },
  {
    defect: 'lets one organization have all places of a dispatcher',
    fails: 'CS-49',
    break: (store) => ({ deliveries: withDefect(store.deliveries, { lease: (dispatcher, seconds, { limit }) => store.deliveries.lease(dispatcher, seconds, { limit, perOrganization: limit }) }) }),
  },
  {
    defect: 'counts every alert, whatever is looked for',
    fails: 'CS-33',
    break: (store) => ({ alerts: withDefect(store.alerts, { count: (tenant) => store.alerts.count(tenant, {}) }) }),
  },
  {
    defect: 'takes % in a text for anything',
    fails: 'CS-34',
    break: (store) => ({
      alerts: withDefect(store.alerts, {
        list: (tenant, { text, ...filter }, page) => store.alerts.list(tenant, { ...filter, text: text?.replaceAll('%', '') }, page),
        count: (tenant, { text, ...filter }) => store.alerts.count(tenant, { ...filter, text: text?.replaceAll('%', '') }),
      }),
    }),
  },
  {
    defect: 'knows one order of alerts only',
    fails: 'CS-35',
    break: (store) => ({ alerts: withDefect(store.alerts, { list: (tenant, filter, page) => store.alerts.list(tenant, filter, { ...page, order: 'created' }) }) }),
  },
  {
    defect: 'reuses an epoch',
    fails: 'CS-22',
    break: (store) => ({ offices: withDefect(store.offices, { takeOffice: async (office) => (await store.offices.find(office)) ?? store.offices.takeOffice(office) }) }),
  },
  {
    defect: 'hands out a block of numbers twice',
    fails: 'CS-23',
    break: (store) => {
      let calls = 0;
      let last = 0;
      return { numbers: withDefect(store.numbers, { reserve: async (size) => ((calls += 1) % 10 === 0 ? last : (last = await store.numbers.reserve(size))) }) };
    },
  },
  {
    defect: 'takes the newest outbox rows first',
    fails: 'CS-24',
    break: (store) => ({
      transaction: (work) => store.transaction((inner) => work({ ...inner, changeOutbox: withDefect(inner.changeOutbox, { take: async (limit) => [...(await inner.changeOutbox.take(limit))].reverse() }) })),
    }),
  },
  {
    defect: 'loses the details of an audit record',
    fails: 'CS-27',
    break: (store) => ({ audit: withDefect(store.audit, { add: (record) => store.audit.add({ ...record, details: {} }) }) }),
  },
  {
    defect: 'cuts texts at a quote',
    fails: 'CS-28',
    break: (store) => ({ users: withDefect(store.users, { insert: (user) => store.users.insert({ ...user, firstName: user.firstName.split("'")[0] ?? '' }) }) }),
  },
  {
    defect: 'forgets what was there before its start',
    fails: 'CS-30',
    break: (store, round) => (round === 1 ? {} : { organizations: withDefect(store.organizations, { findById: async () => null }) }),
  },
];

const spelled = <T extends { readonly name: string }>(name: string, found: T | null): T | null => (found?.name === name ? found : null);

async function upToDate(store: ConfigStore, commit: CheckCommit): Promise<CheckCommit> {
  return { ...commit, expectedLastTick: (await store.alertStates.find(commit.alertId))?.lastTick ?? null };
}
