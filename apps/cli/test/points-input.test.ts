import { Readable } from 'node:stream';
import { expect } from 'chai';
import { CommandFailure } from '../src/failure.js';
import { readPoints } from '../src/points-input.js';

async function read(text: string): Promise<readonly (readonly [string, unknown, number, object])[]> {
  const found = [];
  for await (const { name, value, timestamp, tags } of readPoints(Readable.from([text]))) found.push([name, value, timestamp, tags] as const);
  return found;
}

describe('points from standard input', () => {
  const a = { name: 'a', value: 1, timestamp: 7 };
  const b = { name: 'b', value: 2, timestamp: 8, tags: { x: 'y' } };
  const both = [['a', 1, 7, {}], ['b', 2, 8, { x: 'y' }]];

  it('come as JSON lines, as an array or as the body of a request, on one line or several', async () => {
    for (const text of [
      `${JSON.stringify(a)}\r\n\n${JSON.stringify(b)}\n`,
      JSON.stringify([a, b]),
      JSON.stringify([a, b], null, 2),
      `\n${JSON.stringify({ metrics: [a, b] }, null, 2)}`,
      JSON.stringify({ metrics: [a, b] }),
      JSON.stringify([a, b]).replace('},{', '},\n{'),
    ]) expect(await read(text), text).to.deep.equal(both);
    expect(await read('')).to.deep.equal([]);
  });

  it('are of now without a timestamp', async () => {
    const before = Math.floor(Date.now() / 1000);
    const [[, , timestamp] = ['', 0, 0]] = await read('{"name":"a","value":1}');
    expect(timestamp).to.be.within(before, Math.floor(Date.now() / 1000));
  });

  it('are refused with a sentence when they are something else', async () => {
    for (const text of ['nonsense', '3', '{"a":1}', '[1]', `${JSON.stringify(a)}\n3`, `${JSON.stringify(a)}\n{"name"`]) {
      const error = await read(text).then(() => null, (fault: unknown) => fault);
      expect(error, text).to.be.instanceOf(CommandFailure);
      expect((error as CommandFailure).exitCode).to.equal(64);
    }
  });
});
