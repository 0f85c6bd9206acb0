import { expect } from 'chai';
import type { TSchema } from '@sinclair/typebox';
import type { Route } from '../src/index.js';
import { OPERATOR_TOKEN, startApi, type ApiUnderTest } from './support/api-under-test.js';
import { pathOf } from './support/client.js';

/** Bodies that are wrong for every route, as they go over the wire. */
const RAW: readonly (string | Buffer)[] = [
  '', ' ', '{', '[', '"', 'nul', 'NaN', '{"a":Infinity}', '{"a":-Infinity}', '{"a":+1}', "{'a':1}", '{"a":1,}', '// x\n{}', '{"a":01}', '\ufeff{}',
  Buffer.from([0xc3, 0x28]), Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), '['.repeat(5000), `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
];

/** Values in place of each field, as JSON text. */
const VALUES: readonly string[] = [
  'null', 'true', '0', '-1', '1e999', '-1e999', '1.5', '9007199254740993', '""', '"\\u0000"', '"\\ud800"', '"a\\r\\nBcc: x@y.test"', '[]', '{}', '[[]]', '{"__proto__":{"x":1}}',
  JSON.stringify('x'.repeat(100_000)), JSON.stringify("'; drop table users; --"), JSON.stringify('💥'), '"<script>"', '"\\u202e"',
];

const SEGMENTS: readonly string[] = ['%00', '%2f', '%2e%2e', '%', '%zz', '-1', '0', '1e3', '99999999999999999999', "'%20or%201=1", '%ed%a0%80', '%F0%9F%92%A5', '__proto__', 'x'.repeat(3000)];

const QUERIES: readonly string[] = ['', '%00', '-1', '1e999', 'NaN', 'x'.repeat(5000), '%ff', '%', "';--", '[]', '9'.repeat(40), '2026-13-45T99:99:99Z', 'a:b:c,,', '__proto__'];

describe('bad input', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  let session: string;
  let token: string;
  const params = { organization: 'target', team: 'squad', email: 'x@bad.test', id: '1', metric: 'm', file: 'f' };

  before(async () => {
    t = await startApi();
    session = (await t.user('bad@input.test')).session;
    token = await t.organization(session, 'target');
    await t.team(session, 'target', 'squad');
  });
  after(() => t.close());

  const credential = (route: Route): string | undefined => {
    switch (route.access.kind) {
      case 'anyone': return undefined;
      case 'tenant_token': return token;
      case 'operator': return OPERATOR_TOKEN;
      case 'user':
      case 'role': return session;
    }
  };
  const headers = (route: Route): Record<string, string> => (route.tenant === 'host' ? { host: 'target.cave.test' } : {});
  /** Every change leaves a newer record than this one. */
  const newestAudit = async (): Promise<string> => JSON.stringify(await t.store.audit.list(1));

  /** Answers its status; fails on 5xx, and when a refusal has left a trace. */
  const attempt = async (route: Route, path: string, raw: string | Buffer | undefined, contentType = 'application/json'): Promise<number> => {
    const records = await newestAudit();
    const points = t.stream.records.length;
    const answered = await t.client.call(route.method, path, { token: credential(route), ...(raw === undefined ? {} : { raw }), headers: { ...headers(route), ...(raw === undefined ? {} : { 'content-type': contentType }) } });
    const what = `${route.method} ${path.slice(0, 200)} ${String(raw).slice(0, 200)}`;
    expect(answered.status, `${what} → ${answered.text}`).to.be.below(500);
    if (answered.status >= 400) {
      expect(answered.headers['content-type'], what).to.equal('application/problem+json');
      expect(answered.json.detail, what).to.match(/\.$/);
      expect(await newestAudit(), what).to.equal(records);
      expect(t.stream.records.length, what).to.equal(points);
    }
    return answered.status;
  };

  const withBody = (): readonly Route[] => t.api.routes.filter(({ body }) => body !== undefined);

  it('in place of a body is refused by every route', async () => {
    for (const route of withBody()) {
      for (const raw of RAW) expect(await attempt(route, pathOf(route, params), raw), `${route.path} ${String(raw).slice(0, 50)}`).to.equal(400);
      for (const raw of ['[]', 'null', '1', '"x"']) expect(await attempt(route, pathOf(route, params), raw)).to.equal(400);
      expect(await attempt(route, pathOf(route, params), '{}', 'text/plain')).to.equal(415);
    }
  });

  it('in place of a field never breaks anything', async () => {
    for (const route of withBody()) {
      const properties = Object.keys((route.body as TSchema)['properties'] as object);
      for (const property of properties) {
        for (const value of VALUES) {
          const others = properties.filter((one) => one !== property).map((one) => `${JSON.stringify(one)}:"x"`);
          for (const fields of [[`${JSON.stringify(property)}:${value}`], [`${JSON.stringify(property)}:${value}`, ...others]]) {
            await attempt(route, pathOf(route, params), `{${fields.join(',')}}`);
          }
        }
      }
    }
  }).timeout(120_000);

  it('in a path never breaks anything', async () => {
    for (const route of t.api.routes) {
      for (const [, name = ''] of route.path.matchAll(/\{(\w+)\}/g)) {
        for (const segment of SEGMENTS) {
          const path = pathOf(route, { ...params, [name]: 'PLACE' }).replace('PLACE', segment);
          await attempt(route, path, route.body === undefined ? undefined : '{}');
        }
      }
    }
  }).timeout(120_000);

  it('in a query never breaks anything', async () => {
    for (const route of t.api.routes.filter(({ query }) => query !== undefined)) {
      const properties = Object.keys((route.query as TSchema)['properties'] as object);
      for (const property of properties) {
        for (const value of QUERIES) {
          await attempt(route, `${pathOf(route, params)}?${property}=${value}`, undefined);
          const others = properties.filter((one) => one !== property).map((one) => `${one}=1`);
          await attempt(route, `${pathOf(route, params)}?${[`${property}=${value}`, ...others].join('&')}`, undefined);
        }
      }
    }
  }).timeout(120_000);

  it('in headers never breaks anything', async () => {
    for (const value of ['Bearer', 'Bearer  ', 'Basic', 'Basic !!!', 'Basic //////8=', `Bearer ${'x'.repeat(8000)}`, 'bearer \u00ff', 'Negotiate abc']) {
      const answered = await t.client.call('GET', '/users/info', { headers: { authorization: value } });
      expect(answered.status, value.slice(0, 30)).to.be.oneOf([401, 403]);
    }
    for (const host of ['', 'cave.test', '127.0.0.1:80', '[::1]', '.cave.test', 'a.b.c.cave.test', 'x..cave.test', 'target.elsewhere.test', '%00.cave.test']) {
      const answered = await t.client.call('GET', '/metrics?metric=m', { token: session, headers: { host } });
      expect(answered.status, host).to.be.oneOf([400, 404]);
    }
  });
});
