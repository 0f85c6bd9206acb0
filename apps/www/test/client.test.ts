import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { CaveError } from '@cave/core';
import { expect } from 'chai';
import { wwwServiceOf } from '../src/index.js';
import { buildClient, SCRIPT } from './support/client-build.js';
import { contextOf, startWww, type WwwUnderTest } from './support/www-under-test.js';

const PAGE = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the served client', () => {
  let t: WwwUnderTest;
  before(async () => { t = await startWww(); });
  after(() => t.close());

  const get = (path: string, headers: Record<string, string> = {}) => t.browser().call('GET', path, { headers });

  it('has assets that are kept for ever, plain or as the build compressed them', async () => {
    const plain = await get('/assets/app-4f3a.js');
    expect([plain.status, plain.headers['content-encoding'], plain.text]).to.deep.equal([200, undefined, SCRIPT]);
    expect(plain.headers['content-type']).to.equal('text/javascript; charset=utf-8');
    expect(plain.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    expect(plain.headers['vary']).to.equal('Accept-Encoding');

    const bytes = async (encoding: string): Promise<{ readonly used: string | undefined; readonly body: Buffer; readonly etag: string | null }> => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        t.browser().open('GET', '/assets/app-4f3a.js', undefined, { 'accept-encoding': encoding }, resolve).on('error', reject).end();
      });
      return { used: response.headers['content-encoding'], body: Buffer.concat(await response.toArray()), etag: response.headers.etag ?? null };
    };
    const br = await bytes('gzip, deflate, br');
    expect([br.used, brotliDecompressSync(br.body).toString()]).to.deep.equal(['br', SCRIPT]);
    const gzip = await bytes('gzip, br;q=0');
    expect([gzip.used, gunzipSync(gzip.body).toString()]).to.deep.equal(['gzip', SCRIPT]);
    expect((await bytes('identity, br;q=0')).used).to.equal(undefined);
    expect(new Set([plain.headers.etag, br.etag, gzip.etag]).size).to.equal(3);

    const style = await get('/assets/plain-77aa.css', { 'accept-encoding': 'br' });
    expect([style.status, style.headers['content-encoding'], style.headers['vary']]).to.deep.equal([200, undefined, undefined]);
  });

  it('answers 304 to who has a file, and HEAD without a body', async () => {
    const { headers } = await get('/assets/app-4f3a.js');
    const again = await get('/assets/app-4f3a.js', { 'if-none-match': String(headers.etag) });
    expect([again.status, again.text, again.headers.etag]).to.deep.equal([304, '', headers.etag]);
    expect((await get('/assets/app-4f3a.js', { 'if-none-match': '"another"' })).status).to.equal(200);
    const head = await t.browser().call('HEAD', '/assets/app-4f3a.js');
    expect([head.status, head.text, head.headers['content-length']]).to.deep.equal([200, '', String(SCRIPT.length)]);
    const page = await t.browser().call('HEAD', '/');
    expect([page.status, page.text]).to.deep.equal([200, '']);
    expect(Number(page.headers['content-length'])).to.be.greaterThan(100);
  });

  it('has files with plain names, which are asked for anew', async () => {
    const icon = await get('/favicon.svg');
    expect([icon.status, icon.headers['content-type'], icon.headers['cache-control']]).to.deep.equal([200, 'image/svg+xml', 'no-cache']);
    expect((await get('/LICENSE')).headers['content-type']).to.equal('application/octet-stream');
  });

  it('is one page at every address that a browser goes to', async () => {
    for (const path of ['/', '/index.html', '/login', '/organizations/o/alerts/17', '/organizations/o/metrics/cpu.load', '/confirm?token=x.y']) {
      const page = await get(path, { accept: PAGE });
      expect([page.status, page.headers['content-type'], page.headers['cache-control']], path).to.deep.equal([200, 'text/html; charset=utf-8', 'no-store']);
      expect(page.text, path).to.contain('<div id="root">');
    }
  });

  it('has no page where a file is missing, and no files of others', async () => {
    for (const [path, accept] of [['/assets/gone-1234.js', '*/*'], ['/assets/gone-1234.js', PAGE], ['/assets/gone', PAGE], ['/robots.txt', PAGE], ['/organizations/o/x.png', 'image/*,*/*;q=0.8'], ['/login', 'application/json'], ['/.secret', PAGE], ['/assets/../../settings.js', '*/*'], ['/assets/%2e%2e/%2e%2e/settings.js', '*/*']] as const) {
      const answered = await get(path, { accept });
      expect([answered.status, answered.headers['content-type'], answered.json?.code], path).to.deep.equal([404, 'application/problem+json', 'not_found']);
    }
  });

  it('takes no other methods', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answered = await t.browser().call(method, '/');
      expect([answered.status, answered.headers.allow, answered.json.code], method).to.deep.equal([405, 'GET, HEAD', 'method_not_allowed']);
    }
  });

  it('has a nonce of its own in each page, in its policy too', async () => {
    const nonces = await Promise.all(['/', '/', '/login'].map(async (path) => {
      const { text, headers } = await get(path, { accept: PAGE });
      const nonce = /<meta name="csp-nonce" content="([A-Za-z0-9+/]{24})">/.exec(text)?.[1];
      expect(nonce, path).to.be.a('string');
      expect(String(headers['content-security-policy'])).to.contain(`style-src 'self' 'nonce-${nonce}';`);
      return nonce;
    }));
    expect(new Set(nonces).size).to.equal(3);
  });
});

describe('the address of the api that the page is told', () => {
  async function told(base: string | undefined, apiUrl: string | undefined, host?: string): Promise<string | undefined> {
    const t = await startWww({ ...(base === undefined ? {} : { base: { 'api-service.base-url': base } }), ...(apiUrl === undefined ? {} : { settings: { 'api-url': apiUrl } }) });
    try {
      const { text } = await t.browser().call('GET', '/', { headers: { accept: PAGE, ...(host === undefined ? {} : { host }) } });
      const said = /<meta name="api-url" content="([^"]*)">\s*<\/head>/.exec(text)?.[1];
      return said === t.api.url ? 'the one that www uses' : said;
    } finally {
      await t.close();
    }
  }

  it('is the public one, or the one that www uses where that is the same for the browser', async () => {
    expect(await told('https://api.cave.test/v1/', undefined, 'www.cave.test')).to.equal('https://api.cave.test/v1');
    expect(await told(undefined, undefined)).to.equal('the one that www uses');
    expect(await told(undefined, undefined, 'localhost:7002')).to.equal('the one that www uses');
    expect(await told(undefined, undefined, 'cave.test')).to.equal(undefined);
    expect(await told(undefined, 'http://10.0.0.3:7001', 'cave.test')).to.equal('http://10.0.0.3:7001');
  });

  it('cannot leave its place in the page', async () => {
    expect(await told('http://api.test/a&b"><script>', undefined)).to.equal('http://api.test/a&amp;b%22%3E%3Cscript%3E');
  });
});

describe('a start without the built client', () => {
  it('fails with the command that builds it', async () => {
    const client = await buildClient();
    const create = async () => wwwServiceOf(client.directory).create(contextOf({}, {}));
    await (await create()).stop(AbortSignal.timeout(1000));
    await rm(join(client.directory, 'index.html'));
    const withoutPage = await create().catch((error: unknown) => error);
    await client.remove();
    const withoutFolder = await create().catch((error: unknown) => error);
    for (const error of [withoutPage, withoutFolder]) {
      expect(error).to.be.instanceOf(CaveError);
      expect((error as CaveError).code).to.equal('configuration');
      expect((error as CaveError).message).to.match(/^The web UI is not built: .*"npm run build"/);
    }
  });
});
