import { configBusKit, leaderElectionKit, runKit, withDefect, workQueueKit, type KitReport } from '@cave/conformance';
import type { ConfigBus, LeaderElection, Tenure, WorkQueue } from '@cave/core';
import { describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { configBusHarness, leaderElectionHarness, workQueueHarness } from './harnesses.js';
import { control, IS_OURS } from './support/server.js';

const PATIENCE_MS = 4_000;

const silent = (tenure: Tenure): Tenure => ({ office: tenure.office, lost: new AbortController().signal, resign: () => tenure.resign() });
const deaf = (election: LeaderElection): Partial<LeaderElection> => ({ campaign: async (...all) => silent(await election.campaign(...all)) });
const mute = (bus: ConfigBus): Partial<ConfigBus> => ({ subscribe: (subscriber, signal) => bus.subscribe({ onMessage: (one) => subscriber.onMessage(one), onResync: () => undefined }, signal) });

/** Once a call failed, every later one fails without a turn of the event loop. */
function hasty(queue: WorkQueue): Partial<WorkQueue> {
  let broken = false;
  const once = async <T>(call: () => Promise<T>): Promise<T> => {
    if (broken) throw new Error('The broker is away.');
    return call().catch((error: unknown) => {
      broken = true;
      throw error;
    });
  };
  return { receive: (...all) => once(() => queue.receive(...all)), publish: (...all) => once(() => queue.publish(...all)), depth: () => once(() => queue.depth()) };
}

/** Defects that only a real server or another process can show, by the case that must see them: each breaks one thing of a sound driver. */
const ELECTION: readonly [id: string, what: string, defect: (election: LeaderElection) => Partial<LeaderElection>][] = [
  ['LE-15', 'never fires lost', deaf],
  ['LE-20', 'waits for no lease', (election) => ({ campaign: (office, candidate, signal) => election.campaign(`${office}-${candidate}`, candidate, signal) })],
  ['LE-21', 'never fires lost', deaf],
];
const BUS: readonly [id: string, what: string, defect: (bus: ConfigBus) => Partial<ConfigBus>][] = [
  ['CB-21', 'forgets to say resync', mute],
  ['CB-23', 'forgets to say resync', mute],
];
const QUEUE: readonly [id: string, what: string, defect: (queue: WorkQueue) => Partial<WorkQueue>][] = [
  ['WQ-22', 'counts every delivery as the first', (queue) => ({ receive: async (...all) => (await queue.receive(...all)).map((job) => ({ ...job, attempt: 1 })) })],
  ['WQ-37', 'says accepted where nobody answered', (queue) => ({ publish: async (...all) => (await queue.publish(...all)).map(() => ({ status: 'accepted' as const })) })],
  ['WQ-70', 'fails without letting anything else run', hasty],
];

describeOnServer('redis', 'the kits see what is broken on a real server', (server) => {
  if (!IS_OURS) {
    it('all cases [not proven: the server that the environment names is not ours to kill]');
    return;
  }
  afterEach(() => control(server()).start()); // a case that failed has left the server as it was
  const fails = (id: string, what: string, run: () => Promise<KitReport>): void => {
    it(`${id} fails an adapter that ${what}`, async () => {
      const { cases } = await run();
      expect(cases.map(({ status }) => status)).to.deep.equal(['failed']);
    });
  };
  const [election, bus, queue] = [leaderElectionHarness(server), configBusHarness(server), workQueueHarness(server)];
  for (const [id, what, defect] of ELECTION) {
    fails(id, what, () => runKit(leaderElectionKit, { ...election, patienceMs: PATIENCE_MS, create: async (...all) => broken(await election.create(...all), defect) }, [id]));
  }
  for (const [id, what, defect] of BUS) {
    fails(id, what, () => runKit(configBusKit, { ...bus, patienceMs: PATIENCE_MS, create: async (...all) => broken(await bus.create(...all), defect) }, [id]));
  }
  for (const [id, what, defect] of QUEUE) {
    fails(id, what, () => runKit(workQueueKit, { ...queue, patienceMs: PATIENCE_MS, create: async (...all) => broken(await queue.create(...all), defect) }, [id]));
  }
});

function broken<D extends object>(driver: D, defect: (driver: D) => Partial<D>): D {
  return withDefect(driver, defect(driver));
}
