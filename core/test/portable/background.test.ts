import { expect } from 'chai';
import { Background, errorCode, unlessAborted } from '../../src/index.js';

const forever = (): Promise<never> => new Promise(() => undefined);

describe('unlessAborted', () => {
  it('gives the outcome of the work, with and without a signal', async () => {
    expect(await unlessAborted(Promise.resolve(1), undefined)).to.equal(1);
    const control = new AbortController();
    expect(await unlessAborted(Promise.resolve(2), control.signal)).to.equal(2);
    const failure = await unlessAborted(Promise.reject(new Error('no')), control.signal).catch((error: Error) => error.message);
    expect(failure).to.equal('no');
  });

  it('rejects with aborted as soon as the signal fires, or when it has fired', async () => {
    const control = new AbortController();
    const waiting = unlessAborted(forever(), control.signal).catch(errorCode);
    control.abort();
    expect(await waiting).to.equal('aborted');
    expect(await unlessAborted(forever(), control.signal).catch(errorCode)).to.equal('aborted');
  });

  it('leaves no failure uncaught that comes afterwards', async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => (fail = reject));
    expect(await unlessAborted(late, AbortSignal.abort()).catch(errorCode)).to.equal('aborted');
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('Background', () => {
  it('has ended when everything has, also what was added meanwhile, however it ended', async () => {
    const background = new Background();
    const done: string[] = [];
    let first: () => void = () => undefined;
    background.add(
      new Promise<void>((resolve) => (first = resolve)).then(() => {
        done.push('first');
        background.add(Promise.resolve().then(() => done.push('second')));
        throw new Error('nobody is told');
      }),
    );
    const ended = background.ended().then(() => done.push('ended'));
    first();
    await ended;
    expect(done).to.deep.equal(['first', 'second', 'ended']);
    await background.ended();
  });

  it('is waited for until the signal fires', async () => {
    const background = new Background();
    background.add(forever());
    const control = new AbortController();
    const ended = background.ended(control.signal);
    control.abort();
    await ended;
  });
});
