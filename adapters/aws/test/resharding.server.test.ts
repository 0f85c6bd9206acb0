import { eventually, spawnAdapter, testContext, type RemoteProcess } from '@cave/conformance';
import type { ConsumedBatch, RawStream, StreamConsumer } from '@cave/core';
import { describeOnServer, testServer, type EmulatorName, type TestServer } from '@cave/test-servers';
import { expect } from 'chai';
import type { KinesisRawStreamOptions } from '../src/raw-stream-options.js';
import rawStream from '../src/raw-stream.js';
import { rawStreamOptions } from './support/kinesis.js';
import { holds, LEASE_MS, PATIENCE_MS, TestStream, text } from './support/shards.js';

const GROUP = { group: 'g', maxRecords: 50, maxBytes: 1_000_000 };
const KEYS = 16;

/** Publishes numbered records of a few keys until it is told to stop. */
class Publisher {
  readonly published: string[] = [];
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(stream: RawStream) {
    this.#running = this.#run(stream);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(stream: RawStream): Promise<void> {
    for (let round = 0; !this.#stopped; round++) {
      const list = Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, body: Buffer.from(`key-${key}/${round}`) }));
      const results = await stream.publish(list);
      results.forEach((result, i) => {
        if (result.status !== 'appended') throw result.error;
        this.published.push(`key-${i}/${round}`);
      });
      await new Promise((resolve) => setTimeout(resolve, 5)); // leaves the emulator time for others
    }
  }
}

/** What the members of a group were handed, in the order of that. */
class Ledger {
  readonly seen = new Set<string>();
  /** Key → the newest number. */
  readonly #newest = new Map<string, number>();
  readonly disorder: string[] = [];
  /** Shards in the order of their first record. */
  readonly shards = new Set<string>();

  note(batch: ConsumedBatch): void {
    for (const record of batch.records) {
      this.shards.add(batch.partition);
      const body = text(record);
      if (this.seen.has(body)) continue; // again, after a shard has moved
      this.seen.add(body);
      const number = Number(body.split('/')[1]);
      const expected = (this.#newest.get(record.key) ?? -1) + 1;
      if (number !== expected) this.disorder.push(`${body} came where ${expected} was next`);
      this.#newest.set(record.key, number);
    }
  }

  /** Polls once, and acknowledges what came. */
  async work(consumer: StreamConsumer): Promise<void> {
    const batch = await consumer.poll(50);
    const last = batch?.records.at(-1);
    if (batch === null || last === undefined) return;
    this.note(batch);
    await consumer.checkpoint(batch.partition, last.offset);
  }
}

for (const emulator of ['kinesis', 'kinesis-local'] satisfies EmulatorName[]) {
  describeOnServer(emulator, `shards that split, merge and change hands on ${emulator}`, (kinesis) => {
    let dynamo: TestServer;
    let stream: TestStream;
    let open: RawStream[] = [];
    let processes: RemoteProcess<RawStream>[] = [];
    before(async () => {
      dynamo = await testServer('dynamodb');
    });
    after(() => dynamo.stop());
    beforeEach(() => {
      stream = new TestStream(kinesis().url, dynamo.url);
    });
    afterEach(async () => {
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all(open.map((one) => one.close(AbortSignal.abort())));
      await stream.close();
      open = [];
      processes = [];
    });

    const options = (): KinesisRawStreamOptions => rawStreamOptions({ endpoint: kinesis().url, 'table-endpoint': dynamo.url, stream: stream.name, table: stream.table, 'lease-ms': LEASE_MS });
    const start = async (): Promise<RawStream> => {
      const one = rawStream.create(options(), testContext());
      open.push(one);
      await one.start();
      return one;
    };
    const spawn = async (): Promise<RemoteProcess<RawStream>> => {
      const process = await spawnAdapter<RawStream>(import.meta.resolve('../src/raw-stream.js'), options());
      processes.push(process);
      return process;
    };
    const held = (consumer: StreamConsumer): Promise<readonly string[]> => Promise.resolve(consumer.assignment());
    const remotelyHolds = (consumer: StreamConsumer, count: number) => eventually(`${count} shards are held`, PATIENCE_MS, async () => (await held(consumer)).length === count);

    it('delivers every record, each key in order, while shards split and merge and publishers go on', async () => {
      await stream.create(2);
      const [one, other] = [await start(), await start()];
      const members = [await one.consume(GROUP), await other.consume(GROUP)];
      const publisher = new Publisher(one);
      const ledger = new Ledger();
      let over = false;
      const working = members.map(async (member) => {
        while (!over) await ledger.work(member);
      });
      const flows = (): Promise<unknown> => {
        const before = publisher.published.length;
        return eventually('more is published', PATIENCE_MS, () => publisher.published.length >= before + 5 * KEYS);
      };
      await flows();
      await stream.split('shardId-000000000000');
      await flows();
      await stream.split('shardId-000000000001');
      await flows();
      await stream.merge('shardId-000000000003', 'shardId-000000000004');
      await flows();
      await publisher.stop();
      await eventually('all is read', PATIENCE_MS, () => {
        if (ledger.seen.size < publisher.published.length) throw new Error(`${ledger.seen.size} of ${publisher.published.length} so far, held ${members.map((member) => member.assignment().join(' ')).join(' and ')}`);
        return true;
      });
      const listed = await one.partitions();
      await eventually('every listed shard is held', PATIENCE_MS, () => members.flatMap((member) => member.assignment()).length === listed.length);
      over = true;
      await Promise.all(working);
      expect(ledger.disorder).to.deep.equal([]);
      expect(publisher.published.filter((body) => !ledger.seen.has(body))).to.deep.equal([]);
      expect(listed).to.have.length(7);
      const order = [...ledger.shards];
      for (const { ShardId: id = '', ParentShardId: parent, AdjacentParentShardId: adjacent } of await stream.shards()) {
        for (const before of [parent, adjacent]) if (before !== undefined && order.includes(before) && order.includes(id)) expect(order.indexOf(before)).to.be.below(order.indexOf(id), `${id} came before ${before}`);
      }
      const finished = (await stream.leases()).filter((lease) => lease['finished']?.BOOL === true).map((lease) => lease['item']?.S);
      expect(finished.sort()).to.deep.equal(['shardId-000000000000', 'shardId-000000000001', 'shardId-000000000003', 'shardId-000000000004']);
    });

    if (emulator !== 'kinesis') return; // what follows is between members and their table

    it('moves the shards of a member killed with SIGKILL to the other one, and nothing is lost', async () => {
      await stream.create(4);
      const own = await start();
      const survivor = await own.consume(GROUP);
      const doomed = await (await spawn()).driver.consume(GROUP);
      await Promise.all([holds(survivor, 2), remotelyHolds(doomed, 2)]);
      const publisher = new Publisher(own);
      const ledger = new Ledger();
      await eventually('both have worked', PATIENCE_MS, async () => {
        await Promise.all([ledger.work(survivor), ledger.work(doomed)]);
        return ledger.shards.size === 4;
      });
      await doomed.poll(1_000); // handed out and never acknowledged
      await processes[0]?.kill();
      await eventually('the survivor holds everything', PATIENCE_MS, async () => {
        await ledger.work(survivor);
        return survivor.assignment().length === 4;
      });
      await publisher.stop();
      await eventually('all is read', PATIENCE_MS, async () => {
        await ledger.work(survivor);
        return ledger.seen.size === publisher.published.length;
      });
      expect(ledger.disorder).to.deep.equal([]);
    });

    it('refuses the checkpoint of a member that was frozen for longer than its lease, and keeps the other one\'s', async () => {
      await stream.create(1);
      const own = await start();
      const frozen = await (await spawn()).driver.consume(GROUP);
      for (const result of await own.publish(Array.from({ length: 6 }, (_, i) => ({ key: 'k', body: Buffer.from(`k/${i}`) })))) expect(result.status).to.equal('appended');
      const batch = await eventually('a batch', PATIENCE_MS, async () => {
        const polled = await frozen.poll(100);
        return polled !== null && polled.records.length > 0 ? polled : false;
      });
      const last = batch.records.at(-1)?.offset ?? 0n;
      const other = await own.consume(GROUP);
      expect(other.assignment()).to.deep.equal([]);
      processes[0]?.freeze();
      await holds(other, 1);
      const again = await eventually('the batch again', PATIENCE_MS, async () => {
        const polled = await other.poll(100);
        return polled !== null && polled.records.length > 0 ? polled : false;
      });
      const third = again.records[2]?.offset ?? 0n;
      expect(await other.checkpoint(again.partition, third)).to.equal('ok');
      processes[0]?.thaw();
      expect(await frozen.checkpoint(batch.partition, last)).to.equal('lost');
      expect((await own.positions('g'))[0]?.checkpoint).to.equal(again.records[3]?.offset);
      expect(await held(frozen)).to.deep.equal([]);
    });

    it('shares shards with a third member in another process, and none is held twice', async () => {
      await stream.create(6);
      const own = await start();
      const members = [await own.consume(GROUP), await (await spawn()).driver.consume(GROUP), await (await spawn()).driver.consume(GROUP)];
      const partitions = [...(await own.partitions())].sort();
      // One that a shard was stolen from learns of it within a round.
      await eventually('each holds its share, and no shard is held twice', PATIENCE_MS, async () => {
        const shares = await Promise.all(members.map(held));
        expect(shares.map(({ length }) => length)).to.deep.equal([2, 2, 2]);
        expect(shares.flat().sort()).to.deep.equal(partitions);
        return true;
      });
    });
  });
}
