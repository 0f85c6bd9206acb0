import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { openMailbox } from '../src/walkthrough/mailbox.js';
import { agree, ORACLE } from '../src/walkthrough/oracle.js';
import { mustBeSigned, WebhookReceiver } from '../src/walkthrough/receiver.js';

describe('what the walkthrough judges by', () => {
  it('knows each aggregator from values computed by hand', () => {
    const values = [5, 1, 4, 1, 3, 1, 2, 9, 8, 6];
    const answers = Object.fromEntries(Object.entries(ORACLE).map(([name, compute]) => [name, compute(values)]));
    const { stddev, ...exact } = answers;
    expect(exact).to.deep.equal({ count: 10, min: 1, max: 9, mean: 4, mode: 1, median: 3.5, sum: 40, p90: 8, p95: 9, p99: 9, p999: 9 });
    // Squares of the distances from 4: 1+9+0+9+1+9+4+25+16+4 = 78, over 9.
    expect(stddev).to.be.closeTo(2.943920288775949, 1e-12);
  });

  it('tells values apart that differ beyond the last digits', () => {
    expect([agree(1, 1 + 1e-12), agree(1e9, 1e9 + 0.1), agree(1, 1.00001), agree(NaN, NaN)]).to.deep.equal([true, true, false, false]);
  });

  it('accepts the right signature and no other', () => {
    const signed = (secret: string, body: string) => ({ body: '{"a":1}', path: '/', headers: { 'x-cave-timestamp': '7', 'x-cave-signature': `sha256=${createHmac('sha256', secret).update(`7.${body}`).digest('hex')}` } });
    expect(() => mustBeSigned(signed('s', '{"a":1}'), 's')).not.to.throw();
    expect(() => mustBeSigned(signed('t', '{"a":1}'), 's')).to.throw(/not signed/);
    expect(() => mustBeSigned(signed('s', '{"a":2}'), 's')).to.throw(/not signed/);
    expect(() => mustBeSigned({ body: '', path: '/', headers: {} }, 's')).to.throw(/no header/);
  });

  it('receives webhooks under the address that it is given', async () => {
    const probe = await WebhookReceiver.start(null);
    const { port } = new URL(probe.url);
    await probe.close();
    const receiver = await WebhookReceiver.start(`http://localhost:${port}/other?x=1`);
    await fetch(`http://127.0.0.1:${port}/other?x=1`, { method: 'POST', body: 'hello', headers: { connection: 'close' } });
    expect(receiver.url).to.equal(`http://localhost:${port}/other?x=1`);
    expect(receiver.received.map(({ body, path }) => [body, path])).to.deep.equal([['hello', '/other?x=1']]);
    await receiver.close();
  });

  it('reads mails from a Mailpit', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(decodeURIComponent(request.url ?? ''));
      response.writeHead(200, { connection: 'close' }).end(JSON.stringify(request.url?.startsWith('/api/v1/search') === true ? { messages: [{ ID: 'm1' }] } : { Text: 'hello' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const where of [url, `http:${url}/`, `${url}/api/v1`]) expect(await openMailbox(where).textsTo('a@b.example')).to.deep.equal(['hello']);
    expect(asked.slice(0, 2)).to.deep.equal(['/api/v1/search?query=to:"a@b.example"', '/api/v1/message/m1']);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});
