import { createHmac } from 'node:crypto';
import type { NotificationResult, Notifier } from '@cave/core';
import { expect } from 'chai';
import { parseRetryAfter } from '../src/http.js';
import webhook from '../src/webhook.js';
import { context, NOW_MS, Receiver, request } from './receiver.js';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

describe('webhook notifier', function () {
  this.timeout(20_000);
  let receiver: Receiver;
  let notifier: Notifier;
  let guarded: Notifier;

  beforeEach(async () => {
    receiver = await new Receiver().listen();
    notifier = webhook.create({ 'allow-networks': LOOPBACK, 'timeout-ms': 10_000 }, context);
    guarded = webhook.create({ 'allow-networks': [], 'timeout-ms': 10_000 }, context);
    await notifier.start();
    await guarded.start();
  });

  afterEach(async () => {
    await notifier.close();
    await guarded.close();
    await receiver.close();
  });

  it('posts the check with a signature that the receiver can compute', async () => {
    receiver.answer = (response) => response.writeHead(202).end('thanks');
    const result = await notifier.notify(request(receiver.url('/hook?x=1')));
    expect(result).to.deep.equal({ status: 'delivered', httpStatus: 202, answer: 'thanks' });
    const [got] = receiver.received;
    expect(got?.path).to.equal('/hook?x=1');
    const timestamp = String(Math.floor(NOW_MS / 1000));
    expect(got?.headers['x-cave-timestamp']).to.equal(timestamp);
    expect(got?.headers['x-cave-event-id']).to.equal('e-1');
    expect(got?.headers['x-cave-signature']).to.equal(`sha256=${createHmac('sha256', 's3cret').update(`${timestamp}.${got?.body ?? ''}`).digest('hex')}`);
    const wanted = request(receiver.url('/hook?x=1')).notification;
    expect(JSON.parse(got?.body ?? '')).to.deep.equal({
      schedule: { organization: wanted.organization, team: { name: 'twain' }, cluster: null, notification_url: receiver.url('/hook?x=1'), alert: wanted.alert },
      timestamp: 1_700_000_000,
      event: { id: 'e-1', type: 'triggered', state: 'firing', since: 1_699_999_940, values: wanted.event.values, url: 'http://cave.example/alerts/42' },
    });
  });

  const classes: [number, NotificationResult['status']][] = [[200, 'delivered'], [204, 'delivered'], [303, 'refused'], [400, 'refused'], [403, 'refused'], [404, 'refused'], [410, 'refused'], [408, 'retry'], [429, 'retry'], [500, 'retry'], [503, 'retry']];
  for (const [status, wanted] of classes) {
    it(`takes ${String(status)} for ${wanted}`, async () => {
      receiver.answer = (response) => response.writeHead(status).end();
      const result = await notifier.notify(request(receiver.url()));
      expect(result.status).to.equal(wanted);
      expect(result.httpStatus).to.equal(status);
    });
  }

  it('reads Retry-After', async () => {
    receiver.answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await notifier.notify(request(receiver.url()))).to.include({ status: 'retry', retryAfterMs: 7000 });
    expect(parseRetryAfter('Wed, 21 Oct 2015 07:28:00 GMT', Date.UTC(2015, 9, 21, 7, 27, 0))).to.equal(60_000);
    expect(parseRetryAfter('Wed, 21 Oct 2015 07:28:00 GMT', Date.UTC(2016, 0, 1))).to.equal(0);
    for (const unreadable of [null, '', '-5', 'soon', '1.5']) expect(parseRetryAfter(unreadable, 0)).to.equal(undefined);
  });

  it('says retry when nobody listens', async () => {
    const url = receiver.url();
    await receiver.close();
    expect(await notifier.notify(request(url))).to.include({ status: 'retry' });
  });

  it('refuses loopback as a literal, as a name, in odd spellings, and never connects', async () => {
    const port = String(receiver.port);
    const hosts = ['127.0.0.1', 'localhost', '127.1', '0x7f000001', '2130706433', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]'];
    for (const host of hosts) {
      const result = await guarded.notify(request(`http://${host}:${port}/`));
      expect(result.status, host).to.equal('refused');
      expect(result.status === 'refused' && result.reason, host).to.include('is not on the public internet');
    }
    expect(receiver.received).to.have.length(0);
    expect((await notifier.notify(request(receiver.url('/', 'localhost')))).status).to.equal('delivered');
  });

  for (const url of ['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://user:pw@127.0.0.1/', 'nonsense']) {
    it(`refuses ${url}`, async () => expect((await notifier.notify(request(url))).status).to.equal('refused'));
  }

  it('follows redirects with the body, checking each hop', async () => {
    receiver.answer = (response, { path }) => (path === '/end' ? response.end('here') : response.writeHead(307, { location: '/end' }).end());
    expect(await notifier.notify(request(receiver.url('/begin')))).to.include({ status: 'delivered', answer: 'here' });
    expect(receiver.received[1]?.body).to.equal(receiver.received[0]?.body);
    receiver.answer = (response) => response.writeHead(302, { location: 'http://10.0.0.1/admin' }).end();
    const blocked = await notifier.notify(request(receiver.url()));
    expect(blocked.status === 'refused' && blocked.reason).to.include('10.0.0.1');
  });

  it('gives up on a circle of redirects', async () => {
    receiver.answer = (response) => response.writeHead(308, { location: '/' }).end();
    expect((await notifier.notify(request(receiver.url()))).status).to.equal('refused');
    expect(receiver.received).to.have.length(4);
  });

  it('ends at the deadline when the receiver is silent', async () => {
    receiver.answer = () => undefined;
    const result = await notifier.notify({ ...request(receiver.url()), timeoutMs: 150 });
    expect(result).to.deep.equal({ status: 'retry', reason: 'No answer within 150 ms.' });
  });

  it('ends at the deadline when the body drips, and believes the status', async () => {
    receiver.answer = (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    };
    const result = await notifier.notify({ ...request(receiver.url()), timeoutMs: 300 });
    expect(result.status).to.equal('delivered');
  });

  it('reads only the beginning of a huge answer and keeps no connection', async () => {
    receiver.answer = (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const result = await notifier.notify(request(receiver.url()));
    expect(result.status === 'delivered' && result.answer.length).to.equal(4096);
    while ((await receiver.connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('aborts an attempt in flight by its signal, and by a close without patience', async () => {
    receiver.answer = () => undefined;
    const control = new AbortController();
    const codes: unknown[] = [];
    const attempt = notifier.notify(request(receiver.url()), control.signal).catch((error: { code: string }) => codes.push(error.code));
    setImmediate(() => control.abort());
    await attempt;
    const another = notifier.notify(request(receiver.url())).catch((error: { code: string }) => codes.push(error.code));
    await notifier.close(AbortSignal.abort());
    await another;
    expect(codes).to.deep.equal(['aborted', 'aborted']);
  });
});
