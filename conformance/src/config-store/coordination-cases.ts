import { deepStrictEqual as same, ok, strictEqual as equal } from 'node:assert/strict';
import { unique } from './fixtures.js';
import { latch, type At, type ConfigStoreCase } from './means.js';

/** Offices, number blocks, outboxes: what several instances share. */
export const coordinationCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-22',
    title: 'a deposed holder of an office moves no watermark, and none moves backwards',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-23',
    title: 'blocks of numbers never overlap, whoever reserves at once',
    async run(at: At) {
      const store = await at.open({});
      const firsts = await Promise.all(Array.from({ length: 20 }, () => store.numbers.reserve(1_000)));
      const sorted = [...firsts].sort((a, b) => a - b);
      sorted.slice(1).forEach((first, i) => ok(first >= (sorted[i] ?? 0) + 1_000));
    },
  },
  {
    id: 'CS-24',
    title: 'outbox rows are taken oldest first, whatever their ids look like as text',
    async run(at: At) {
      const store = await at.open({});
      // Enough that the number of digits grows.
      const ids = Array.from({ length: 1_100 }, () => unique('row'));
      await store.changeOutbox.add(ids.map((id) => ({ entity: 'alert', id, operation: 'created', version: 1 })));
      const taken = await store.transaction((inner) => inner.changeOutbox.take(10_000));
      same(taken.map((row) => row.change.id).filter((id) => id.startsWith('row-')), ids);
      await store.changeOutbox.delete(taken.map((row) => row.id));
    },
  },
  {
    id: 'CS-25',
    title: 'an outbox row whose transaction commits later than a newer row is still taken',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-26',
    title: 'two relays share the outbox: neither waits for nor repeats what the other holds',
    async run(at: At) {
      const store = await at.open({});
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
    id: 'CS-27',
    title: 'audit, status issues and store tasks come back as they went in',
    async run(at: At) {
      const store = await at.open({});
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
];
