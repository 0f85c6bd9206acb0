import { CaveError } from '@cave/core';
import { expect } from 'chai';
import { AddressGuard } from '../src/address-guard.js';

const FORBIDDEN = [
  ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'],
  ...['198.18.0.1', '240.0.0.1', '192.0.2.1', '192.0.0.1', '::1', '::', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1', '100::1', '2001:db8::1', 'nonsense', ''],
];

describe('AddressGuard', () => {
  const guard = new AddressGuard([]);

  for (const address of FORBIDDEN) it(`refuses ${address || 'nothing at all'}`, () => expect(guard.allows(address)).to.equal(false));

  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
    it(`allows ${address}`, () => expect(guard.allows(address)).to.equal(true));
  }

  it('allows what allow-networks names, in both families, and nothing beside it', () => {
    const open = new AddressGuard(['10.1.0.0/16', ' fd00::/8']);
    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'].map((address) => open.allows(address))).to.deep.equal([true, true, true]);
    expect(['10.2.0.1', '127.0.0.1', 'fe80::1'].map((address) => open.allows(address))).to.deep.equal([false, false, false]);
  });

  for (const wrong of ['10.0.0.1', '10.0.0.0/33', 'private', '']) {
    it(`names the wrong network ${JSON.stringify(wrong)}`, () => {
      expect(() => new AddressGuard([wrong]))
        .to.throw(CaveError, JSON.stringify(wrong))
        .with.property('code', 'configuration');
    });
  }
});
