import { expect } from 'chai';
import { CaveError, type RawStream } from '@cave/core';
import rawStream from '../src/raw-stream.js';
import { noTelemetry, testContext } from '@cave/conformance';
import { Places } from './support/places.js';

const MIB = 1024 * 1024;

describe('The embedded raw stream', () => {
  const places = new Places();
  const streams: RawStream[] = [];
  let number = 0;
  let place: string;

  const start = async (partitions = 1, maxBytes = 16 * MIB): Promise<RawStream> => {
    const stream = rawStream.create({ directory: places.directory(place), partitions, 'max-bytes': maxBytes }, testContext());
    streams.push(stream);
    await stream.start();
    return stream;
  };
  const fails = async (call: Promise<unknown>, code: string): Promise<void> => {
    const error: unknown = await call.then(() => undefined, (failure: unknown) => failure);
    expect(error).to.be.instanceOf(CaveError);
    expect(error).to.have.property('code', code);
  };
  const mebibytes = async (stream: RawStream, count: number): Promise<string[]> => {
    const results = await stream.publish(Array.from({ length: count }, () => ({ key: 'k', body: Buffer.alloc(MIB - 1_000) })));
    return results.map((result) => (result.status === 'appended' ? 'appended' : `${result.status} ${result.error.code}`));
  };

  beforeEach(() => {
    place = `stream-${number++}`;
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) await stream.close();
  });
  after(() => places.removeAll());

  it('drops nothing unconsumed: at max-bytes it refuses, and takes more once every group has consumed', async () => {
    const stream = await start(1, 2 * MIB);
    const one = await stream.consume({ group: 'one', maxRecords: 10, maxBytes: 10 * MIB });
    const two = await stream.consume({ group: 'two', maxRecords: 10, maxBytes: 10 * MIB });
    expect(await mebibytes(stream, 3)).to.deep.equal(['appended', 'appended', 'not_appended resource_exhausted']);
    expect(await one.checkpoint('0', 1n)).to.equal('ok');
    expect(await mebibytes(stream, 1)).to.deep.equal(['not_appended resource_exhausted']);
    expect(await two.checkpoint('0', 0n)).to.equal('ok');
    expect(await mebibytes(stream, 2)).to.deep.equal(['appended', 'not_appended resource_exhausted']);
  });

  it('at max-bytes drops what only a group that yields has not consumed, and tells that group; also after a restart', async () => {
    let stream = await start(1, 4 * MIB);
    const holding = await stream.consume({ group: 'holding', maxRecords: 10, maxBytes: 10 * MIB });
    const yielding = await stream.consume({ group: 'yielding', maxRecords: 1, maxBytes: 10 * MIB, yields: true });
    expect(await mebibytes(stream, 4)).to.deep.equal(Array(4).fill('appended'));
    expect((await yielding.poll(0))?.records[0]?.offset).to.equal(0n);
    // Nobody has consumed anything: nothing goes.
    expect(await mebibytes(stream, 1)).to.deep.equal(['not_appended resource_exhausted']);
    await holding.checkpoint('0', 1n);
    expect(await mebibytes(stream, 3)).to.deep.equal(['appended', 'appended', 'not_appended resource_exhausted']);
    const loss = await yielding.poll(0).then(() => null, (error: unknown) => error as CaveError);
    expect(loss).to.include({ code: 'data_loss' });
    expect(loss?.details).to.deep.equal({ partition: '0', oldest: '2' });
    await yielding.seek('0', 2n);
    expect((await yielding.poll(0))?.records[0]?.offset).to.equal(2n);
    await yielding.checkpoint('0', 2n);
    await stream.close();
    stream = await start(1, 4 * MIB);
    expect(await stream.positions('yielding')).to.deep.equal([{ partition: '0', checkpoint: 3n, lag: 3, lagMs: null }]);
    const again = await stream.consume({ group: 'holding', maxRecords: 10, maxBytes: 10 * MIB });
    await again.checkpoint('0', 5n);
    // The yielding group has no consumer now: it yields all the same.
    expect(await mebibytes(stream, 4)).to.deep.equal(Array(4).fill('appended'));
    expect(await mebibytes(stream, 1)).to.deep.equal(['not_appended resource_exhausted']);
    await fails((await stream.consume({ group: 'yielding', maxRecords: 1, maxBytes: 10, yields: true })).poll(0), 'data_loss');
    await again.seek('0', 6n);
    expect((await again.poll(0))?.records.map(({ offset }) => offset)).to.deep.equal([6n, 7n, 8n, 9n]);
  });

  it('keeps the newest dead letters within their bound, over restarts too, and tells what it drops', async () => {
    const told: unknown[] = [];
    const context = { ...testContext(), telemetry: { ...noTelemetry, count: (...what: unknown[]) => void told.push(what) } };
    const open = async (): Promise<RawStream> => {
      const stream = rawStream.create({ directory: places.directory(place), partitions: 1, 'max-bytes': 16 * MIB, 'dead-letter-max-bytes': MIB }, context);
      streams.push(stream);
      await stream.start();
      return stream;
    };
    const bury = async (stream: RawStream, offsets: readonly number[]): Promise<void> => {
      const consumer = await stream.consume({ group: 'g', maxRecords: 1, maxBytes: 1 });
      // At once, so that several are of one transaction.
      await Promise.all(offsets.map((offset) => consumer.deadLetter('0', { offset: BigInt(offset), key: 'k', body: Buffer.alloc(300_000) }, 'rubbish')));
    };
    const offsets = async (stream: RawStream): Promise<number[]> => (await stream.deadLetters(100)).map(({ offset }) => Number(offset));
    let stream = await open();
    await bury(stream, [0, 1, 2]);
    expect(await offsets(stream)).to.deep.equal([2, 1, 0]);
    await bury(stream, [3, 4, 5, 6]);
    await bury(stream, [7]);
    expect(await offsets(stream)).to.deep.equal([7, 6, 5]);
    await stream.close();
    stream = await open();
    expect(await offsets(stream)).to.deep.equal([7, 6, 5]);
    await bury(stream, [8]);
    expect(await offsets(stream)).to.deep.equal([8, 7, 6]);
    expect(told.reduce<number>((sum, what) => sum + ((what as readonly unknown[])[1] as number), 0)).to.equal(6);
    expect(told[0]).to.deep.equal(['cave_embedded_dead_letters_dropped_total', (told[0] as readonly unknown[])[1], { part: 'stream' }]);
    await bury(stream, [9]);
    expect((await stream.deadLetters(1))[0]?.body.length).to.equal(300_000);
  });

  it('fails loudly when asked for what was trimmed, and keeps the offsets of an emptied partition over a restart', async () => {
    const stream = await start();
    const incarnation = stream.incarnation();
    await stream.publish([{ key: 'k', body: Buffer.from('a') }]);
    await stream.publish([{ key: 'k', body: Buffer.from('b') }]);
    const consumer = await stream.consume({ group: 'g', maxRecords: 10, maxBytes: 100 });
    await consumer.checkpoint('0', 1n);
    await fails(consumer.seek('0', 0n), 'data_loss');
    await stream.close();
    const again = await start();
    expect(again.incarnation()).to.equal(incarnation);
    expect(await again.publish([{ key: 'k', body: Buffer.from('c') }])).to.deep.equal([{ status: 'appended', partition: '0', offset: 2n }]);
    expect(await again.positions('g')).to.deep.equal([{ partition: '0', checkpoint: 2n, lag: 1, lagMs: null }]);
    expect(await again.positions('new')).to.deep.equal([{ partition: '0', checkpoint: null, lag: 1, lagMs: null }]);
  });

  it('refuses a checkpoint beyond its end', async () => {
    const stream = await start();
    const consumer = await stream.consume({ group: 'g', maxRecords: 10, maxBytes: 100 });
    await fails(consumer.checkpoint('0', 0n), 'invalid_argument');
  });

  it('gains partitions from one start to the next, and never loses one', async () => {
    const stream = await start(2);
    await stream.close();
    const more = await start(3);
    expect(await more.partitions()).to.deep.equal(['0', '1', '2']);
    await more.close();
    await fails(start(2), 'configuration');
  });

  it('is opened once in a process', async () => {
    await start();
    await fails(start(), 'conflict');
  });

  it('says that it is sick when its files are gone', async () => {
    const stream = await start();
    expect(await stream.health()).to.deep.equal({ healthy: true });
    await places.remove(place);
    expect((await stream.health()).healthy).to.equal(false);
  });
});
