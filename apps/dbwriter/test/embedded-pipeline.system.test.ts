import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decodePointRecord } from '@cave/core';
import { Pipeline, eventually, pointsOf } from './support/pipeline.js';

const CHILD = fileURLToPath(new URL('./support/load-child.js', import.meta.url));

describe('the way of a point on the embedded adapters', function () {
  this.timeout(120_000);
  let directory: string;
  let pipeline: Pipeline | null = null;

  async function open(firstNumber = 0, partitions = 1, withFar = false): Promise<Pipeline> {
    pipeline = new Pipeline(directory, firstNumber, partitions, withFar);
    await pipeline.start();
    return pipeline;
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cave-dbwriter-'));
  });
  afterEach(async () => {
    await pipeline?.close();
    pipeline = null;
    await rm(directory, { recursive: true, force: true });
  });

  it('counts 100,000 points of one series in one second, and the same request sent twice twice', async () => {
    const { publisher } = await open();
    await pipeline?.startWriter();
    const many = Array.from({ length: 100_000 }, (_, i) => i);
    for (let i = 0; i < many.length; i += 10_000) await publisher.publish(pointsOf('d', many.slice(i, i + 10_000)));
    await publisher.publish(pointsOf('twice', [1, 2]));
    await publisher.publish(pointsOf('twice', [1, 2]));
    await pipeline?.drained();
    expect(await pipeline?.values('d')).to.deep.equal(many);
    expect(await pipeline?.values('twice')).to.deep.equal([1, 1, 2, 2]);
  });

  it('stores a record once that is delivered again, because its checkpoint was never made', async () => {
    const first = await open();
    await first.publisher.publish(pointsOf('d', [1, 2]));
    // Never reports within this test, and is left without its last checkpoint as by a crash.
    const writer = await first.startWriter({ reportMs: 600_000 });
    await eventually('stored', async () => (await first.store.mark(first.stream.incarnation(), '0')) !== null);
    await writer.stop(AbortSignal.abort());
    await first.close();
    const second = await open(1_000);
    expect((await second.stream.positions('dbwriter'))[0]?.checkpoint).to.equal(null);
    await second.startWriter();
    await second.publisher.publish(pointsOf('d', [3]));
    await second.drained();
    expect(await second.values('d')).to.deep.equal([1, 2, 3]);
  });

  it('takes a stream that begins anew at 0 for another one', async () => {
    const first = await open();
    await first.publisher.publish(pointsOf('d', [1]));
    await first.startWriter();
    await first.drained();
    const incarnation = first.stream.incarnation();
    await first.close();
    await rm(join(directory, 'stream'), { recursive: true });
    const second = await open(1_000);
    expect(second.stream.incarnation()).not.to.equal(incarnation);
    await second.publisher.publish(pointsOf('d', [2]));
    await second.startWriter();
    await second.drained();
    expect(await second.values('d')).to.deep.equal([1, 2]);
  });

  it('restarts after a last record that cannot be read', async () => {
    const first = await open();
    await first.publisher.publish(pointsOf('d', [1]));
    await first.stream.publish([{ key: 'd', body: Buffer.from('garbage') }]);
    await first.startWriter();
    await first.drained();
    expect((await first.stream.deadLetters(10)).map(({ offset }) => offset)).to.deep.equal([1n]);
    await first.close();
    const second = await open(1_000);
    const writer = await second.startWriter();
    await second.publisher.publish(pointsOf('d', [2]));
    await second.drained();
    expect(await second.values('d')).to.deep.equal([1, 2]);
    expect(writer.health()).to.deep.equal({ healthy: true });
  });

  it('puts points aside that the store refuses, with their record and place', async () => {
    const { publisher, stream } = await open();
    const points = pointsOf('d', [1, 2, 3]);
    points.times[1] = 1;
    await publisher.publish(points);
    await pipeline?.startWriter();
    await pipeline?.drained();
    expect(await pipeline?.values('d')).to.deep.equal([1, 3]);
    const [dead] = await stream.deadLetters(1);
    expect(dead?.reason).to.equal('too_old: points 1 (1)');
    expect([...decodePointRecord(dead?.body ?? Buffer.alloc(0)).points.values]).to.deep.equal([1, 2, 3]);
  });

  it('lets the points of a dropped database go nowhere, and goes on', async () => {
    const { publisher, store } = await open();
    await store.createDatabase('d');
    await store.dropDatabase('d');
    await publisher.publish(pointsOf('d', [1]));
    await publisher.publish(pointsOf('e', [2]));
    await pipeline?.startWriter();
    await pipeline?.drained();
    expect(await pipeline?.values('e')).to.deep.equal([2]);
    expect(await store.listMetrics('d')).to.deep.equal([]);
  });

  /** A process that publishes and stores until it has acknowledged that much, and is then killed; returns the first value of each acknowledged request. */
  async function killedUnderLoad(first: number, requests: number, ...far: readonly string[]): Promise<number[]> {
    const child = spawn(process.execPath, [CHILD, directory, String(first), ...far], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(Number(line));
      if (acknowledged.length === requests) child.kill('SIGKILL');
    }
    expect(acknowledged.length).to.be.at.least(requests);
    return acknowledged;
  }

  /** Each request whole and once, and of the acknowledged ones none missing. */
  function expectEach(values: readonly number[], acknowledged: readonly number[]): void {
    const stored = new Set(values);
    expect(stored.size).to.equal(values.length);
    const missing = acknowledged.filter((first) => Array.from({ length: 100 }, (_, i) => first + i).some((value) => !stored.has(value)));
    expect(missing).to.deep.equal([]);
    expect(values.length % 100).to.equal(0);
  }

  it('has every acknowledged point exactly once after SIGKILL at random moments under load', async () => {
    const acknowledged: number[] = [];
    const rounds = 6;
    for (let round = 0; round < rounds; round += 1) acknowledged.push(...(await killedUnderLoad(round * 10_000_000, 20 + Math.floor(Math.random() * 400))));
    const { store } = await open(rounds * 10_000_000);
    await pipeline?.startWriter();
    await pipeline?.drained();
    expectEach((await pipeline?.values('d')) ?? [], acknowledged);
    expect((await store.health()).healthy).to.equal(true);
  });

  it('has every acknowledged point of a cluster that was away exactly once when it is back, over SIGKILLs in between', async () => {
    const acknowledged: number[] = [];
    const rounds = ['back', 'away', 'away', 'back', 'away'];
    for (const [round, far] of rounds.entries()) acknowledged.push(...(await killedUnderLoad(round * 10_000_000, 20 + Math.floor(Math.random() * 200), far)));
    const opened = await open(rounds.length * 10_000_000, 1, true);
    const far = opened.far ?? opened.store;
    opened.farAway = true;
    await opened.startWriter();
    await opened.drained();
    const isFar = (first: number): boolean => (first / 100) % 2 === 1;
    expectEach(await opened.values('d'), acknowledged.filter((first) => !isFar(first)));
    const before = (await far.storedUpTo()).map(({ timeMs }) => timeMs);
    await opened.publisher.publish(pointsOf('d', [-1], 'far'));
    await opened.publisher.publish(pointsOf('d', [-2]));
    await opened.drained();
    expect((await far.storedUpTo()).map(({ timeMs }) => timeMs)).to.deep.equal(before);
    opened.farAway = false;
    await opened.drained(far);
    const [last, ...values] = await opened.values('d', far);
    expect(last).to.equal(-1);
    expectEach(values, acknowledged.filter(isFar));
    expect(await opened.stream.deadLetters(1)).to.deep.equal([]);
  });
});
