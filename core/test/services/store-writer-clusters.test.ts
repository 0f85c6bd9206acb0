import { expect } from 'chai';
import { CaveError, type StoreWriter } from '../../src/index.js';
import { MemoryStore } from './doubles/memory-store.js';
import { eventually } from './doubles/quiet.js';
import { WriterBench, record } from './doubles/writer-bench.js';

const OTHER = { cluster: 'other' };

/** A store that can be away. */
class FarStore extends MemoryStore {
  away = true;
  readonly #told = new CaveError('unavailable', 'The cluster is away.');

  constructor(keepsMarks = true) {
    super(keepsMarks);
    this.beforeWrite = () => this.#answer();
  }
  override async mark(incarnation: string, partition: string): Promise<bigint | null> {
    this.#answer();
    return super.mark(incarnation, partition);
  }
  override async setStoredUpTo(marks: Parameters<MemoryStore['setStoredUpTo']>[0]): Promise<void> {
    this.#answer();
    return super.setStoredUpTo(marks);
  }
  #answer(): void {
    if (this.away) throw this.#told;
  }
  values(): number[] {
    return this.points.map(({ value }) => value);
  }
}

for (const keepsMarks of [true, false]) {
  describe(`StoreWriter with a cluster that is away and ${keepsMarks ? 'keeps marks' : 'knows points by their numbers'}`, () => {
    let other: FarStore;
    let bench: WriterBench;

    beforeEach(() => {
      other = new FarStore(keepsMarks);
      bench = new WriterBench(new MemoryStore(), new Map([['other', other]]));
    });
    afterEach(() => bench.stop());

    async function back(...values: readonly number[]): Promise<void> {
      other.away = false;
      await eventually(`the cluster has ${values.join(', ')}`, () => other.values().length >= values.length);
      expect(other.values()).to.deep.equal(values);
    }

    /** Gone without a last checkpoint. */
    async function crash(writer: StoreWriter | undefined): Promise<void> {
      await writer?.stop(AbortSignal.abort());
    }

    it('stores the others meanwhile, and its own once it is back, in order and once', async () => {
      await bench.append([1], OTHER);
      await bench.append([2]);
      await bench.append([3], OTHER);
      await bench.append([4]);
      const writer = await bench.start();
      await bench.stored(2, 4);
      await bench.checkpoint(4n);
      await eventually('said to be sick', () => !writer.health().healthy);
      expect(writer.health().detail).to.include('The cluster is away.');
      expect(bench.stream.checkpoints.has('dbwriter.other')).to.equal(false);
      await back(1, 3);
      await bench.checkpoint(4n, 'dbwriter.other');
      await eventually('healthy', () => writer.health().healthy);
      expect(bench.stream.dead).to.deep.equal([]);
      expect(bench.values()).to.deep.equal([2, 4]);
    });

    it('keeps its "stored up to" where it was, while that of the others goes on', async () => {
      other.away = false;
      await bench.start();
      await eventually('current', () => bench.upTo(other) > Date.now() - 200);
      other.away = true;
      const appendedAtMs = Date.now();
      await bench.append([1], { ...OTHER, appendedAtMs });
      await bench.append([2], { appendedAtMs });
      await bench.stored(2);
      await eventually('the others are current', () => bench.upTo() > appendedAtMs + 50);
      // Not even the answer to a report is what holds it back.
      const reports = other.reports;
      other.setStoredUpTo = (marks) => MemoryStore.prototype.setStoredUpTo.call(other, marks);
      await eventually('several reports', () => other.reports > reports + 3);
      expect(bench.upTo(other)).to.be.at.most(appendedAtMs);
      await back(1);
      await eventually('current again', () => bench.upTo(other) > appendedAtMs + 50);
    });

    it('loses and doubles nothing over crashes while it is away, comes back, and is away again', async () => {
      const expected: number[] = [];
      let value = 0;
      for (let round = 0; round < 6; round += 1) {
        const writer = await bench.start();
        for (let i = 0; i < 20; i += 1) {
          value += 1;
          const its = value % 3 === 0;
          if (its) expected.push(value);
          await bench.append([value], its ? OTHER : {});
          if (i === 10) other.away = round % 2 === 0;
        }
        await crash(writer);
      }
      await bench.start();
      await back(...expected);
      await bench.checkpoint(120n, 'dbwriter.other');
      expect(bench.values()).to.have.length(120 - expected.length);
      expect(bench.stream.dead).to.deep.equal([]);
    });

    it('writes once what it took without saying so before the writer died', async () => {
      other.away = false;
      const write = other.write.bind(other);
      other.write = async (batches) => {
        await write(batches);
        throw new CaveError('unknown_outcome', 'The answer was lost.');
      };
      await bench.append([1, 2], OTHER);
      const first = await bench.start();
      await eventually('stored', () => other.values().length === 2);
      await crash(first);
      expect(bench.stream.checkpoints.has('dbwriter.other')).to.equal(false);
      other.write = write;
      await bench.append([3], OTHER);
      await bench.start();
      await back(1, 2, 3);
    });

    it('stays in order when another writer takes over while the first still holds what it read', async () => {
      for (let i = 1; i <= 20; i += 1) await bench.append([i], OTHER);
      const first = await bench.start({ pollRecords: 7 });
      await eventually('read', () => first.health().healthy === false);
      await bench.start({ pollRecords: 5 });
      await bench.append([21], OTHER);
      await back(...Array.from({ length: 21 }, (_, i) => i + 1));
      await bench.checkpoint(21n, 'dbwriter.other');
    });

    it('holds a bounded part in memory however long it is away; the rest waits in the stream', async () => {
      const bytes = record(0, [0], OTHER).byteLength;
      const writer = await bench.start({ maxPendingBytes: bytes * 10, pollRecords: 5 });
      for (let i = 0; i < 200; i += 1) await bench.append([i], i % 2 === 0 ? OTHER : {});
      await bench.stored(...Array.from({ length: 100 }, (_, i) => i * 2 + 1));
      await bench.checkpoint(200n);
      const offset = Number(writer.progress().find(({ cluster }) => cluster === 'other')?.lastOffset ?? 0);
      expect(offset).to.be.lessThan(40);
      await back(...Array.from({ length: 100 }, (_, i) => i * 2));
    });

    it('dead-letters once what it refuses, what nobody can read, and what is of no cluster', async () => {
      other.away = false;
      other.beforeWrite = (batches) => {
        if (batches.some(({ points }) => points.values.includes(666))) throw new CaveError('invalid_argument', 'Its cluster cannot take this.');
      };
      const cut = record(0, [1], OTHER);
      cut[cut.byteLength - 4] = 99; // the series of its only point
      await bench.append([666], OTHER);
      await bench.stream.publish([{ key: 'd', body: Buffer.from('garbage') }, { key: 'd', body: cut }]);
      await bench.append([2], { cluster: 'gone' });
      await bench.append([3], OTHER);
      await bench.start();
      await bench.checkpoint(5n);
      await bench.checkpoint(5n, 'dbwriter.other');
      expect(other.values()).to.deep.equal([3]);
      expect(bench.stream.dead.map(({ offset, reason }) => [offset, reason.split(':')[0]]).sort()).to.deep.equal([
        [0n, 'Its cluster cannot take this.'],
        [1n, 'undecodable'],
        [2n, 'undecodable'],
        [3n, 'cluster_not_configured'],
      ]);
    });

    it('makes the checkpoints of the others when it stops, although the cluster does not even refuse', async () => {
      other.away = false;
      other.write = (_batches, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new CaveError('aborted', 'Aborted.')), { once: true }));
      const writer = await bench.start({ reportMs: 60_000 });
      await bench.append([1], OTHER);
      await bench.append([2]);
      await bench.stored(2);
      await writer.stop(AbortSignal.timeout(50));
      expect(bench.stream.checkpointAt).to.equal(2n);
      expect(bench.stream.checkpoints.has('dbwriter.other')).to.equal(false);
    });

    it('goes on behind what the stream dropped meanwhile, and says so', async () => {
      await bench.append([1], OTHER);
      await bench.append([2], OTHER);
      await bench.append([3], OTHER);
      bench.stream.checkpoints.set('dbwriter.other', 0n);
      bench.stream.trim(2n);
      other.away = false;
      const writer = await bench.start();
      await back(3);
      await bench.checkpoint(3n, 'dbwriter.other');
      expect(bench.log.lines).to.deep.include({ level: 'error', event: 'records_lost' });
      expect(bench.telemetry.counters.get('cave_dbwriter_losses_total')).to.equal(1);
      await eventually('healthy', () => writer.health().healthy);
    });
  });
}

describe('StoreWriter with several clusters', () => {
  let bench: WriterBench;
  afterEach(() => bench.stop());

  it('tells how far each of them is, the default one under an empty name', async () => {
    bench = new WriterBench(new MemoryStore(), new Map([['other', new MemoryStore()]]));
    await bench.append([1], OTHER);
    await bench.append([2]);
    await bench.start();
    const told = (name: string): readonly string[] => [...(bench.telemetry.gauges.get(name) ?? [])].sort();
    for (const name of ['cave_dbwriter_behind_seconds', 'cave_dbwriter_pending_bytes']) {
      await eventually(`${name} of both`, () => told(name).length === 2);
      expect(told(name)).to.deep.equal(['{"cluster":""}', '{"cluster":"other"}']);
    }
    expect(bench.log.lines.filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
  });

  it('finds what waits in the stream for a cluster that was added later', async () => {
    bench = new WriterBench();
    await bench.append([1], OTHER);
    await bench.append([2]);
    const first = await bench.start();
    await bench.checkpoint(2n);
    expect(bench.stream.dead.map(({ reason }) => reason)).to.deep.equal(['cluster_not_configured: other']);
    await first.stop(AbortSignal.timeout(1_000));
    const other = new MemoryStore();
    bench = new WriterBench(bench.store, new Map([['other', other]]), bench.stream);
    await bench.start();
    await bench.checkpoint(2n, 'dbwriter.other');
    expect(other.points.map(({ value }) => value)).to.deep.equal([1]);
    expect(bench.values()).to.deep.equal([2]);
    expect(bench.stream.dead).to.have.length(1);
  });

  it('loses nothing of a batch that was handed out while its store could not say what it has', async () => {
    const other = new FarStore();
    bench = new WriterBench(new MemoryStore(), new Map([['other', other]]));
    bench.stream.checkpoints.set('dbwriter.other', 0n);
    let failures = 3;
    bench.stream.beforePositions = () => {
      if (failures-- > 0) throw new CaveError('unavailable', 'The stream does not say.');
    };
    await bench.append([1]);
    await bench.append([2], OTHER);
    await bench.start({ pollRecords: 1 });
    await bench.append([3]);
    await bench.stored(1, 3);
    other.away = false;
    await bench.checkpoint(3n, 'dbwriter.other');
    expect(other.values()).to.deep.equal([2]);
  });

  it('stops the writer of a store that lacks what was trimmed, and no other', async () => {
    const other = new MemoryStore();
    bench = new WriterBench(new MemoryStore(), new Map([['other', other]]));
    for (const value of [1, 2, 3]) await bench.append([value], OTHER);
    bench.stream.checkpoints.set('dbwriter.other', 3n);
    bench.stream.trim(2n);
    other.marks.set('first/0', 0n);
    const writer = await bench.start();
    await bench.append([4]);
    await bench.append([5], OTHER);
    await bench.stored(4);
    await eventually('failed', () => !writer.health().healthy);
    expect(writer.health().detail).to.include('The metrics store "other" lacks records 1–2 of partition 0');
    await bench.checkpoint(5n);
    expect(other.points).to.deep.equal([]);
  });
});
