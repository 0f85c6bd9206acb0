import { expect } from 'chai';
import { CaveError, checkMail, isAddress, mailParts, recipientsOf, senderAddress, type Mail } from '../../src/index.js';

const mail = (change: Partial<Mail> = {}): Mail => ({ id: 'mail-1', to: ['a@example.com'], subject: 'Subject', text: 'Text', ...change });

describe('mails', () => {
  it('are refused when they would break out of a header or a file', () => {
    checkMail(mail());
    for (const hostile of [{ id: '' }, { id: '../x' }, { id: 'x'.repeat(201) }, { subject: 'a\nb' }, { subject: 'a\rb' }, { to: [] }, { to: ['a@b.c\r\nBcc: x@y.z'] }]) {
      expect(() => checkMail(mail(hostile)), JSON.stringify(hostile)).to.throw(CaveError).with.property('code', 'invalid_argument');
    }
  });

  it('have recipients that can be reached, and others', () => {
    for (const good of ['a@b.c', 'a+tag@example.com', 'ü@münchen.example']) expect(isAddress(good), good).to.equal(true);
    for (const bad of ['', 'a', '@b', 'a@', 'a b@c', 'a@b,c@d', '<a@b>', 'a@b@c', '"a"@b']) expect(isAddress(bad), bad).to.equal(false);
    const { accepted, rejected } = recipientsOf(mail({ to: ['a@b.c', 'no address'] }));
    expect(accepted).to.deep.equal(['a@b.c']);
    expect(rejected.map(({ address, permanent }) => ({ address, permanent }))).to.deep.equal([{ address: 'no address', permanent: true }]);
  });

  it('have a sender whose address is found in it', () => {
    expect(senderAddress('cave@example.com', 'mailer')).to.equal('cave@example.com');
    expect(senderAddress('CAVE <cave@example.com>', 'mailer')).to.equal('cave@example.com');
    for (const bad of ['', 'nobody', 'CAVE <nobody>', 'a@b.c\r\nBcc: x@y.z', 'a@b.c\nX <a@b.c>']) {
      expect(() => senderAddress(bad, 'mailer'), bad).to.throw(CaveError).with.property('code', 'configuration');
    }
  });

  it('have a Message-ID of their id and the domain of the sender', () => {
    const parts = mailParts(mail({ html: '<p>' }), 'CAVE <cave@example.com>', 'cave@example.com', ['a@example.com']);
    expect(parts).to.deep.equal({ from: 'CAVE <cave@example.com>', to: [{ name: '', address: 'a@example.com' }], subject: 'Subject', text: 'Text', html: '<p>', messageId: '<mail-1@example.com>' });
    expect('html' in mailParts(mail(), 'a@b.c', 'a@b.c', [])).to.equal(false);
  });
});
