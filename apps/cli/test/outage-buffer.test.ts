import { expect } from 'chai';
import { ApiError, ConnectionError } from '../src/client/api-error.js';
import type { PointJson } from '../src/client/types.js';
import { OutageBuffer } from '../src/feed/outage-buffer.js';

const points = (...values: number[]): readonly PointJson[] => values.map((value) => ({ name: 'm', timestamp: 1, value, tags: {} }));

describe('the buffer of a feed', () => {
  let sent: number[][];
  let said: string[];
  let fault: Error | null;
  let buffer: OutageBuffer;
  beforeEach(() => {
    sent = [];
    said = [];
    fault = null;
    buffer = new OutageBuffer({
      maxPoints: 4,
      maxBatch: 3,
      say: (line) => said.push(line),
      send: async (batch) => {
        await Promise.resolve();
        if (fault !== null) throw fault;
        sent.push(batch.map(({ value }) => value));
      },
    });
  });

  it('sends what waits in order, in bounded requests', async () => {
    buffer.add(points(1, 2, 3, 4));
    expect(await buffer.flush()).to.equal(4);
    expect(sent).to.deep.equal([[1, 2, 3], [4]]);
    expect([buffer.size, said]).to.deep.equal([0, []]);
  });

  for (const [name, outage] of Object.entries({
    'no connection': new ConnectionError('http://x', new Error('refused')),
    'a push back': new ApiError('Slow down.', 429, 'resource_exhausted', 1_000),
    'an unknown outcome': new ApiError('Try again.', 503, 'unknown_outcome', null),
  })) {
    it(`keeps points through ${name}, pauses, and sends them afterwards`, async () => {
      fault = outage;
      buffer.add(points(1, 2));
      expect(await buffer.flush()).to.equal(0);
      expect(buffer.size).to.equal(2);
      fault = null;
      buffer.add(points(3));
      expect(await buffer.flush(), 'within the pause').to.equal(0);
      expect(await buffer.flush({ now: true })).to.equal(3);
      expect(sent).to.deep.equal([[1, 2, 3]]);
      expect(said.at(-1)).to.equal('CAVE takes points again.');
    });
  }

  it('drops the oldest when it is full, and says how many', async () => {
    fault = new ConnectionError('http://x', new Error('refused'));
    buffer.add(points(1, 2, 3));
    await buffer.flush();
    buffer.add(points(4, 5, 6));
    expect(said.at(-1)).to.match(/buffer of 4 points is full/);
    fault = null;
    await buffer.flush({ now: true });
    expect(sent.flat()).to.deep.equal([3, 4, 5, 6]);
    expect(said.at(-1)).to.contain('2 points were dropped meanwhile');
  });

  it('throws what a repetition would meet again', async () => {
    fault = new ApiError('The token is unknown.', 403, 'unknown_token', null);
    buffer.add(points(1));
    expect(await buffer.flush().then(() => null, (error: unknown) => error)).to.equal(fault);
  });
});
