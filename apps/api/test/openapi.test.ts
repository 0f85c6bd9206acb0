import { expect } from 'chai';
import { startApi, type ApiUnderTest } from './support/api-under-test.js';

describe('the OpenAPI document', function () {
  this.timeout(120_000);
  let t: ApiUnderTest;
  let document: any;
  before(async () => {
    t = await startApi();
    document = (await t.client.call('GET', '/openapi.json')).json;
  });
  after(() => t.close());

  it('describes every route that is served, and no other', () => {
    const described = Object.entries<object>(document.paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described).to.have.members(t.api.routes.map(({ method, path }) => `${method} ${path}`));
    expect(described.length).to.be.greaterThan(60);
  });

  it('has unique operation ids and a parameter for each one in a path', () => {
    const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, item]) => Object.values(item).map((operation) => ({ path, operation })));
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters.filter((parameter: { in: string }) => parameter.in === 'path');
      expect(parameters.map(({ name }: { name: string }) => name), path).to.deep.equal(named);
      for (const { name, description } of parameters) expect(description, `${path} ${name}`).not.to.equal('');
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2')), path).to.equal(true);
    }
  });

  it('refers only to schemas that it lists', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(references.length).to.be.greaterThan(50);
    for (const name of references) expect(document.components.schemas).to.have.property(name ?? '');
  });

  it('lists the routes of the specification', () => {
    const tenant = (path: string): readonly string[] => [`/organizations/{organization}${path}`, `/organizations/{organization}/teams/{team}${path}`];
    const expected: Readonly<Record<string, readonly string[]>> = {
      POST: ['/users/register', '/users/confirm', '/users/login', '/users/forgot-password', '/users/reset-password', '/users/logout', '/organizations', '/organizations/{organization}/teams', '/metrics', '/_internal_/reset', '/_internal_/organizations/{organization}/cluster', '/_internal_/organizations/{organization}/teams/{team}/cluster', ...['/users', '/tokens', '/metrics', '/alerts'].flatMap(tenant)],
      GET: ['/users/info', '/users/organizations', '/users/organizations/{organization}/teams', '/users/search', '/organizations/{organization}', '/organizations/{organization}/teams', '/organizations/{organization}/teams/{team}', '/status', '/metrics', '/metric-names', '/check-metrics', '/_internal_/reset', '/_internal_/outbox', '/_internal_/organizations/{organization}/cluster', '/_internal_/organizations/{organization}/teams/{team}/cluster', '/openapi.json', '/docs', ...['/users', '/tokens', '/tokens/{id}', '/metrics', '/metric-names', '/metric-names/{metric}/tag-values', '/check-metrics', '/alerts', '/alerts/{id}', '/alerts/{id}/history'].flatMap(tenant)],
      PATCH: ['/users/info', '/organizations/{organization}', ...['/users/{email}', '/alerts/{id}'].flatMap(tenant)],
      DELETE: ['/organizations/{organization}', '/organizations/{organization}/teams/{team}', ...['/users/{email}', '/tokens/{id}', '/metric-names/{metric}', '/alerts/{id}'].flatMap(tenant)],
    };
    const missing = Object.entries(expected).flatMap(([method, paths]) => paths.filter((path) => document.paths[path]?.[method.toLowerCase()] === undefined).map((path) => `${method} ${path}`));
    expect(missing).to.deep.equal([]);
  });
});
