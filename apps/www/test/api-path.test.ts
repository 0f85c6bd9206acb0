import { expect } from 'chai';
import fc from 'fast-check';
import { targetOf } from '../src/api-path.js';
import { Problem } from '../src/problem.js';

describe('the paths that www passes on', () => {
  const judged = (method: string, path: string): unknown => {
    try {
      const { kind, path: canonical } = targetOf(method, path);
      return `${kind} ${canonical}`;
    } catch (error) {
      return error instanceof Problem ? error.status : error;
    }
  };

  it('are those of users, organizations, the status and the description', () => {
    expect(judged('GET', '/users/info')).to.equal('session /users/info');
    expect(judged('POST', '/organizations')).to.equal('session /organizations');
    expect(judged('DELETE', '/organizations/o/users/a%40b.test')).to.equal('session /organizations/o/users/a%40b.test');
    expect(judged('GET', '/status')).to.equal('session /status');
    expect(judged('GET', '/openapi.json')).to.equal('session /openapi.json');
    for (const path of ['', '/', '/docs', '/docs/x.js', '/metrics', '/metric-names', '/check-metrics', '/nowhere', '/Users/info', '/usersx/info', '/users']) {
      expect(judged('GET', path), path).to.be.oneOf([400, 404]);
    }
  });

  it('are written in one way', () => {
    expect(judged('GET', '/users/info/')).to.equal('session /users/info');
    expect(judged('GET', '/%75sers/inf%6F')).to.equal('session /users/info');
    expect(judged('GET', '/organizations/o/metric-names/a b')).to.equal('session /organizations/o/metric-names/a%20b');
    expect(judged('GET', '/organizations/o?x')).to.equal('session /organizations/o%3Fx');
  });

  it('are recognised however they are written where www has to do something about them', () => {
    for (const path of ['/users/login', '/users/login/', '/users/LOGIN', '/users/%6cogin']) expect(judged('POST', path), path).to.match(/^login /);
    for (const path of ['/users/logout', '/users/LogOut/', '/users/%6C%6fgout']) expect(judged('POST', path), path).to.match(/^logout /);
  });

  it('do not publish', () => {
    for (const path of ['/organizations/o/metrics', '/organizations/o/metrics/', '/organizations/o/METRICS', '/organizations/o/%6Detrics', '/organizations/o/teams/t/metrics', '/organizations/o/Teams/t/metrics']) {
      for (const method of ['POST', 'PUT', 'PATCH']) expect(judged(method, path), path).to.equal(403);
      expect(judged('GET', path), path).to.match(/^session /);
    }
    expect(judged('POST', '/organizations/metrics/teams')).to.match(/^session /);
    expect(judged('DELETE', '/organizations/o/teams/metrics')).to.match(/^session /);
  });

  it('below /_internal_/ are the outbox and the clusters only', () => {
    expect(judged('GET', '/_internal_/outbox')).to.equal('outbox /_internal_/outbox');
    expect(judged('GET', '/%5Finternal%5F/outbox')).to.equal('outbox /_internal_/outbox');
    expect(judged('GET', '/_internal_/organizations/o/cluster')).to.match(/^session /);
    expect(judged('POST', '/_internal_/organizations/o/teams/t/cluster')).to.match(/^session /);
    for (const path of ['/_internal_/reset', '/_internal_/metrics', '/_internal_/status', '/_internal_/healthcheck', '/_internal_/outbox/x', '/_internal_', '/_INTERNAL_/outbox', '/_internal_/OUTBOX']) {
      expect(judged('GET', path), path).to.equal(404);
    }
    expect(judged('POST', '/_internal_/outbox')).to.equal(404);
    expect(judged('POST', '/_internal_/reset')).to.equal(404);
    expect(judged('DELETE', '/_internal_/organizations/o/cluster')).to.equal(404);
  });

  it('mean one thing', () => {
    for (const path of ['//users/info', '/users//info', '/users/info//', '/users/../_internal_/reset', '/users/%2e%2e/_internal_/reset', '/users/.%2E/x', '/users/./info', '/organizations/o%2Fmetrics', '/organizations/o%2fteams', '/users/x%5cy', '/users/x\\..\\y', '/organizations/o/metric-names/..%2F..%2Ftokens', '/organizations/o/metric-names/.', '/users/%zz', '/users/%ff', '/users/%00', '/users/a%0d%0ab', 'users/info', '@evil/users']) {
      expect(judged('GET', path), path).to.equal(400);
    }
    // Names of metrics may hold slashes; what is escaped twice is a name with a percent sign.
    expect(judged('DELETE', '/organizations/o/metric-names/disk%2Fsda')).to.equal('session /organizations/o/metric-names/disk%2Fsda');
    expect(judged('GET', '/organizations/%252e%252e')).to.equal('session /organizations/%252e%252e');
  });

  it('never lead elsewhere, whatever is tried', () => {
    const piece = fc.constantFrom('users', 'organizations', '_internal_', 'o', 'teams', 't', 'metrics', 'METRICS', 'login', 'reset', 'outbox', 'cluster', 'metric-names', '..', '.', '', '%2e%2e', '%2F', '%5C', '%6Detrics', '%25', '%', '\\', ';x', '?', '#');
    fc.assert(
      fc.property(fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH', 'DELETE'), fc.array(piece, { maxLength: 7 }), fc.constantFrom('/', '%2f', '//'), (method, pieces, slash) => {
        const path = `/${pieces.join(pieces.length % 3 === 0 ? slash : '/')}`;
        let target;
        try {
          target = targetOf(method, path);
        } catch (error) {
          expect(error).to.be.instanceOf(Problem);
          return;
        }
        const decoded = target.path.split('/').slice(1).map(decodeURIComponent);
        expect(target.path).to.match(/^\/(?:users|organizations|status|openapi\.json|_internal_\/outbox$|_internal_\/organizations\/)/);
        expect(decoded).not.to.include.members(['..']).and.not.include('.').and.not.include('');
        if (method !== 'GET' && method !== 'HEAD') expect(target.path.toLowerCase()).not.to.match(/^\/organizations\/[^/]+(?:\/teams\/[^/]+)?\/metrics$/);
        if (method === 'POST' && target.path.toLowerCase() === '/users/login') expect(target.kind).to.equal('login');
      }),
      { numRuns: 2000 },
    );
  });
});
