import assert from 'node:assert/strict';
import type { LeaderElection, Tenure } from '@cave/core';
import type { Harness, TestFrame } from './harness.js';
import { declareKit, type Case, type CaseContext, type Kit } from './kit.js';
import { lifecycleCases } from './lifecycle.js';
import { failsWith } from './wait.js';

export type LeaderElectionSettings = object;
export type LeaderElectionHarness = Harness<LeaderElection, LeaderElectionSettings>;
/** Clocks of the kit and the lease's store may tell a lease apart by this much. */
const CLOCK_SLACK_MS = 5;

type At = CaseContext<LeaderElection, LeaderElectionSettings, LeaderElectionHarness>;

const cases: Case<LeaderElection, LeaderElectionSettings, LeaderElectionHarness>[] = [
  {
    id: 'LE-10',
    title: 'at most one of many candidates holds an office, and each gets its turn',
    async run(at: At) {
      const elections = [await at.open({}), await at.open({}), await at.open({})];
      let holding = 0;
      let most = 0;
      const candidates = Array.from({ length: 9 }, async (_, index) => {
        const tenure = await elections[index % 3]?.campaign(at.place, `candidate-${String(index)}`);
        most = Math.max(most, (holding += 1));
        await new Promise((resolve) => setImmediate(resolve));
        holding -= 1;
        await tenure?.resign();
      });
      await at.within('nine tenures', Promise.all(candidates));
      assert.equal(most, 1, 'two candidates held one office at once');
    },
  },
  {
    id: 'LE-11',
    title: 'offices do not hinder one another',
    async run(at: At) {
      const election = await at.open({});
      const first = await at.within('the first office', election.campaign(`${at.place}-a`, 'x'));
      const second = await at.within('the second office', election.campaign(`${at.place}-b`, 'x'));
      assert.deepEqual([first.office, second.office], [`${at.place}-a`, `${at.place}-b`]);
      assert.equal(first.lost.aborted, false);
    },
  },
  {
    id: 'LE-12',
    title: 'resigning hands over; lost fires before the next one is elected',
    async run(at: At) {
      const [one, two] = [await at.open({}), await at.open({})];
      const first = await one.campaign(at.place, 'a');
      const order: string[] = [];
      first.lost.addEventListener('abort', () => order.push('lost'));
      const second = two.campaign(at.place, 'b').then((tenure) => {
        order.push('elected');
        return tenure;
      });
      await Promise.all([first.resign(), first.resign()]);
      const tenure = await at.within('the next election', second);
      assert.deepEqual(order, ['lost', 'elected']);
      await first.resign();
      assert.equal(tenure.lost.aborted, false, "a repeated resign ended somebody else's tenure");
    },
  },
  {
    id: 'LE-13',
    title: 'a candidature that was withdrawn never wins',
    async run(at: At) {
      const election = await at.open({});
      const holder = await election.campaign(at.place, 'a');
      const control = new AbortController();
      const withdrawn = election.campaign(at.place, 'b', control.signal);
      control.abort();
      await failsWith('aborted', 'the withdrawn candidature', () => at.within('the withdrawn candidature', withdrawn));
      await holder.resign();
      await at.within('the next election', election.campaign(at.place, 'c'));
    },
  },
  {
    id: 'LE-14',
    title: 'closing ends the tenures and hands over',
    async run(at: At) {
      const [one, two] = [await at.open({}), await at.open({})];
      const first = await one.campaign(at.place, 'a');
      let next: Tenure | undefined;
      const second = two.campaign(at.place, 'b').then((tenure) => (next = tenure));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(next, undefined, 'two candidates held one office at once');
      await at.within('close', one.close());
      assert.equal(first.lost.aborted, true, 'lost did not fire on close');
      await at.within('the next election', second);
    },
  },
  {
    id: 'LE-15',
    title: 'cut off from the store, the holder steps down within the lease',
    needs: ['cutNetwork'],
    async run(at: At) {
      const election = await at.open({});
      const tenure = await election.campaign(at.place, 'a');
      const heal = await at.harness.cutNetwork?.();
      at.cleanup(() => heal?.());
      await at.eventually('lost fires', () => tenure.lost.aborted);
    },
  },
  {
    id: 'LE-20',
    title: 'a holder killed with SIGKILL is succeeded, and not before its lease is over',
    needs: ['spawnProcess'],
    async run(at: At) {
      const election = await at.open({});
      const remote = await at.harness.spawnProcess?.(at.place, {});
      assert.ok(remote);
      at.cleanup(() => remote.kill());
      const from = performance.now();
      await at.within('the first election', remote.driver.campaign(at.place, 'a'));
      const next = election.campaign(at.place, 'b');
      await remote.kill();
      const tenure = await at.within('the next election', next);
      const after = performance.now() - from;
      assert.ok(after >= election.capabilities.leaseMs - CLOCK_SLACK_MS, `elected ${Math.round(after)} ms after one that held a lease of ${election.capabilities.leaseMs} ms`);
      assert.equal(tenure.lost.aborted, false);
    },
  },
  {
    id: 'LE-21',
    title: 'the store is killed and restarted: an office goes on to be handed from one to the next',
    needs: ['killBroker', 'restartBroker'],
    async run(at: At) {
      const [one, two] = [await at.open({}), await at.open({})];
      const first = await one.campaign(at.place, 'a');
      let held = true;
      first.lost.addEventListener('abort', () => (held = false));
      let overlap = false;
      const second = two.campaign(at.place, 'b').then((tenure) => {
        overlap = held;
        return tenure;
      });
      await at.harness.killBroker?.();
      await at.harness.restartBroker?.();
      await first.resign();
      const tenure = await at.within('the next election', second);
      assert.equal(overlap, false, 'the next one was elected before lost fired');
      assert.equal(tenure.lost.aborted, false);
    },
  },
];

/** LE: what every leader election must do. */
export const leaderElectionKit: Kit<LeaderElection, LeaderElectionSettings, LeaderElectionHarness> = {
  port: 'leader-election',
  prefix: 'LE',
  cases: [
    ...lifecycleCases<LeaderElection, LeaderElectionSettings, LeaderElectionHarness>('LE', {
      settings: {},
      calls: [{ name: 'campaign', use: async (election) => (await election.campaign('lifecycle', 'a')).resign() }],
      blocks: async (election, signal) => {
        await election.campaign('blocked', 'a', signal);
        return election.campaign('blocked', 'b', signal);
      },
    }),
    ...cases,
  ],
};

export function runLeaderElectionConformance(frame: TestFrame, harness: LeaderElectionHarness): void {
  declareKit(frame, leaderElectionKit, harness);
}
