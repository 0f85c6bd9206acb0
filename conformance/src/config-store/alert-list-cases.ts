import { deepStrictEqual as same, strictEqual as equal } from 'node:assert/strict';
import type { Alert, AlertFilter, AlertPage, AlertState, ConfigStore, TenantRef } from '@cave/core';
import { alert, commit, organization } from './fixtures.js';
import type { At, ConfigStoreCase } from './means.js';

const PAGE: AlertPage = { order: 'created', limit: 100, offset: 0 };

/** Records a check that found this, without telling anybody. */
async function check(store: ConfigStore, { id, version }: Alert, found: Partial<AlertState> & { readonly lastTick: number }): Promise<void> {
  const state = await store.alertStates.find(id);
  if (state === null) throw new Error('The alert has no state.');
  const committed = commit(state, version, found.lastTick);
  same(await store.alertStates.commit([{ ...committed, state: { ...state, ...found }, events: [], deliveries: [] }]), ['committed']);
}

/** Descriptions of the alerts that match, when listing and counting agree. */
async function found(store: ConfigStore, tenant: TenantRef, filter: AlertFilter): Promise<readonly string[]> {
  const list = await store.alerts.list(tenant, filter, PAGE);
  equal(await store.alerts.count(tenant, filter), list.length);
  return list.map((one) => one.alert.description);
}

/** What people look for in lists of alerts. */
export const alertListCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-33',
    title: 'alerts are listed and counted with their state, by state, health and switch, and never those of others',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      const team = { ...tenant, teamId: (await store.teams.insert({ organizationId: tenant.organizationId, name: 'runners', cluster: null, database: at.unique('runners') })).id };
      const make = (description: string, more: object = {}): Promise<Alert> => alert(store, tenant, { description, ...more });
      await make('never checked');
      const burning = await make('burning');
      const blind = await make('burning blind', { enabled: false });
      const gone = await make('gone');
      await check(store, burning, { lastTick: 240, state: 'firing', since: 180 });
      await check(store, blind, { lastTick: 300, state: 'firing', since: 120, health: 'no_data' });
      await check(store, gone, { lastTick: 300, state: 'firing', since: 300 });
      await store.alerts.delete(gone.id, 300);
      await alert(store, (await organization(store)).tenant, { description: 'of another organization' });
      await alert(store, team, { description: 'of a team' });

      same(await found(store, tenant, {}), ['never checked', 'burning', 'burning blind']);
      same((await store.alerts.list(tenant, {}, PAGE)).map(({ status }) => status), [
        { state: 'ok', since: null, health: 'fine', lastTick: null },
        { state: 'firing', since: 180, health: 'fine', lastTick: 240 },
        { state: 'firing', since: 120, health: 'no_data', lastTick: 300 },
      ]);
      same(await store.alerts.find(tenant, burning.id), { alert: burning, status: { state: 'firing', since: 180, health: 'fine', lastTick: 240 } });
      same(await found(store, tenant, { state: 'firing' }), ['burning', 'burning blind']);
      same(await found(store, tenant, { state: 'ok' }), ['never checked']);
      same(await found(store, tenant, { health: 'no_data' }), ['burning blind']);
      same(await found(store, tenant, { health: 'error' }), []);
      same(await found(store, tenant, { enabled: false }), ['burning blind']);
      same(await found(store, tenant, { state: 'firing', health: 'fine', enabled: true, text: 'burn' }), ['burning']);
      same(await found(store, team, {}), ['of a team']);
    },
  },
  {
    id: 'CS-34',
    title: 'a text is looked for in descriptions and conditions, in capitals and small letters, and every character means itself',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      for (const description of ['100% of Ärger', '1000 of änger', 'a_b', 'aXb', 'C:\\new\nline', '(x|y)*', '***:tail', 'ΣΊΣΥΦΟΣ', 'straße']) await alert(store, tenant, { description, condition: 'other > 1' });
      await alert(store, tenant, { description: 'by its condition', condition: 'Orders ["ship to": "US"].sum.5m < 5' });
      const looked: Readonly<Record<string, readonly string[]>> = {
        '100%': ['100% of Ärger'],
        '%': ['100% of Ärger'],
        'of ä': ['100% of Ärger', '1000 of änger'],
        'OF ÄRG': ['100% of Ärger'],
        'A_B': ['a_b'],
        '_': ['a_b'],
        '\\n': ['C:\\new\nline'],
        'w\nl': ['C:\\new\nline'],
        '\\': ['C:\\new\nline'],
        '(X|y)*': ['(x|y)*'],
        '***:': ['***:tail'],
        '.*': [],
        '[a': [],
        'ΣΥΦΟ': ['ΣΊΣΥΦΟΣ'],
        'συφο': ['ΣΊΣΥΦΟΣ'],
        'STRAß': ['straße'],
        'orders ["SHIP': ['by its condition'],
      };
      for (const [text, descriptions] of Object.entries(looked)) same(await found(store, tenant, { text }), descriptions, `looking for ${text}`);
      equal((await found(store, tenant, { text: '' })).length, 10);
    },
  },
  {
    id: 'CS-35',
    title: 'by urgency comes first what fires, then what is sick, within each the newest change; pages follow one another in either order',
    async run(at: At) {
      const store = await at.open({});
      const { tenant } = await organization(store);
      const made: Alert[] = [];
      for (const description of ['quiet', 'calmed', 'fires long', 'sick long', 'fires now', 'sick and fires', 'sick now', 'silent']) made.push(await alert(store, tenant, { description }));
      const checks: Readonly<Record<string, Partial<AlertState>>> = {
        calmed: { since: 480 },
        'fires long': { state: 'firing', since: 60 },
        'sick long': { health: 'no_data', since: null },
        'fires now': { state: 'firing', since: 300 },
        'sick and fires': { state: 'firing', since: 120, health: 'error' },
        'sick now': { health: 'error', since: 540 },
      };
      for (const one of made) {
        const result = checks[one.description];
        if (result !== undefined) await check(store, one, { ...result, lastTick: 600 });
      }
      const inPages = async (order: AlertPage['order']): Promise<readonly string[]> => {
        const pages = await Promise.all([0, 3, 6, 9].map((offset) => store.alerts.list(tenant, {}, { order, limit: 3, offset })));
        same(pages.map(({ length }) => length), [3, 3, 2, 0]);
        return pages.flat().map((one) => one.alert.description);
      };
      same(await inPages('urgency'), ['fires now', 'sick and fires', 'fires long', 'sick now', 'sick long', 'calmed', 'silent', 'quiet']);
      same(await inPages('created'), made.map(({ description }) => description));
    },
  },
];
