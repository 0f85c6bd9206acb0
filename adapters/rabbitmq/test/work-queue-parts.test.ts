import type { Message } from 'amqplib';
import { expect } from 'chai';
import { channelError, connectError } from '../src/errors.js';
import { configBusOptions, workQueueOptions, type RabbitWorkQueueOptions } from '../src/options.js';
import { decode, decodeDead, encode, encodeUnreadable } from '../src/work-queue-envelope.js';
import { Topology } from '../src/work-queue-topology.js';

const defaults = Object.fromEntries(Object.entries(workQueueOptions.properties).map(([name, { default: value }]) => [name, value])) as unknown as RabbitWorkQueueOptions;

/** As it comes back from the server, with what the server adds. */
const message = ({ headers, type }: { headers?: any; type?: string }, added: object = {}): Message =>
  ({ content: Buffer.from('b'), fields: {}, properties: { type, headers: { ...headers, ...added } } }) as unknown as Message;

describe('the delays of the work queue', () => {
  const hops = (delayMs: number): number[] => {
    const topology = new Topology(defaults);
    const times: number[] = [];
    for (let left = delayMs; left > 0; ) {
      const { queue, remainingMs } = topology.hop(left);
      times.push(Number(/(\d+)$/.exec(queue)?.[1]));
      left = remainingMs;
    }
    return times;
  };

  it('add up to no less than what was asked, and to less than a tenth of a second more', () => {
    for (const delayMs of [1, 99, 100, 101, 399, 400, 1_250, 30_000, 60_000, 3_600_000, 1_234_567.8]) {
      const sum = hops(delayMs).reduce((a, b) => a + b, 0);
      expect(sum).to.be.within(delayMs, delayMs + 100);
    }
  });

  it('take few hops: the longest first, none more than three times but the very longest', () => {
    const times = hops(5 * 60_000);
    expect(times).to.deep.equal([...times].sort((a, b) => b - a));
    for (const time of times) expect(times.filter((one) => one === time).length).to.be.at.most(3);
  });
});

describe('the envelope of a job', () => {
  it('counts what the server counted on top of what it carries', () => {
    const sent = encode({ id: 'é'.repeat(200), attempts: 2, remainingMs: 0 });
    expect(decode(message(sent))?.attempt).to.equal(3);
    expect(decode(message(sent, { 'x-delivery-count': 4 }))?.attempt).to.equal(7);
    expect(decode(message(sent))?.id).to.equal('é'.repeat(200));
  });

  it('is told from what CAVE did not write', () => {
    const sent = encode({ id: 'a', attempts: 0, remainingMs: 0 });
    expect(decode(message({}))).to.equal(null);
    expect(decode(message({ ...sent, type: 'other' }))).to.equal(null);
    expect(decode(message(sent, { 'cave-id': '' }))).to.equal(null);
    expect(decode(message(sent, { 'cave-attempts': -1 }))).to.equal(null);
    expect(decode(message(sent, { 'cave-remaining-ms': 'soon' }))).to.equal(null);
  });

  it('keeps a reason that fits, and cuts one that does not', () => {
    const dead = decodeDead(message(encode({ id: 'a', attempts: 3, remainingMs: 0 }, 'r'.repeat(100_000))), 3);
    expect([dead.id, dead.attempts, dead.reason.length]).to.deep.equal(['a', 3, 4_000]);
    expect(decodeDead(message(encodeUnreadable('unreadable')), 3).reason).to.equal('unreadable');
  });

  it('of a job that the server gave up says why, with all attempts', () => {
    const dead = decodeDead(message(encode({ id: 'a', attempts: 0, remainingMs: 0 }), { 'x-first-death-reason': 'delivery_limit' }), 3);
    expect(dead.attempts).to.equal(3);
    expect(dead.reason).to.include('ended');
  });
});

describe('what goes wrong with RabbitMQ', () => {
  const failed = (code: number, text: string): Error => Object.assign(new Error(`Channel closed by server: ${code} (X) with message "${text}"`), { code });

  it('is a setting, or an outage, by whom it takes to right it', () => {
    const codeOf = (error: Error): string => channelError(error, defaults).code;
    expect(codeOf(failed(406, "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q'"))).to.equal('configuration');
    expect(codeOf(failed(406, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'q'"))).to.equal('configuration');
    expect(codeOf(failed(406, 'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms.'))).to.equal('unavailable');
    expect(codeOf(failed(403, 'ACCESS_REFUSED - access to queue refused'))).to.equal('configuration');
    expect(codeOf(failed(404, "NOT_FOUND - no queue 'q'"))).to.equal('unavailable');
    expect(codeOf(new Error('Heartbeat timeout'))).to.equal('unavailable');
  });

  it('names the place when nobody answers there', () => {
    const error = connectError(Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), defaults);
    expect(error.code).to.equal('unavailable');
    expect(error.message).to.include('localhost:5672').and.include('ECONNREFUSED');
  });
});

describe('the options of the RabbitMQ adapters', () => {
  it('all have a default and a description, and mask the password', () => {
    for (const { properties } of [workQueueOptions, configBusOptions]) {
      for (const [name, option] of Object.entries(properties)) {
        expect(option, name).to.have.property('default');
        expect(option.description, name).to.match(/\.$/);
      }
      expect(properties['password']?.['x-secret']).to.equal(true);
    }
  });
});
