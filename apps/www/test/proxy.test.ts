import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { json } from './support/stand-in-api.js';
import { startWww, type WwwUnderTest } from './support/www-under-test.js';

describe('an api that is out of reach', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww(); });
  after(() => t.close());

  const events = () => t.lines.map(({ event }) => event);

  it('is told in a sentence and once in the log, and is found again without a restart', async () => {
    const browser = t.browser();
    expect((await browser.call('GET', '/api/status')).status).to.equal(200);
    expect(await t.service.health()).to.deep.equal({ api: { healthy: true } });

    await t.api.stop();
    for (const [method, body] of [['GET', undefined], ['POST', { email: 'a@b.test' }], ['DELETE', undefined]] as const) {
      const answered = await browser.call(method, '/api/users/forgot-password', { body });
      expect([answered.status, answered.headers['content-type'], answered.json.code, answered.headers['retry-after']], method).to.deep.equal([503, 'application/problem+json', 'api_unreachable', '5']);
      expect(answered.json.detail).to.match(/^The web UI cannot reach the API/);
    }
    const { api } = await t.service.health();
    expect(api?.healthy).to.equal(false);
    expect(api?.detail).to.equal(`The api at ${t.api.url} cannot be reached: ECONNREFUSED.`);
    // www itself goes on.
    expect((await browser.call('GET', '/', { headers: { accept: 'text/html' } })).status).to.equal(200);
    expect(events()).to.deep.equal(['api_unreachable']);

    await t.api.start();
    expect((await browser.call('GET', '/api/status')).status).to.equal(200);
    expect(await t.service.health()).to.deep.equal({ api: { healthy: true } });
    expect(events()).to.deep.equal(['api_unreachable', 'api_reachable']);
  });

  it('is sick, as far as www is asked, when something before it says so', async () => {
    t.api.answer = json(502, {});
    expect((await t.service.health())['api']).to.deep.equal({ healthy: false, detail: `The api at ${t.api.url} answers with status 502.` });
    t.api.answer = json(404, {});
    expect((await t.service.health())['api']).to.deep.equal({ healthy: true });
  });
});

describe('an api that is slow or breaks off', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ settings: { 'request-timeout-seconds': 0.3 } }); });
  after(() => t.close());

  it('is given up after a while', async () => {
    t.api.answer = () => undefined;
    const answered = await t.browser().call('GET', '/api/status');
    expect([answered.status, answered.json.code]).to.deep.equal([504, 'api_unreachable']);
    expect(answered.json.detail).to.match(/takes too long/);
    expect(t.lines.map(({ event, fields }) => [event, fields['slow']])).to.deep.equal([['api_unreachable', true]]);
  });

  it('breaks off what was begun, so that half an answer does not pass for a whole one', async () => {
    t.api.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
      response.write('{"half":', () => response.destroy());
    };
    const error = await t.browser().call('GET', '/api/status').catch((caught: unknown) => caught);
    expect((error as NodeJS.ErrnoException).code).to.equal('ECONNRESET');
    t.api.answer = json(200, {});
    expect((await t.browser().call('GET', '/api/status')).status).to.equal(200);
  });
});

describe('bodies and answers', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww({ settings: { 'limits.body-bytes': 10_000 } }); });
  after(() => t.close());

  it('are bounded, told or untold how long they are', async () => {
    const raw = JSON.stringify({ first_name: 'x'.repeat(200_000) });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const browser = t.browser();
      const answered = await browser.call('PATCH', '/api/users/info', { raw, headers });
      expect([answered.status, answered.json.code, answered.json.detail], JSON.stringify(headers)).to.deep.equal([413, 'too_large', 'The body is larger than 10000 bytes; send it in smaller parts.']);
    }
    expect(t.api.seen).to.deep.equal([]);
    const fits = JSON.stringify({ first_name: 'x'.repeat(9_000) });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      expect((await t.browser().call('PATCH', '/api/users/info', { raw: fits, headers })).status).to.equal(200);
      expect(t.api.last.body).to.equal(fits);
    }
    expect(t.lines, 'a refusal is no failure').to.deep.equal([]);
  });

  it('stream: the first part of an answer arrives while the api still writes', async () => {
    let finish = (): void => undefined;
    t.api.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('[1,');
      finish = () => response.end('2]');
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      t.browser().open('GET', '/api/status', undefined, {}, resolve).on('error', reject).end();
    });
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).to.equal('[1,');
    finish();
    const rest = Buffer.concat(await response.toArray()).toString();
    expect(rest).to.equal('2]');
  });

  it('of a browser that goes away are given up at the api too', async () => {
    t.api.answer = () => undefined;
    const whole = JSON.stringify({ first_name: 'x' });
    for (const sent of [whole, whole.slice(0, 5)]) {
      const arrived = new Promise<IncomingMessage>((resolve) => { t.api.onArrival = resolve; });
      const outgoing = t.browser().open('PATCH', '/api/users/info', undefined, { 'content-type': 'application/json', 'content-length': String(whole.length) }, () => undefined);
      outgoing.on('error', () => undefined).write(sent);
      const { socket } = await arrived;
      const givenUp = new Promise((resolve) => socket.once('close', resolve));
      outgoing.destroy();
      await givenUp;
    }
    t.api.onArrival = () => undefined;
    t.api.answer = json(200, { ok: true });
    expect((await t.browser().call('GET', '/api/status')).status).to.equal(200);
    expect(t.lines, 'nobody has to act on that').to.deep.equal([]);
  });

  it('of HEAD and 204 are as the api gives them', async () => {
    t.api.answer = (_request, response) => response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '17' }).end();
    const head = await t.browser().call('HEAD', '/api/users/info');
    expect([head.status, head.text, head.headers['content-length']]).to.deep.equal([200, '', '17']);
    t.api.answer = (_request, response) => response.writeHead(204).end();
    expect((await t.browser().call('DELETE', '/api/organizations/o')).status).to.equal(204);
  });
});
