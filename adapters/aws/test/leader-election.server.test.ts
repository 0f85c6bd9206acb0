import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { eventually, failsWith, testContext, within } from '@cave/conformance';
import { pause, type Clock, type LeaderElection } from '@cave/core';
import { CutProxy, describeOnServer } from '@cave/test-servers';
import { expect } from 'chai';
import { elected, elections, heldFor, lost, orderOf, PATIENCE_MS } from './support/elections.js';
import { control, cuttable, electionOptions, itemOf, LEASE_MS, removeTable, withClient } from './support/leader-election.js';
import { complaints, recordingContext } from './support/recording.js';

const TABLE = 'leases';
const YEAR_MS = 365 * 86_400_000;

/** A clock that is wrong about the date, began to count at another time, and goes at another speed. */
const skewed = (aheadMs: number, speed: number): Clock => ({ nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() * speed + Math.abs(aheadMs) });

describeOnServer('dynamodb', 'DynamoDB leader election: holders, candidates and a table that fails', (server) => {
  const open = elections();

  it('clocks years apart and at different speeds: an office is kept over many leases, and succeeded in order', async () => {
    const holder = await open(electionOptions(cuttable(server()).url, TABLE), testContext(skewed(-10 * YEAR_MS, 1)));
    const first = await elected(holder.campaign('skewed', 'a'));
    const ahead = await open(electionOptions(server().url, TABLE), testContext(skewed(10 * YEAR_MS, 1.03)));
    const behind = await open(electionOptions(server().url, TABLE), testContext(skewed(YEAR_MS, 0.97)));
    const withdrawn = new AbortController();
    const others = [ahead, behind].map((election) => election.campaign('skewed', 'b', withdrawn.signal));
    const order = orderOf(first, Promise.any(others));
    expect(await heldFor(first, 3 * LEASE_MS)).to.equal(true);
    const heal = await cuttable(server()).cut();
    try {
      const next = await elected(Promise.any(others));
      expect(order).to.deep.equal(['lost', 'elected']);
      expect(await heldFor(next, LEASE_MS)).to.equal(true);
    } finally {
      withdrawn.abort();
      await heal();
      await Promise.allSettled(others);
    }
  });

  it('a holder whose process stands still for longer than the lease finds out as soon as it runs again', async () => {
    const options = electionOptions(server().url, TABLE);
    const script = fileURLToPath(new URL('./support/candidate.js', import.meta.url));
    const holder = fork(script, [JSON.stringify(options), 'frozen'], { execArgv: [] });
    try {
      const [first] = (await within('the first election', PATIENCE_MS, once(holder, 'message'))) as [unknown];
      expect(first).to.equal('elected');
      holder.kill('SIGSTOP');
      const next = await elected((await open(options)).campaign('frozen', 'next'));
      const told = once(holder, 'message');
      holder.kill('SIGCONT');
      expect(await within('lost', PATIENCE_MS, told)).to.include('lost');
      expect(await heldFor(next, LEASE_MS)).to.equal(true);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('whoever waits counts the lease that the holder has, not its own', async () => {
    const first = await elected((await open(electionOptions(cuttable(server()).url, TABLE, { 'lease-ms': 4_000 }))).campaign('longer', 'a'));
    const second = (await open(electionOptions(server().url, TABLE, { 'lease-ms': 1_000 }))).campaign('longer', 'b');
    const order = orderOf(first, second);
    const heal = await cuttable(server()).cut();
    try {
      await elected(second);
      expect(order).to.deep.equal(['lost', 'elected']);
    } finally {
      await heal();
    }
  });

  it('who resigns frees the item, and the next one is elected when it looks next', async () => {
    const [one, two] = [await open(electionOptions(server().url, TABLE)), await open(electionOptions(server().url, TABLE, { 'lease-ms': 60_000 }))];
    const first = await elected(one.campaign('handover', 'a'));
    const held = await itemOf(server(), TABLE, 'handover');
    expect(held?.['holder']?.S).to.equal('a (instance test)');
    expect(held?.['leaseMs']?.N).to.equal(String(LEASE_MS));
    await first.resign();
    const freed = await itemOf(server(), TABLE, 'handover');
    expect(Object.keys(freed ?? {}).sort()).to.deep.equal(['counter', 'office']);
    expect(Number(freed?.['counter']?.N)).to.be.above(Number(held?.['counter']?.N));
    // Sooner than any lease: it is long.
    await elected(two.campaign('handover', 'b'));
  });

  it('a table that cannot be reached: the holder steps down within the lease, each thing is said once, and the office is held again afterwards', async () => {
    const { context, lines } = recordingContext();
    const election = await open(electionOptions(server().url, TABLE), context);
    const first = await elected(election.campaign('unreachable', 'a'));
    await control(server()).freeze();
    let next;
    try {
      const from = performance.now();
      await lost(first);
      expect(performance.now() - from).to.be.below(LEASE_MS);
      next = election.campaign('unreachable', 'a');
      const health = await within('health', 2_000, election.health());
      expect(health.healthy).to.equal(false);
      expect(health.detail).to.include(TABLE);
      await eventually('the candidate says so', PATIENCE_MS, () => complaints(lines).includes('lease_table_unreachable'));
    } finally {
      await control(server()).thaw();
    }
    await elected(next);
    await eventually('it is healthy again', PATIENCE_MS, async () => (await election.health()).healthy);
    expect(complaints(lines)).to.deep.equal(['office_extension_failed', 'office_lease_lost', 'lease_table_unreachable']);
    expect(lines.filter(({ event }) => event === 'lease_table_answers')).to.have.length(1);
  });

  it('answers lost for longer than a lease: the holder steps down although its extensions arrive, and nobody else was elected before', async () => {
    const first = await elected((await open(electionOptions(cuttable(server()).url, TABLE))).campaign('unheard', 'a'));
    const second = (await open(electionOptions(server().url, TABLE))).campaign('unheard', 'b');
    const order = orderOf(first, second);
    const before = Number((await itemOf(server(), TABLE, 'unheard'))?.['counter']?.N);
    const answers = await cuttable(server()).loseAnswers();
    try {
      await lost(first);
      expect(Number((await itemOf(server(), TABLE, 'unheard'))?.['counter']?.N)).to.be.above(before);
      await elected(second);
      expect(order).to.deep.equal(['lost', 'elected']);
    } finally {
      await answers();
    }
  });

  it('a table deleted under holder and candidate: made again, said in one line, and the office is succeeded in order', async () => {
    const { context, lines } = recordingContext();
    const first = await elected((await open(electionOptions(server().url, 'deleted'))).campaign('office', 'a'));
    const election = await open(electionOptions(server().url, 'deleted'), context);
    const second = election.campaign('office', 'b');
    const order = orderOf(first, second);
    await removeTable(server(), 'deleted');
    await elected(second);
    expect(order).to.deep.equal(['lost', 'elected']);
    expect(complaints(lines)).to.deep.equal(['lease_table_made_again']);
    expect(await election.health()).to.deep.equal({ healthy: true });
  });

  it('a table deleted and made again by others, unseen: a candidate that knew the holder waits for its lease all the same', async () => {
    const first = await elected((await open(electionOptions(server().url, 'emptied'))).campaign('office', 'a'));
    const second = (await open(electionOptions(server().url, 'emptied', { 'poll-interval-ms': 400 }))).campaign('office', 'b');
    const order = orderOf(first, second);
    await removeTable(server(), 'emptied');
    await open(electionOptions(server().url, 'emptied'));
    await elected(second);
    expect(order).to.deep.equal(['lost', 'elected']);
  });

  it('a table of other things is refused by name', async () => {
    const election = await open(electionOptions(server().url, 'checked'));
    await withClient(server(), (client) => client.send(new UpdateItemCommand({ TableName: 'checked', Key: { office: { S: 'foreign' } }, UpdateExpression: 'SET x = :x', ExpressionAttributeValues: { ':x': { S: 'y' } } })));
    const error = await failsWith('configuration', 'an office whose item is no lease', () => election.campaign('foreign', 'a'));
    expect(error.message).to.include('"foreign"').and.to.include('"checked"').and.to.include('leader-election.table');
  });

  it('six candidates whose networks are cut and healed at random: never two of them hold the office', async () => {
    const { hostname: host, port } = new URL(server().url);
    const proxies = await Promise.all(Array.from({ length: 6 }, () => CutProxy.start({ host, port: Number(port) })));
    const stop = new AbortController();
    const holders = new Set<number>();
    const history: string[] = [];
    let [won, most] = [0, 0];
    const candidate = async (election: LeaderElection, number: number): Promise<void> => {
      while (!stop.signal.aborted) {
        const tenure = await election.campaign('chaos', String(number), stop.signal).catch(() => null);
        if (tenure === null) return; // the time is over
        holders.add(number);
        history.push(`${String(number)} elected`);
        most = Math.max(most, holders.size);
        won += 1;
        tenure.lost.addEventListener('abort', () => {
          holders.delete(number);
          history.push(`${String(number)} lost`);
        });
        // Some resign, some hold on until they are cut off.
        await pause(Math.random() * LEASE_MS, AbortSignal.any([tenure.lost, stop.signal]));
        await tenure.resign();
      }
    };
    try {
      const running = await Promise.all(proxies.map((proxy, number) => open(electionOptions(`http://127.0.0.1:${proxy.port}`, TABLE), testContext(skewed(number * YEAR_MS, 0.98 + number / 100)))));
      const candidates = running.map((election, number) => candidate(election, number));
      const until = performance.now() + 6 * LEASE_MS;
      while (performance.now() < until) {
        const proxy = proxies[Math.floor(Math.random() * proxies.length)];
        const heal = Math.random() < 0.5 ? await proxy?.cut() : await proxy?.loseAnswers();
        await pause(Math.random() * 0.75 * LEASE_MS, stop.signal);
        await heal?.();
      }
      stop.abort();
      await within('the candidates end', PATIENCE_MS, Promise.all(candidates));
      expect(most).to.equal(1, history.join(', '));
      expect(won).to.be.above(4);
    } finally {
      stop.abort();
      for (const proxy of proxies) await proxy.close();
    }
  });
});
