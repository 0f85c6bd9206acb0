import { CaveError } from '@cave/core';
import { expect } from 'chai';
import { readSettings } from '../src/settings.js';

describe('the settings of www', () => {
  const read = (settings: Record<string, unknown>, base: Record<string, unknown> = {}) => readSettings({ 'request-timeout-seconds': 60, 'limits.body-bytes': 1024, ...settings }, base);

  it('take addresses by http and https, with a path too', () => {
    expect(read({}).apiUrl).to.equal(null);
    expect(read({ 'api-url': 'http://api.test:7001/' }).apiUrl).to.equal('http://api.test:7001');
    expect(read({ 'api-url': 'https://proxy.test/cave/api/' }).apiUrl).to.equal('https://proxy.test/cave/api');
    expect(read({}, { 'www.base-url': 'https://cave.test' }).baseUrl?.host).to.equal('cave.test');
    expect(read({}).requestTimeoutMs).to.equal(60_000);
  });

  it('refuse any other with the key, and without what may be a password', () => {
    for (const url of ['ftp://api.test', 'api.test:7001', 'http://', 'mailto:a@b.test', 'http://user:hunter2@api.test', 'http://api.test/?x=1', 'http://api.test/#x']) {
      for (const [key, act] of [['www.api-url', () => read({ 'api-url': url })], ['www.base-url', () => read({}, { 'www.base-url': url })], ['api-service.base-url', () => read({}, { 'api-service.base-url': url })]] as const) {
        expect(act, url).to.throw(CaveError, new RegExp(`^${key} must be an address such as `)).with.property('code', 'configuration');
        expect(act).not.to.throw('hunter2');
      }
    }
  });
});
