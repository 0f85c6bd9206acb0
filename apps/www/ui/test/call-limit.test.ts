import { expect } from 'chai';
import { CallLimit } from '../src/metrics/call-limit.js';

const NEVER = new AbortController().signal;

/** A call that goes on until it is told to end. */
function heldCall(): { readonly call: () => Promise<string>; readonly end: (result: string) => void; readonly begun: () => boolean } {
  let begun = false;
  const { promise, resolve } = withResolvers<string>();
  return {
    call: () => {
      begun = true;
      return promise;
    },
    end: resolve,
    begun: () => begun,
  };
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a limit of calls', () => {
  it('lets so many go on, and the next as soon as one ends', async () => {
    const limit = new CallLimit(2);
    const calls = [heldCall(), heldCall(), heldCall(), heldCall()];
    const results = calls.map(({ call }) => limit.run(call, NEVER));
    await Promise.resolve();
    expect(calls.map(({ begun }) => begun())).to.deep.equal([true, true, false, false]);
    calls[1]?.end('b');
    expect(await results[1]).to.equal('b');
    await Promise.resolve();
    expect(calls.map(({ begun }) => begun())).to.deep.equal([true, true, true, false]);
    for (const [i, { end }] of calls.entries()) end(String(i));
    expect(await Promise.all(results)).to.deep.equal(['0', 'b', '2', '3']);
  });

  it('goes on after a call that failed', async () => {
    const limit = new CallLimit(1);
    const failed = limit.run(() => Promise.reject(new Error('no')), NEVER).catch((error: Error) => error.message);
    const next = limit.run(() => Promise.resolve('yes'), NEVER);
    expect(await failed).to.equal('no');
    expect(await next).to.equal('yes');
  });

  it('never begins a call that was given up while it waited, nor counts it', async () => {
    const limit = new CallLimit(1);
    const [first, second, third] = [heldCall(), heldCall(), heldCall()];
    const given = new AbortController();
    const held = limit.run(first.call, NEVER);
    const waiting = limit.run(second.call, given.signal).catch((error: Error) => error.message);
    const last = limit.run(third.call, NEVER);
    given.abort(new Error('scrolled away'));
    expect(await waiting).to.equal('scrolled away');
    first.end('a');
    await held;
    third.end('c');
    expect(await last).to.equal('c');
    expect(second.begun()).to.equal(false);
  });

  it('begins nothing that was given up before', async () => {
    const call = heldCall();
    const reason = await new CallLimit(1).run(call.call, AbortSignal.abort(new Error('gone'))).catch((error: Error) => error.message);
    expect(reason).to.equal('gone');
    expect(call.begun()).to.equal(false);
  });

  it('refuses to allow none', () => {
    expect(() => new CallLimit(0)).to.throw(RangeError, 'At least one call');
  });
});
