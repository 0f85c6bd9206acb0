import { expect } from 'chai';
import { alertsText } from '../src/pages/organization/alert-counts.js';

describe('what stands beside the number of alerts', () => {
  it('is nothing where there are none', () => {
    expect(alertsText({ all: 0, firing: 0, unhealthy: 0 })).to.equal(null);
  });

  it('says how many are firing, and how many cannot be checked', () => {
    expect(alertsText({ all: 4, firing: 0, unhealthy: 0 })).to.equal('none firing');
    expect(alertsText({ all: 4, firing: 2, unhealthy: 1 })).to.equal('2 firing, 1 cannot be checked');
  });
});
