import { expect } from 'chai';
import { loginNotice } from '../src/pages/account/login-notice.js';

describe('notices at the login', () => {
  it('are sentences of ours, whatever the address says', () => {
    expect(loginNotice(new URLSearchParams('notice=password-changed'))).to.equal('Your password is changed. Log in with the new one.');
    for (const query of ['', 'notice=', 'notice=Call+this+number', 'notice=toString', 'notice=__proto__']) expect(loginNotice(new URLSearchParams(query)), query).to.equal(null);
  });
});
