import { expect } from 'chai';
import { CaveError, NumberBlocks, Publisher, TenantQuota, buildPointBatch, decodePointRecord, type NumberRepository, type UnnumberedPoints } from '../../src/index.js';
import { MemoryStream } from './doubles/memory-stream.js';
import { KeptTelemetry, TestClock } from './doubles/quiet.js';

class Numbers implements NumberRepository {
  next = 0;
  calls = 0;
  failure: CaveError | null = null;
  async reserve(size: number): Promise<number> {
    this.calls += 1;
    if (this.failure !== null) throw this.failure;
    const first = this.next;
    this.next += size;
    return first;
  }
}

const DOWN = new CaveError('unavailable', 'down');

async function failure(work: Promise<unknown>): Promise<CaveError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CaveError) return error;
    throw error;
  }
  throw new Error('It succeeded.');
}

function points(count: number, series = 1): UnnumberedPoints {
  const input = Array.from({ length: count }, (_, i) => ({ name: `m${i % series}`, timestamp: 1_000, value: i, tags: { host: 'a' } }));
  const result = buildPointBatch(input, { database: 'd', cluster: null, identity: { kind: 'numbered', firstNumber: 0 }, bounds: { oldest: 0, newest: 2_000 } });
  if (!result.ok) throw new Error('bad points');
  return result.batch;
}

describe('NumberBlocks', () => {
  it('never hands out a number twice, whoever asks at once', async () => {
    const numbers = new Numbers();
    const one = new NumberBlocks(numbers, { blockSize: 100 });
    const other = new NumberBlocks(numbers, { blockSize: 100 });
    const firsts = await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? one : other).take(7)));
    const all = firsts.flatMap((first) => Array.from({ length: 7 }, (_, i) => first + i));
    expect(new Set(all).size).to.equal(1_400);
  });

  it('fetches the next block ahead, so that a short outage of the config store is not felt', async () => {
    const numbers = new Numbers();
    const blocks = new NumberBlocks(numbers, { blockSize: 100, prefetchBelow: 0.5 });
    await blocks.take(60);
    expect(numbers.calls).to.equal(2);
    numbers.failure = DOWN;
    await blocks.take(40);
    expect(await blocks.take(100)).to.equal(100);
    expect((await failure(blocks.take(1))).code).to.equal('unavailable');
    numbers.failure = null;
    expect(await blocks.take(1)).to.equal(200);
  });

  it('refuses more than a block holds', async () => {
    expect((await failure(new NumberBlocks(new Numbers(), { blockSize: 10 }).take(11))).code).to.equal('too_large');
  });
});

describe('Publisher', () => {
  function setup(spread = 1, quota: { pointsPerSecond: number; burstPoints: number } | null = null) {
    const stream = new MemoryStream();
    const clock = new TestClock();
    const publisher = new Publisher(
      { stream, numbers: new NumberBlocks(new Numbers()), clock, telemetry: new KeptTelemetry(), quota: quota === null ? null : new TenantQuota(quota, clock) },
      { spread },
    );
    return { stream, publisher, clock };
  }
  const decoded = (stream: MemoryStream) => stream.log.map(({ body }) => decodePointRecord(body).points);

  it('makes one record of a request, keyed by its database', async () => {
    const { stream, publisher } = setup();
    await publisher.publish(points(10));
    expect(stream.log.map(({ key }) => key)).to.deep.equal(['d']);
    expect(decoded(stream)[0]?.identity).to.deep.equal({ kind: 'numbered', firstNumber: 0 });
  });

  it('gives the same request sent twice different numbers', async () => {
    const { stream, publisher } = setup();
    await publisher.publish(points(10));
    await publisher.publish(points(10));
    expect(decoded(stream).map(({ identity }) => identity)).to.deep.equal([{ kind: 'numbered', firstNumber: 0 }, { kind: 'numbered', firstNumber: 10 }]);
  });

  it('cuts what is larger than a record, and each point keeps its own number', async () => {
    const { stream, publisher } = setup();
    await publisher.publish(points(1_000, 7));
    expect(stream.log.length).to.be.greaterThan(1);
    for (const { body } of stream.log) expect(body.byteLength).to.be.at.most(stream.capabilities.maxRecordBytes);
    const found = decoded(stream).flatMap((batch) => Array.from(batch.values, (value, i) => ({ value, number: (batch.identity as { firstNumber: number }).firstNumber + i, name: batch.series[batch.seriesIndex[i] ?? 0]?.name })));
    expect(found).to.deep.equal(Array.from({ length: 1_000 }, (_, i) => ({ value: i, number: i, name: `m${i % 7}` })));
  });

  it('keeps the points of a series under one key and in order, however it spreads', async () => {
    const { stream, publisher } = setup(4);
    await publisher.publish(points(100, 20));
    await publisher.publish(points(100, 20));
    const keys = new Map<string, Set<string>>();
    const values = new Map<string, number[]>();
    const numbers = new Set<number>();
    for (const { key, body } of stream.log) {
      const batch = decodePointRecord(body).points;
      batch.values.forEach((value, i) => {
        const name = batch.series[batch.seriesIndex[i] ?? 0]?.name ?? '';
        keys.set(name, (keys.get(name) ?? new Set()).add(key));
        values.set(name, [...(values.get(name) ?? []), value]);
        numbers.add((batch.identity as { firstNumber: number }).firstNumber + i);
      });
    }
    expect([...keys.values()].every((set) => set.size === 1)).to.equal(true);
    expect(new Set(stream.log.map(({ key }) => key)).size).to.be.greaterThan(1);
    expect(values.get('m3')).to.deep.equal([3, 23, 43, 63, 83, 3, 23, 43, 63, 83]);
    expect(numbers.size).to.equal(200);
  });

  it('tells "nothing was stored" from "unknown"', async () => {
    const { stream, publisher } = setup();
    const refusal = (code: 'resource_exhausted' | 'unavailable') => ({ status: 'not_appended', error: new CaveError(code, code) }) as const;
    stream.outcomes = [refusal('resource_exhausted')];
    const busy = await failure(publisher.publish(points(1)));
    expect([busy.code, busy.retryAfterMs]).to.deep.equal(['resource_exhausted', 1_000]);
    stream.outcomes = [refusal('unavailable')];
    expect((await failure(publisher.publish(points(1)))).code).to.equal('unavailable');
    stream.outcomes = [{ status: 'unknown', error: DOWN }];
    expect((await failure(publisher.publish(points(1)))).code).to.equal('unknown_outcome');
    // Two records: the second is appended, so "429, nothing was stored" would be a lie.
    stream.outcomes = [refusal('resource_exhausted')];
    expect((await failure(publisher.publish(points(300)))).code).to.equal('unknown_outcome');
  });

  it('appends nothing of an unknown outcome again', async () => {
    const { stream, publisher } = setup();
    stream.outcomes = [{ status: 'unknown', error: DOWN }];
    await failure(publisher.publish(points(1)));
    expect(stream.log).to.have.length(0);
  });

  it('pushes back when the stream is slower than what is published', async () => {
    const stream = new MemoryStream();
    let release: () => void = () => undefined;
    const append = stream.publish.bind(stream);
    stream.publish = async (records) => {
      await new Promise<void>((resolve) => (release = resolve));
      return append(records);
    };
    const publisher = new Publisher({ stream, numbers: new NumberBlocks(new Numbers()), clock: new TestClock(), telemetry: new KeptTelemetry(), quota: null }, { maxPendingBytes: 100 });
    const first = publisher.publish(points(10));
    await new Promise(setImmediate);
    expect((await failure(publisher.publish(points(1)))).reason).to.equal('stream_busy');
    release();
    await first;
    const second = publisher.publish(points(1));
    await new Promise(setImmediate);
    release();
    await second;
    expect(stream.log).to.have.length(2);
  });

  it('limits each database by itself and says when to come again', async () => {
    const { publisher, clock, stream } = setup(1, { pointsPerSecond: 10, burstPoints: 20 });
    await publisher.publish(points(20));
    const refused = await failure(publisher.publish(points(5)));
    expect(refused.reason).to.equal('quota');
    expect(refused.retryAfterMs).to.be.within(1, 500);
    await publisher.publish({ ...points(20), database: 'other' });
    clock.shiftMs += 500;
    await publisher.publish(points(5));
    expect(stream.log).to.have.length(3);
  });

  it('lets a request larger than the burst through when the bucket is full', async () => {
    const { publisher } = setup(1, { pointsPerSecond: 10, burstPoints: 20 });
    await publisher.publish(points(50));
    expect((await failure(publisher.publish(points(1)))).retryAfterMs).to.be.greaterThan(2_500);
  });
});
