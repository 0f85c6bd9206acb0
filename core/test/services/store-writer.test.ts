import { expect } from 'chai';
import { CaveError, decodePointRecord } from '../../src/index.js';
import { MemoryStore } from './doubles/memory-store.js';
import { eventually } from './doubles/quiet.js';
import { WriterBench, record } from './doubles/writer-bench.js';

describe('StoreWriter', () => {
  let bench: WriterBench;
  beforeEach(() => {
    bench = new WriterBench();
  });
  afterEach(async () => {
    await bench.stop();
  });

  it('stores what is in the stream, then makes its checkpoint', async () => {
    await bench.append([1, 2]);
    await bench.append([3]);
    await bench.start();
    await bench.stored(1, 2, 3);
    await bench.checkpoint(2n);
    await bench.append([4]);
    await bench.stored(1, 2, 3, 4);
  });

  it('counts two points of one series in one second as two, and a redelivered record once', async () => {
    await bench.append([7, 7]);
    const first = await bench.start();
    await bench.stored(7, 7);
    await first.stop(AbortSignal.timeout(1_000));
    bench.stream.checkpointAt = null;
    await bench.append([8]);
    await bench.start();
    await bench.stored(7, 7, 8);
    expect(bench.telemetry.counters.get('cave_dbwriter_records_repeated_total')).to.equal(1);
  });

  it('makes no checkpoint while the store takes nothing, loses nothing, and recovers', async () => {
    let down = true;
    bench.store.beforeWrite = () => {
      if (down) throw new CaveError('unavailable', 'The store is away.');
    };
    await bench.append([1]);
    const writer = await bench.start();
    await eventually('unhealthy', () => !writer.health().healthy);
    await bench.append([2]);
    expect(writer.health().detail).to.include('The store is away.');
    expect(bench.stream.checkpointAt).to.equal(null);
    down = false;
    await bench.stored(1, 2);
    await bench.checkpoint(2n);
    expect(writer.health()).to.deep.equal({ healthy: true });
    expect(bench.log.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('repeats a write of unknown outcome, which the store recognises', async () => {
    let failures = 1;
    const store = bench.store;
    const write = store.write.bind(store);
    store.write = async (batches) => {
      const results = await write(batches);
      if (failures-- > 0) throw new CaveError('unknown_outcome', 'The answer was lost.');
      return results;
    };
    await bench.append([1, 2]);
    await bench.start();
    await bench.checkpoint(1n);
    expect(bench.values()).to.deep.equal([1, 2]);
  });

  it('puts a record that cannot be read aside and goes on', async () => {
    await bench.append([1]);
    await bench.stream.publish([{ key: 'd', body: Buffer.from('garbage') }]);
    await bench.append([2]);
    await bench.start();
    await bench.stored(1, 2);
    await bench.checkpoint(3n);
    expect(bench.stream.dead.map(({ offset }) => offset)).to.deep.equal([1n]);
    expect(bench.stream.dead[0]?.reason).to.include('undecodable');
  });

  it('passes the mark over a last record that went to no store, so that a restart does not fail', async () => {
    await bench.append([1]);
    await bench.stream.publish([{ key: 'd', body: Buffer.from('garbage') }]);
    const first = await bench.start();
    await bench.checkpoint(2n);
    await first.stop(AbortSignal.timeout(1_000));
    bench.stream.trim(2n);
    const second = await bench.start();
    await bench.append([2]);
    await bench.stored(1, 2);
    expect(second.health()).to.deep.equal({ healthy: true });
  });

  it('puts refused points aside with index and reason and stores the rest', async () => {
    bench.store.refuse = (value) => (value < 0 ? 'too_old' : null);
    await bench.append([1, -1, -2, 2, -3]);
    await bench.start();
    await bench.stored(1, 2);
    await bench.checkpoint(1n);
    expect(bench.stream.dead.map(({ reason }) => reason)).to.deep.equal(['too_old: points 1-2, 4 (3)']);
    expect(decodePointRecord(bench.stream.dead[0]?.body ?? Buffer.alloc(0)).points.identity).to.deep.equal({ kind: 'numbered', firstNumber: 0 });
    expect(bench.telemetry.counters.get('cave_dbwriter_points_refused_total')).to.equal(3);
  });

  it('bisects a write that is refused as a whole: only the bad record goes aside', async () => {
    bench.store.beforeWrite = (batches) => {
      if (batches.some(({ points }) => points.values.includes(666))) throw new CaveError('invalid_argument', 'The store cannot take this.');
    };
    await bench.append([1]);
    await bench.append([666]);
    await bench.append([3]);
    await bench.start();
    await bench.stored(1, 3);
    await bench.checkpoint(3n);
    expect(bench.stream.dead.map(({ offset, reason }) => [offset, reason])).to.deep.equal([[1n, 'The store cannot take this.']]);
  });

  it('bisects down to the point in a store without marks', async () => {
    bench = new WriterBench(new MemoryStore(false));
    bench.store.beforeWrite = (batches) => {
      if (batches.some(({ points }) => points.values.includes(666))) throw new CaveError('invalid_argument', 'A bad point.');
    };
    await bench.append([1, 2, 666, 4, 5]);
    await bench.start();
    await bench.checkpoint(1n);
    expect(bench.values().sort()).to.deep.equal([1, 2, 4, 5]);
    expect(bench.store.points.map(({ number }) => number).sort()).to.deep.equal([0, 1, 3, 4]);
    expect(bench.stream.dead.map(({ reason }) => reason)).to.deep.equal(['A bad point.: points 2 (1)']);
  });

  it('says "stored up to" of a drained partition as of the poll, and stands still while the store is stalled', async () => {
    await bench.append([1], { appendedAtMs: Date.now() });
    await bench.start();
    await eventually('current', () => bench.upTo() > Date.now() - 200);
    let release: () => void = () => undefined;
    bench.store.beforeWrite = () => new Promise<void>((resolve) => (release = resolve));
    const appendedAtMs = Date.now();
    await bench.append([2], { appendedAtMs });
    await eventually('the write is under way', () => bench.store.writes.some((batches) => batches.some(({ points }) => points.values[0] === 2)));
    await bench.append([3]);
    const reports = bench.store.reports;
    await eventually('several reports', () => bench.store.reports > reports + 3);
    expect(bench.upTo()).to.be.at.most(appendedAtMs);
    const releasedAtMs = Date.now();
    bench.store.beforeWrite = () => undefined;
    release();
    await eventually('current again', () => bench.upTo() >= releasedAtMs);
    await bench.stored(1, 2, 3);
  });

  it('says it as of the moment that a stream names, and hears of idle partitions one after the other without a wait', async () => {
    const waits: number[] = [];
    const consume = bench.stream.consume.bind(bench.stream);
    bench.stream.consume = async (options) =>
      Object.assign(await consume(options), {
        assignment: () => ['0', '1', '2'],
        poll: async (waitMs: number) => {
          waits.push(waitMs);
          if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
          const partition = (waits.length - 1) % 3;
          return { incarnation: 'first', partition: String(partition), records: [], drained: true, drainedAtMs: 1_000 + partition };
        },
      });
    await bench.start();
    await eventually('all are told', async () => (await bench.store.storedUpTo()).length === 3);
    await eventually('two rounds of polls', () => waits.length >= 8);
    expect((await bench.store.storedUpTo()).map(({ partition, timeMs }) => [partition, timeMs]).sort()).to.deep.equal([['0', 1_000], ['1', 1_001], ['2', 1_002]]);
    const [waited = 0] = waits;
    expect(waited).to.be.greaterThan(0);
    expect(waits.slice(0, 8)).to.deep.equal([waited, 0, 0, 0, waited, 0, 0, 0]);
  });

  it('waits again once it holds nothing, also where it had heard of idle partitions', async () => {
    const waits: number[] = [];
    const consume = bench.stream.consume.bind(bench.stream);
    bench.stream.consume = async (options) =>
      Object.assign(await consume(options), {
        assignment: () => [],
        poll: async (waitMs: number) => {
          waits.push(waitMs);
          if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
          // Idle at first; then others have it.
          return waits.length > 1 ? null : { incarnation: 'first', partition: '0', records: [], drained: true, drainedAtMs: 1_000 };
        },
      });
    await bench.start();
    await eventually('several polls', () => waits.length >= 4);
    const [waited] = waits;
    expect(waits.slice(0, 4)).to.deep.equal([waited, 0, waited, waited]);
  });

  it('starts although the stream cannot be joined just now, says so, and joins later; what will not pass is thrown', async () => {
    const consume = bench.stream.consume.bind(bench.stream);
    let tries = 0;
    bench.stream.consume = (options) => (++tries <= 2 ? Promise.reject(new CaveError('unavailable', 'The lease table does not answer.')) : consume(options));
    await bench.append([1]);
    const writer = await bench.start();
    expect(writer.health()).to.deep.include({ healthy: false }).and.have.property('detail').that.includes('The lease table does not answer.');
    await bench.stored(1);
    await eventually('well', () => writer.health().healthy);
    bench.stream.consume = () => Promise.reject(new CaveError('forbidden', 'The policy does not allow it.'));
    expect(await bench.start().then(() => null, (error: unknown) => (error as CaveError).code)).to.equal('forbidden');
  });

  it('reads again what a store that was put back to an older copy lacks', async () => {
    await bench.append([1]);
    await bench.append([2]);
    await bench.append([3]);
    bench.stream.checkpointAt = 3n;
    bench.store.marks.set('first/0', 0n);
    await bench.start();
    await bench.stored(2, 3);
  });

  it('fails loudly when what the store lacks was trimmed', async () => {
    await bench.append([1]);
    await bench.append([2]);
    await bench.append([3]);
    bench.stream.checkpointAt = 3n;
    bench.store.marks.set('first/0', 0n);
    bench.stream.trim(2n);
    const writer = await bench.start();
    await eventually('failed', () => !writer.health().healthy);
    expect(writer.health().detail).to.include('lacks records 1–2 of partition 0');
    expect(bench.log.lines).to.deep.include({ level: 'error', event: 'store_writer_stopped' });
    await bench.append([4]);
    expect(bench.values()).to.deep.equal([]);
  });

  it('takes a stream that began anew for another one, although offsets repeat', async () => {
    await bench.append([1]);
    const first = await bench.start();
    await bench.checkpoint(1n);
    await first.stop(AbortSignal.timeout(1_000));
    const anew = new WriterBench(bench.store);
    anew.stream.incarnationId = 'second';
    await anew.append([2]);
    await anew.start();
    await anew.stored(1, 2);
    await anew.writers[0]?.stop(AbortSignal.timeout(1_000));
  });

  it('puts records of a cluster that is not configured aside', async () => {
    await bench.append([1], { cluster: 'gone' });
    await bench.append([2]);
    await bench.start();
    await bench.stored(2);
    await bench.checkpoint(2n);
    expect(bench.stream.dead.map(({ reason }) => reason)).to.deep.equal(['cluster_not_configured: gone']);
  });

  it('reads no more than it may hold while the store is stalled', async () => {
    let down = true;
    bench.store.beforeWrite = () => {
      if (down) throw new CaveError('unavailable', 'The store is away.');
    };
    for (let i = 0; i < 200; i += 1) await bench.append([i]);
    const bytes = record(0, [0]).byteLength;
    const writer = await bench.start({ maxPendingBytes: bytes * 20, pollRecords: 10 });
    await eventually('unhealthy', () => !writer.health().healthy);
    expect(Number(writer.progress()[0]?.lastOffset)).to.be.lessThan(40);
    down = false;
    await bench.checkpoint(200n);
    expect(bench.values()).to.deep.equal(Array.from({ length: 200 }, (_, i) => i));
  });

  it('is unhealthy for good when a lane ends by a defect', async () => {
    bench.store.beforeWrite = (batches) => {
      if (batches.length === 1) throw new CaveError('invalid_argument', 'Not even a batch without points.');
    };
    await bench.append([1]);
    const writer = await bench.start();
    await eventually('unhealthy', () => !writer.health().healthy);
    expect(writer.health().detail).to.equal('Not even a batch without points.');
    expect(bench.log.lines).to.deep.include({ level: 'error', event: 'store_writer_stopped' });
    expect(bench.stream.checkpointAt).to.equal(null);
  });

  it('gathers many records into one write while another is under way', async () => {
    await bench.start({ gatherMs: 30 });
    await bench.append([-1]);
    await eventually('the first write', () => bench.store.writes.length === 1);
    for (let i = 0; i < 50; i += 1) await bench.append([i]);
    await bench.checkpoint(51n);
    expect(bench.store.writes.length).to.be.lessThan(10);
  });
});
