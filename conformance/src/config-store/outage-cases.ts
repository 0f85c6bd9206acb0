import { ok, strictEqual as equal } from 'node:assert/strict';
import { failsWith } from '../wait.js';
import { organization, unique, user } from './fixtures.js';
import { fails, latch, type At, type ConfigStoreCase } from './means.js';

/** Does something to the server; the result undoes it, and so does the end of the case. */
async function until(at: At, action: (() => Promise<() => Promise<void>>) | undefined): Promise<() => Promise<void>> {
  ok(action);
  const undo = await action();
  let due = true;
  const undoOnce = async (): Promise<void> => {
    if (!due) return;
    due = false;
    await undo();
  };
  at.cleanup(undoOnce);
  return undoOnce;
}

const gone = (at: At): Promise<() => Promise<void>> =>
  until(at, async () => {
    await at.harness.killBroker?.();
    return () => at.harness.restartBroker?.() ?? Promise.resolve();
  });

/** A server that is killed, cut off, frozen, or was never the right one. */
export const outageCases: readonly ConfigStoreCase[] = [
  {
    id: 'CS-40',
    title: 'after its server was killed and restarted the store serves again by itself, and says sick in between',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const store = await at.open({});
      const office = await store.offices.takeOffice('survivor');
      const back = await gone(at);
      const sick = await at.within('health', store.health());
      equal(sick.healthy, false);
      ok((sick.detail ?? '').length > 0, 'a sick store says why');
      await fails(['unavailable', 'unknown_outcome'], at.within('a call without a server', store.nowMs()));
      await fails(['unavailable', 'unknown_outcome'], at.within('a transaction without a server', store.transaction((inner) => inner.numbers.reserve(1))));
      await back();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      equal((await store.offices.find('survivor'))?.epoch, office.epoch);
      equal((await store.offices.takeOffice('survivor')).epoch, office.epoch + 1);
    },
  },
  {
    id: 'CS-41',
    title: 'what a transaction has told as done is there after SIGKILL of the server at once',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const store = await at.open({});
      const told: string[] = [];
      let stop = false;
      const writers = [1, 2, 3].map(async () => {
        while (!stop) {
          const made = await store.transaction(async (inner) => (await organization(inner)).organization).catch(() => null); // the kill is what ends them
          if (made === null) return;
          told.push(made.id);
        }
      });
      await at.eventually('some are told as done', () => told.length >= 30);
      const back = await gone(at);
      stop = true;
      await at.within('the writers', Promise.all(writers));
      await back();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      for (const id of told) ok((await store.organizations.findById(id)) !== null, `organization ${id} was told as saved and is lost`);
    },
  },
  {
    id: 'CS-42',
    title: 'a network that is cut shows in calls and health, and so does its return',
    needs: ['cutNetwork'],
    async run(at: At) {
      const store = await at.open({});
      await store.nowMs();
      const heal = await until(at, at.harness.cutNetwork?.bind(at.harness));
      equal((await at.within('health', store.health())).healthy, false);
      await fails(['unavailable', 'unknown_outcome'], at.within('a call', store.nowMs()));
      await heal();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      ok((await store.nowMs()) > 0);
    },
  },
  {
    id: 'CS-43',
    title: 'a transaction whose server dies before the commit is unavailable, and nothing of it is there',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const store = await at.open({});
      const email = `${unique('half')}@example.org`;
      let back = (): Promise<void> => Promise.resolve();
      await failsWith('unavailable', 'the transaction', () =>
        store.transaction(async (inner) => {
          await user(inner, email);
          back = await gone(at);
          await inner.users.findByEmail(email);
        }),
      );
      await back();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      equal(await store.users.findByEmail(email), null);
    },
  },
  {
    id: 'CS-44',
    title: 'a commit whose answer was lost is unknown_outcome: in truth it happened or it did not',
    needs: ['freezeBroker', 'cutNetwork'],
    async run(at: At) {
      const store = await at.open({});
      const email = `${unique('perhaps')}@example.org`;
      const done = latch();
      let thaw = (): Promise<void> => Promise.resolve();
      const committing = store.transaction(async (inner) => {
        await user(inner, email);
        thaw = await until(at, at.harness.freezeBroker?.bind(at.harness));
        done.open();
      });
      committing.catch(() => undefined); // looked at below
      await done.opened;
      // What follows the work is the commit: two turns later it is with the server, which is frozen.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      const heal = await until(at, at.harness.cutNetwork?.bind(at.harness));
      await failsWith('unknown_outcome', 'the commit', () => at.within('the commit', committing));
      await thaw();
      await heal();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      const found = await store.users.findByEmail(email);
      ok(found === null || found.email === email);
    },
  },
  {
    id: 'CS-45',
    title: 'a server that answers no more holds nobody for ever: calls end, health says so within two seconds, close ends',
    needs: ['freezeBroker'],
    async run(at: At) {
      const store = await at.open({ giveUpAfterMs: 1_000 });
      const other = await at.open({ giveUpAfterMs: 1_000 });
      await other.nowMs();
      const thaw = await until(at, at.harness.freezeBroker?.bind(at.harness));
      const began = performance.now();
      const sick = await at.within('health', store.health());
      equal(sick.healthy, false);
      ok(performance.now() - began < 2_500, 'health took longer than two seconds');
      const calls = Array.from({ length: 20 }, () => fails(['unavailable', 'unknown_outcome'], store.nowMs()));
      await at.within('calls on a frozen server', Promise.all(calls));
      await at.within('close on a frozen server', other.close(AbortSignal.abort()));
      await thaw();
      await at.eventually('health is good', async () => (await store.health()).healthy);
      ok((await store.nowMs()) > 0);
    },
  },
  {
    id: 'CS-46',
    title: 'a password that is refused is a matter of configuration, and in no message',
    needs: ['withWrongPassword'],
    async run(at: At) {
      await at.open({});
      const store = await at.harness.withWrongPassword?.(at.place);
      at.cleanup(() => store?.close());
      const error = await failsWith('configuration', 'start', () => store?.start());
      ok(!JSON.stringify([error.message, String(error.cause), error.details]).includes('wrong-password'), 'the password is in the error');
    },
  },
  {
    id: 'CS-47',
    title: 'a database that is not there is a matter of configuration, and named',
    needs: ['withoutDatabase'],
    async run(at: At) {
      const wrong = await at.harness.withoutDatabase?.();
      at.cleanup(() => wrong?.store.close());
      const error = await failsWith('configuration', 'start', () => wrong?.store.start());
      ok(error.message.includes(wrong?.names ?? ''), error.message);
    },
  },
  {
    id: 'CS-48',
    title: 'a start at an address where nobody listens is unavailable and names it; start may be called again',
    needs: ['unreachable'],
    async run(at: At) {
      const wrong = await at.harness.unreachable?.();
      at.cleanup(() => wrong?.store.close());
      for (let n = 0; n < 2; n += 1) {
        const error = await failsWith('unavailable', 'start', () => wrong?.store.start());
        ok(error.message.includes(wrong?.names ?? ''), error.message);
      }
    },
  },
];
