import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectCall, type TestTenant } from '@cave/app-all-in-one/test-support';
import { expect } from 'chai';
import { describeInBrowser, type Person } from './support/browser.js';

/** Would leave a mark in the page wherever it were taken for more than text. */
const ATTACK = `"><img src=x onerror="window.brokenIn=1"><script>window.brokenIn=1</script>`;
const IN_URL = 'javascript:window.brokenIn=1';

describeInBrowser('what others wrote', (stage) => {
  let tenant: TestTenant & Person;
  let alertId: string;
  before(async () => {
    tenant = await stage.tenant('attacked');
    const { session } = tenant;
    await expectCall(200, stage.apiUrl, 'PATCH', '/users/info', { token: session, body: { first_name: ATTACK.slice(0, 100), last_name: ATTACK.slice(0, 100) } });
    await expectCall(201, stage.apiUrl, 'POST', '/organizations/attacked/tokens', { token: session, body: { description: ATTACK } });
    await stage.publish(tenant, [{ name: ATTACK, timestamp: Math.floor(Date.now() / 1000), value: 1, tags: { [ATTACK]: ATTACK } }]);
    const alert = await expectCall<{ id: string }>(201, stage.apiUrl, 'POST', '/organizations/attacked/alerts', {
      token: session,
      body: { description: ATTACK, enabled: true, period: '5m', condition: `${JSON.stringify(ATTACK)} [${JSON.stringify(ATTACK)}: ${JSON.stringify(ATTACK)}] > 0`, routing: { [ATTACK]: ATTACK }, handbook_url: 'https://example.com/"><script>window.brokenIn=1</script>' },
    });
    alertId = alert.id;
  });

  const PAGES: Readonly<Record<string, string>> = {
    'home': '/',
    'profile': '/profile',
    'overview': '/organizations/attacked',
    'members': '/organizations/attacked/members',
    'tokens': '/organizations/attacked/tokens',
    'settings': '/organizations/attacked/settings',
    'metrics': '/organizations/attacked/metrics',
    'a metric': `/organizations/attacked/metrics/${encodeURIComponent(ATTACK)}`,
    'alerts': '/organizations/attacked/alerts',
    'an alert': '/organizations/attacked/alerts/{id}',
    'editing an alert': '/organizations/attacked/alerts/{id}/edit',
    'a new alert': `/organizations/attacked/alerts/new?${new URLSearchParams({ condition: ATTACK, description: ATTACK }).toString()}`,
    'the outbox': '/outbox',
    'logging in': `/login?${new URLSearchParams({ next: IN_URL, email: ATTACK }).toString()}`,
    'confirming': `/confirm?${new URLSearchParams({ token: ATTACK }).toString()}`,
  };
  /** Where the text itself is seen, as proof that the page showed what was written. */
  const SHOWN = new Set(['members', 'tokens', 'metrics', 'a metric', 'alerts', 'an alert']);

  for (const [name, path] of Object.entries(PAGES)) {
    it(`is text on the page of ${name}`, async () => {
      const tab = await stage.openAs(tenant, '/');
      const { page } = tab;
      await page.goto(path.replace('{id}', alertId));
      if (SHOWN.has(name)) await page.getByRole('main').getByText(ATTACK.slice(0, 60), { exact: false }).first().waitFor();
      else await page.getByRole('heading', { level: 1 }).waitFor();
      await tab.settled();
      expect(await page.evaluate(() => 'brokenIn' in window)).to.equal(false);
      expect(await page.locator('img[src="x"]').count()).to.equal(0);
      expect(await page.locator('a[href^="javascript:"]').count()).to.equal(0);
    });
  }
});

describeInBrowser('another site', (stage) => {
  let tenant: TestTenant & Person;
  let evil: Server;
  let evilUrl: string;
  before(async () => {
    tenant = await stage.tenant('victim');
    // On the same host, so that even a cookie with SameSite=Strict is sent along.
    evil = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>evil</title>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => evil.once('listening', resolve));
    evilUrl = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`;
  });
  after(() => evil.close());

  it('can neither change anything nor read with the cookie of whoever visits it', async () => {
    const { page } = await stage.openAs(tenant, '/');
    const visitor = await page.context().newPage();
    await visitor.goto(evilUrl);
    const target = `${stage.instance.webUiUrl}/api/organizations/victim/tokens`;
    const outcomes = await visitor.evaluate(async (url) => {
      const attempt = (init: RequestInit): Promise<string> => fetch(url, { credentials: 'include', ...init }).then((answer) => `read ${answer.status}`, () => 'refused by the browser');
      const body = JSON.stringify({ description: 'mine' });
      return [
        await attempt({}),
        await attempt({ method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-CAVE-CSRF': '1' } }),
        // What needs no preflight: sent all the same, and not to be read.
        await attempt({ method: 'POST', body, headers: { 'Content-Type': 'text/plain' }, mode: 'no-cors' }),
        await attempt({ method: 'POST', body: new URLSearchParams({ description: 'mine' }), mode: 'no-cors' }),
      ];
    }, target);
    expect(outcomes.slice(0, 2)).to.deep.equal(['refused by the browser', 'refused by the browser']);
    expect(outcomes.slice(2).map((outcome) => outcome !== 'read 201')).to.deep.equal([true, true]);

    const answers: number[] = [];
    visitor.on('response', (response) => answers.push(response.status()));
    await visitor.evaluate((url) => {
      const form = Object.assign(document.createElement('form'), { method: 'POST', action: url, enctype: 'text/plain' });
      form.append(Object.assign(document.createElement('input'), { name: '{"description":"mine","x":"', value: '"}' }));
      document.body.append(form);
      form.submit();
    }, target);
    await visitor.waitForURL(target);
    expect(answers).to.include(403);
    const tokens = await expectCall<{ description: string }[]>(200, stage.apiUrl, 'GET', '/organizations/victim/tokens', { token: tenant.session });
    expect(tokens.map(({ description }) => description)).to.deep.equal(['default']);
  });

  it('cannot put the web UI into a frame', async () => {
    const { page } = await stage.openAs(tenant, '/');
    const visitor = await page.context().newPage();
    await visitor.goto(evilUrl);
    const framed = await visitor.evaluate((url) => new Promise<string>((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { src: url });
      frame.addEventListener('load', () => resolve(frame.contentDocument === null ? 'an error page of the browser' : (frame.contentDocument.title)));
      document.body.append(frame);
    }), `${stage.instance.webUiUrl}/login`);
    expect(framed).to.equal('an error page of the browser');
    const [, inner] = visitor.frames();
    expect(inner?.url()).to.match(/^chrome-error:/);
  });
});
