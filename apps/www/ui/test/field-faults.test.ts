import { expect } from 'chai';
import { nameFault, notificationUrlFault } from '../src/pages/organization/field-faults.js';

describe('the name of an organization or team', () => {
  it('is found wrong as it is typed, by the rule of the api', () => {
    for (const name of ['a.b', '-a', 'a-', 'a b', 'ä', 'a'.repeat(64)]) expect(nameFault(name), name).to.match(/^The name must have 1 to 63 letters/);
    expect(nameFault('Cave-mine')).to.match(/reserved/);
  });

  it('is fine with digits, capitals, dashes and underscores inside, and while nothing is typed yet', () => {
    for (const name of ['', 'a', '7', 'Gilt_web-2', 'a'.repeat(63)]) expect(nameFault(name), name).to.equal(null);
  });
});

describe('a notification URL', () => {
  it('is a whole http or https URL', () => {
    for (const url of ['', 'http://127.0.0.1:8080/hook', 'https://hooks.example.com/cave?key=a']) expect(notificationUrlFault(url), url).to.equal(null);
    for (const url of ['hooks.example.com', '/hook', 'ftp://example.com/', 'javascript:alert(1)', 'https://']) expect(notificationUrlFault(url), url).to.match(/whole http or https URL/);
  });
});
