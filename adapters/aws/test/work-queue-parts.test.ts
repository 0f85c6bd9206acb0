import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { inBatches, Slots } from '../src/sqs/batches.js';
import { deadAttributes, decode, decodeDead, encode, maxBodyBytes } from '../src/sqs/envelope.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('SQS work queue: its parts', () => {
  describe('the envelope', () => {
    it('carries any id and any bytes in printable ASCII', () => {
      for (const id of ['a', 'задание-仕事-🚀', '\u0000\u001b\ud800"\\', 'é'.repeat(200)]) {
        const body = Uint8Array.from({ length: 256 }, (_, i) => i);
        const text = encode({ id, body });
        expect(text).to.match(/^[\x20-\x7e]+$/);
        const job = decode(text);
        expect([job?.id, hex(job?.body ?? Buffer.alloc(0))]).to.deep.equal([id, hex(body)]);
      }
    });

    it('carries an empty body, and a part of a larger buffer as that part', () => {
      expect(decode(encode({ id: 'a', body: new Uint8Array() }))?.body.length).to.equal(0);
      const part = Buffer.from('before-body-after').subarray(7, 11);
      expect(Buffer.from(decode(encode({ id: 'a', body: part }))?.body ?? []).toString()).to.equal('body');
    });

    for (const text of ['', 'text', 'null', '[]', '{}', '{"form":"cave-job-2","id":"a","body":""}', '{"form":"cave-job-1","id":"","body":""}', '{"form":"cave-job-1","id":1,"body":""}', '{"form":"cave-job-1","id":"a"}', '{"form":"cave-job-1","id":"a","body":"not base64!"}', '{"form":"cave-job-1","id":"a","body":"YQ"}']) {
      it(`is not seen in ${JSON.stringify(text)}`, () => expect(decode(text)).to.equal(null));
    }

    for (const limit of [16_384, 262_144, 1_048_576]) {
      it(`of the largest body and id, with the longest reason, fits into ${String(limit)} bytes`, () => {
        const text = encode({ id: '仕'.repeat(200), body: Buffer.alloc(maxBodyBytes(limit), 0xff) });
        const attributes = Object.entries(deadAttributes(1_000, '仕'.repeat(10_000)));
        const sizes = attributes.map(([name, { DataType = '', StringValue = '' }]) => Buffer.byteLength(name) + DataType.length + Buffer.byteLength(StringValue));
        expect(Buffer.byteLength(text) + sizes.reduce((sum, size) => sum + size, 0)).to.be.at.most(limit);
      });
    }
  });

  describe('a dead letter', () => {
    const body = encode({ id: 'a', body: Buffer.from('b') });

    it('tells attempts and reason as they were written', () => {
      const dead = decodeDead({ Body: body, MessageAttributes: deadAttributes(7, 'failed ünhappily') }, 3);
      expect({ ...dead, body: hex(dead.body) }).to.deep.equal({ id: 'a', body: '62', attempts: 7, reason: 'failed ünhappily' });
    });

    it('that SQS moved has had all its attempts, and says so', () => {
      const dead = decodeDead({ Body: body }, 3);
      expect([dead.id, dead.attempts]).to.deep.equal(['a', 3]);
      expect(dead.reason).to.include('SQS moved');
    });

    it('that is no job has the id of the message and its text', () => {
      const dead = decodeDead({ Body: 'garbage', MessageId: 'm-1', MessageAttributes: deadAttributes(1, 'r') }, 3);
      expect({ ...dead, body: Buffer.from(dead.body).toString() }).to.deep.equal({ id: 'm-1', body: 'garbage', attempts: 1, reason: 'r' });
    });

    it('has no character in its reason that SQS refuses, and never an empty reason', () => {
      expect(deadAttributes(1, 'a\u0000b\ud800c\ufffe\n')['cave-reason']?.StringValue).to.equal('a\ufffdb\ufffdc\ufffd\n');
      expect(deadAttributes(1, '')['cave-reason']?.StringValue).not.to.equal('');
    });
  });

  describe('batches', () => {
    it('have at most ten items, and all of them in order', () => {
      const items = Array.from({ length: 25 }, (_, i) => i);
      const batches = inBatches(items);
      expect(batches.map(({ length }) => length)).to.deep.equal([10, 10, 5]);
      expect(batches.flat()).to.deep.equal(items);
    });

    it('have no more bytes than allowed, but for an item that is larger by itself', () => {
      expect(inBatches([4, 4, 4, 12, 1], 10, (size) => size)).to.deep.equal([[4, 4], [4], [12], [1]]);
      expect(inBatches([], 10)).to.deep.equal([]);
    });
  });

  it('slots let so many run at once, the others in turn, also after one failed', async () => {
    const slots = new Slots(2);
    const ends: (() => void)[] = [];
    const began: number[] = [];
    const work = (number: number, fails: boolean): Promise<void> =>
      slots.run(async () => {
        began.push(number);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (fails) throw new Error('failed');
      });
    const failing = work(0, true).catch((error: Error) => error.message);
    const others = [work(1, false), work(2, false), work(3, false)];
    await setImmediate();
    expect(began).to.deep.equal([0, 1]);
    ends[0]?.();
    expect(await failing).to.equal('failed');
    await setImmediate();
    expect(began).to.deep.equal([0, 1, 2]);
    ends[1]?.();
    await setImmediate();
    ends[2]?.();
    ends[3]?.();
    await Promise.all(others);
    expect(began).to.deep.equal([0, 1, 2, 3]);
  });
});
