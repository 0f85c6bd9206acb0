import type { PublishGrant } from '@cave/core';
import { expect } from 'chai';
import { CachedPublishAccess } from '../src/cached-publish-access.js';

const grant = { tokenId: '1' } as PublishGrant;

describe('the memory of who may publish', function () {
  it('asks once for each token and tenant until something changes', async () => {
    let asked = 0;
    const cache = new CachedPublishAccess({ authorize: () => Promise.resolve(((asked += 1), grant)) }, { maxEntries: 10, ttlMs: 5000 });
    for (let i = 0; i < 3; i += 1) await cache.authorize('secret', 'gilt', null);
    expect(asked).to.equal(1);
    await cache.authorize('secret', 'gilt', 'team');
    await cache.authorize('other', 'gilt', null);
    expect(asked).to.equal(3);
    cache.invalidate();
    await cache.authorize('secret', 'gilt', null);
    expect(asked).to.equal(4);
  });

  it('does not keep what was read before a change that came meanwhile', async () => {
    const answers: ((grant: PublishGrant) => void)[] = [];
    const cache = new CachedPublishAccess({ authorize: () => new Promise((resolve) => answers.push(resolve)) }, { maxEntries: 10, ttlMs: 5000 });
    const early = cache.authorize('secret', 'gilt', null);
    cache.invalidate();
    answers[0]?.(grant);
    await early;
    const late = cache.authorize('secret', 'gilt', null);
    expect(answers.length).to.equal(2);
    answers[1]?.(grant);
    await late;
  });

  it('keeps no refusal', async () => {
    let asked = 0;
    const cache = new CachedPublishAccess({ authorize: () => ((asked += 1), Promise.reject(new Error('refused'))) }, { maxEntries: 10, ttlMs: 5000 });
    for (let i = 0; i < 2; i += 1) expect(await cache.authorize('x', 'gilt', null).catch((error: Error) => error.message)).to.equal('refused');
    expect(asked).to.equal(2);
  });
});
